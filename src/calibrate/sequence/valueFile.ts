/** The file of one value in one sample. */
export function valueFile(path: string, sample: number): string {
  return `${path}-${sample}.value`
}
