import { decodeMessage } from './decodeMessage'
import { FileInput } from './fileInput'
import { Budget, defaultLimits } from './limits'
import { OpenFile } from './openFile'
import { Reader } from './reader'
import { modelSchema } from './schema'

/** Names of the files that hold the initializers of the model at `path`; none if there is no model that can be read. */
export function externalLocations(path: string): Set<string> {
  let file: OpenFile | undefined
  try {
    file = OpenFile.open(path)
    const reader = new Reader(new FileInput(file), new Budget(defaultLimits.heapBytes))
    const { graph } = decodeMessage(reader, modelSchema, defaultLimits.depth)
    const entries = graph?.initializer.flatMap((tensor) => tensor.externalData) ?? []
    return new Set(entries.flatMap(({ key, value }) => (key === 'location' && value ? [value] : [])))
  } catch {
    return new Set()
  } finally {
    file?.close()
  }
}
