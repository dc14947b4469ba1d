/** A model as a file that the host can open: where it lies already, or written to a temporary folder. */
import { join } from 'node:path'
import type { Model } from '../ir'
import { openModel, saveModel } from '../onnx'
import { makeTempFolder, removeFolder } from './tempFolder'

export interface ModelFile {
  readonly path: string
  /** Removes what was written for it. */
  dispose(): Promise<void>
}

/**
 * The file of a model. A path is vetted by our own reader first: onnxruntime needs gigabytes or hours on files that
 * promise too much, such as sparse tensors of huge shapes and functions that call one another by the thousands.
 * @param externalData whether the weights of a model in memory go to a file of their own; as `saveModel` if left out
 */
export async function modelFile(source: string | Model, externalData?: boolean): Promise<ModelFile> {
  if (typeof source === 'string') {
    await openModel(source)
    return { path: source, dispose: async () => {} }
  }
  const folder = await makeTempFolder('model')
  try {
    const path = join(folder, 'model.onnx')
    await saveModel(source, path, { durable: false, ...(externalData !== undefined && { externalData }) })
    return { path, dispose: () => removeFolder(folder) }
  } catch (error) {
    await removeFolder(folder)
    throw error
  }
}

/** Does something with the file of a model and removes what was written for it. */
export async function withModelFile<T>(
  source: string | Model,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const file = await modelFile(source)
  try {
    return await use(file.path)
  } finally {
    await file.dispose()
  }
}
