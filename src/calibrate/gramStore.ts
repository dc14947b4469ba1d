/** Gram matrices on disk: those of a whole model may not fit into memory, one always does. */
import { OnnxpressError } from '../errors'
import { readSample, removeFolder } from '../runtime'
import type { GramMatrix, SkippedGram } from './gramRequest'

/** A matrix's place on disk. */
export interface StoredGram {
  readonly file: string
  readonly rows: number
  readonly groups: number
  readonly features: number
}

/** Call {@link dispose} when done; what is forgotten goes when the process ends. */
export class GramStore {
  constructor(
    private readonly folder: string,
    private readonly stored: ReadonlyMap<string, StoredGram>,
    /** Requests without an answer, and why. */
    readonly skipped: readonly SkippedGram[],
  ) {}

  /** The keys of the requests that were answered. */
  get keys(): readonly string[] {
    return [...this.stored.keys()]
  }

  has(key: string): boolean {
    return this.stored.has(key)
  }

  /**
   * One matrix, read from disk each time.
   * @throws OnnxpressError `BAD_ARGUMENT` when there is none of that key, `IO`.
   */
  async read(key: string): Promise<GramMatrix> {
    const stored = this.stored.get(key)
    if (!stored)
      throw new OnnxpressError('BAD_ARGUMENT', `There is no Gram matrix ${JSON.stringify(key)}`, { at: key })
    const { file, rows, groups, features } = stored
    const tensors = await readSample(file)
    const sums = tensors.sums?.data as Float64Array
    const full = tensors.gram?.data as Float64Array
    for (let group = 0; group < groups; group++) mirror(full, group * features * features, features)
    return {
      features,
      groups,
      rows,
      gram: full,
      means: sums.map((sum) => sum / rows),
    }
  }

  /** Removes the matrices from disk. */
  async dispose(): Promise<void> {
    await removeFolder(this.folder)
  }
}

const TILE = 32

/** Copies the lower triangle onto the upper one, tile by tile: one of the two runs across memory. */
function mirror(matrix: Float64Array, start: number, size: number): void {
  for (let top = 0; top < size; top += TILE) {
    for (let left = 0; left <= top; left += TILE) mirrorTile(matrix, start, size, top, left)
  }
}

function mirrorTile(matrix: Float64Array, start: number, size: number, top: number, left: number): void {
  for (let row = top; row < Math.min(size, top + TILE); row++) {
    for (let column = left; column < Math.min(row, left + TILE); column++)
      matrix[start + column * size + row] = matrix[start + row * size + column] as number
  }
}
