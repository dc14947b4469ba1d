/** The graph that onnxruntime really runs. */
import { join } from 'node:path'
import type { Model } from '../ir'
import { openModel } from '../onnx'
import { host, type RequestOptions } from './host'
import { withModelFile } from './modelFile'
import type { SessionOptions } from './protocol'
import { makeTempFolder, removeFolder } from './tempFolder'

/**
 * What onnxruntime makes of a model at an optimization level: which operations were fused, which run in int8. It is
 * for this machine: some rewrites depend on the processor. Its weights are dropped from disk, so only the graph and
 * constants that were small enough to be read are of use.
 * @param level `'all'` if left out, as sessions have it
 * @throws OnnxpressError as `Session.create`
 */
export async function optimizedModel(
  source: string | Model,
  level: NonNullable<SessionOptions['optimization']> = 'all',
  request: RequestOptions = {},
): Promise<Model> {
  return withModelFile(source, async (path) => {
    const folder = await makeTempFolder('optimized')
    try {
      const output = join(folder, 'model.onnx')
      const session = { key: 0, path, options: { optimization: level } }
      await host.request({ kind: 'optimize', session, output, external: 'model.weights' }, request)
      return await openModel(output)
    } finally {
      await removeFolder(folder)
    }
  })
}
