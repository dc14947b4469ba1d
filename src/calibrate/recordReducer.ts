/** Runs in the host: writes each sample's outputs to disk, in the form in which samples are kept. */
import { type Reducer, type StoredSample, sampleFileName, writeSample } from '../runtime'

export interface RecordConfig {
  readonly folder: string
}

/** Records what the first session gives. */
export function createReducer({ folder }: RecordConfig): Reducer<StoredSample[]> {
  const stored: StoredSample[] = []
  return {
    async add([outputs = {}], { index }) {
      const file = sampleFileName(folder, index)
      stored.push({ file, bytes: await writeSample(file, outputs) })
    },
    finish: () => stored,
  }
}
