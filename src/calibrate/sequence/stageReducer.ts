/** Runs in the host: keeps what later stages read, sample by sample, and adds up Gram matrices. */
import { type FeedTensor, type Reducer, writeSample } from '../../runtime'
import { GramCollector, type GramOutcome } from '../gramReducer'
import type { GramRequest } from '../gramRequest'
import { valueFile } from './valueFile'

export interface StageConfig {
  readonly requests: readonly GramRequest[]
  /** Rows to look at in one sample, request by request. */
  readonly rowsPerSample: readonly number[]
  /** Path of the files for matrices, up to a number. */
  readonly prefix: string
  /** Path of the files for a value, up to the sample's number, by the value's name. */
  readonly kept: Readonly<Record<string, string>>
}

export function createReducer({
  requests,
  rowsPerSample,
  prefix,
  kept,
}: StageConfig): Reducer<GramOutcome[]> {
  const collectors = requests.map((request, index) => new GramCollector(request, rowsPerSample[index] ?? 1))
  return {
    async add([outputs], { index, feeds }) {
      const tensors: Readonly<Record<string, FeedTensor>> = { ...feeds, ...outputs }
      // The disk takes what it is given while the processor adds up.
      const writing = Promise.all(
        Object.entries(kept).map(([name, path]) => keep(valueFile(path, index), name, tensors[name])),
      )
      writing.catch(() => undefined)
      for (const collector of collectors) await collector.add(tensors[collector.request.value], index)
      await writing
    },
    async finish() {
      const outcomes: GramOutcome[] = []
      for (const [index, collector] of collectors.entries())
        outcomes.push(await collector.finish(`${prefix}${index}.gram`))
      return outcomes
    },
  }
}

async function keep(file: string, name: string, tensor: FeedTensor | undefined): Promise<void> {
  if (tensor) await writeSample(file, { [name]: tensor })
}
