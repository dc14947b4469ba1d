/** Options whose order on the command line counts, one among the others. */

/** What an option was given, and the how manyeth of all such options it was. */
export interface Ordered<T> {
  readonly value: T
  readonly position: number
}

/** Makes parsers for the options of one command that share an order; each may be given several times. */
export function ordering(): <T>(
  parse: (text: string) => T,
) => (text: string, before?: readonly Ordered<T>[]) => readonly Ordered<T>[] {
  let next = 0
  return (parse) =>
    (text, before = []) => [...before, { value: parse(text), position: next++ }]
}

/** All of them in the order in which they were given. */
export function inOrder<T>(...options: readonly (readonly Ordered<T>[] | undefined)[]): T[] {
  return options
    .flatMap((each) => each ?? [])
    .sort((a, b) => a.position - b.position)
    .map(({ value }) => value)
}
