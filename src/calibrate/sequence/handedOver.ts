/** What stages leave behind for later ones: a file for each value of each sample. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { valueFile } from './valueFile'

export class HandedOver {
  private readonly paths = new Map<string, string>()

  constructor(
    private readonly folder: string,
    private readonly sampleCount: number,
  ) {}

  /** Path of the files for a value, up to the sample's number. */
  pathOf(value: string): string {
    const path = this.paths.get(value) ?? join(this.folder, `value${this.paths.size}`)
    this.paths.set(value, path)
    return path
  }

  /** The files of these values in one sample. */
  filesOf(values: readonly string[], sample: number): string[] {
    return values.map((value) => valueFile(this.pathOf(value), sample))
  }

  async remove(values: readonly string[]): Promise<void> {
    for (const value of values) {
      const files = Array.from({ length: this.sampleCount }, (_, sample) =>
        valueFile(this.pathOf(value), sample),
      )
      await Promise.all(files.map((file) => rm(file, { force: true })))
    }
  }
}
