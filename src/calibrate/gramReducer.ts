/** Runs in the host: adds each sample's patches to the Gram matrices and writes them to disk, since they are large. */
import { type GramTotals, gramAccumulate, outputSize, type PatchGeometry } from '../native'
import { type FeedTensor, type Reducer, writeSample } from '../runtime'
import { gramGeometry } from './gramGeometry'
import { featuresOf, type GramRequest, groupsOf } from './gramRequest'
import { samplePositions } from './samplePositions'
import { toFloats } from './toFloats'

export interface GramConfig {
  readonly requests: readonly GramRequest[]
  /** Path of the files to write, up to a number. */
  readonly prefix: string
  readonly rowsPerSample: number
}

/** What became of a request. */
export type GramOutcome =
  | { readonly key: string; readonly file: string; readonly rows: number }
  | { readonly key: string; readonly reason: string }

export function createReducer({ requests, prefix, rowsPerSample }: GramConfig): Reducer<GramOutcome[]> {
  const collectors = requests.map((request) => new GramCollector(request, rowsPerSample))
  return {
    async add([outputs], { index, feeds }) {
      const tensors = { ...feeds, ...outputs }
      // One after the other: each uses all threads, and working space is needed only once.
      for (const collector of collectors) await collector.add(tensors[collector.request.value], index)
    },
    async finish() {
      const outcomes: GramOutcome[] = []
      for (const [index, collector] of collectors.entries())
        outcomes.push(await collector.finish(`${prefix}${index}.gram`))
      return outcomes
    },
  }
}

/** Sums up the matrix that one request asks for. */
export class GramCollector {
  private totals: GramTotals | undefined
  private reason: string | undefined
  private rows = 0

  constructor(
    readonly request: GramRequest,
    private readonly rowsPerSample: number,
  ) {
    const groups = groupsOf(request)
    const features = featuresOf(request)
    this.totals = {
      sums: new Float64Array(groups * features),
      gram: new Float64Array(groups * features * features),
    }
    writeLowerTriangles(this.totals)
  }

  async add(tensor: FeedTensor | undefined, sample: number): Promise<void> {
    // A feed that may be left out was.
    if (!tensor || !this.totals) return
    const geometry = gramGeometry(this.request, tensor.dims)
    if ('reason' in geometry) return this.decline(geometry.reason)
    await this.accumulate(await toFloats(tensor, this.request.value), geometry, this.totals, sample)
  }

  async finish(file: string): Promise<GramOutcome> {
    const { key } = this.request
    if (this.totals && this.rows === 0) this.decline('no sample has rows of its inputs')
    // Squares are in every sum of the diagonal, so NaN and infinities cannot hide from it.
    if (this.totals && !diagonalIsFinite(this.totals)) this.decline('its inputs hold NaN or infinities')
    if (!this.totals) return { key, reason: this.reason ?? '' }
    await writeSample(file, tensorsOf(this.totals))
    this.totals = undefined
    return { key, file, rows: this.rows }
  }

  private async accumulate(
    elements: Float32Array,
    geometry: PatchGeometry,
    totals: GramTotals,
    sample: number,
  ): Promise<void> {
    const [height, width] = outputSize(geometry)
    const positions = samplePositions(geometry.dims[0] * height * width, this.rowsPerSample, sample)
    await gramAccumulate(elements, geometry, positions, totals)
    this.rows += positions.length
  }

  private decline(reason: string): void {
    this.reason = reason
    this.totals = undefined
  }
}

/**
 * Memory that is read before it is written is mapped twice, and in between all threads wait. What nobody adds to is left
 * alone: it takes no memory.
 */
function writeLowerTriangles({ sums, gram }: GramTotals): void {
  const features = gram.length / sums.length
  for (let row = 0; row < sums.length; row++)
    gram.fill(0, row * features, row * features + (row % features) + 1)
}

function tensorsOf({ sums, gram }: GramTotals): Record<string, FeedTensor> {
  return {
    sums: { type: 'float64', dims: [sums.length], data: sums },
    gram: { type: 'float64', dims: [gram.length], data: gram },
  }
}

function diagonalIsFinite({ sums, gram }: GramTotals): boolean {
  const features = gram.length / sums.length
  return sums.every((_, index) => Number.isFinite(gram[index * features + (index % features)]))
}
