/** The pass that makes float16 float32, which all others change. */
import type { Pass, PassResult } from '../pass'
import { narrowBoundary, widenHalves } from './widen'

export { type StoreFloat16Options, storeFloat16 } from './storeFloat16'

/**
 * Makes the float16 weights and values of a model float32, exactly: what quantizers, pruning and factors are for. Inputs and
 * outputs keep their types. onnxruntime computes float16 in float32 on most processors, so nothing becomes slower; weights
 * that stay floats take twice their bytes, until storeFloat16() has them. Models with functions, or with float16 in sequences or
 * sparse tensors, are left as they are.
 */
export function toFloat32(): Pass {
  return { name: 'toFloat32', lossless: true, apply: ({ model }) => widenModel(model) }
}

function widenModel(model: Parameters<typeof widenHalves>[0]): PassResult {
  const widened = widenHalves(model)
  if (widened === undefined) return { changed: 0, skipped: [] }
  if (typeof widened === 'string')
    return { changed: 0, skipped: [{ at: model.graph.name || 'the graph', reason: widened }] }
  narrowBoundary(model, widened.boundary)
  const { inputs, outputs } = widened.boundary
  return { changed: widened.constants, skipped: [], details: { inputs: inputs.size, outputs: outputs.size } }
}
