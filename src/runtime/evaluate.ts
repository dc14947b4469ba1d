/** Runs a model that needs no inputs: how constant parts of a graph are folded. */

import { OnnxpressError } from '../errors'
import { isDataType, type Model, Tensor } from '../ir'
import type { FeedTensor } from './feeds'
import type { RequestOptions } from './host'
import { withSession } from './session'

/**
 * The outputs of a model without inputs, by name, as tensors.
 * @throws OnnxpressError `RUNTIME` when onnxruntime refuses it or fails; `UNSUPPORTED` when an output has a type that
 * onnxruntime-node cannot pass (bfloat16, float8, ...).
 */
export async function evaluate(model: Model, request: RequestOptions = {}): Promise<Map<string, Tensor>> {
  // Exactly the model's own operations, so that folding never bakes in the rounding of a fused one.
  const outputs = await withSession(
    model,
    { optimization: 'disabled', threads: 1 },
    (session) => session.run({}, undefined, request),
    request,
  )
  return new Map(Object.entries(outputs).map(([name, tensor]) => [name, toTensor(name, tensor)]))
}

function toTensor(name: string, { type, dims, data }: FeedTensor): Tensor {
  if (!ArrayBuffer.isView(data)) return Tensor.fromStrings(dims, data, name)
  if (isDataType(type)) return Tensor.from(type, dims, data, name)
  throw new OnnxpressError(
    'UNSUPPORTED',
    `Output ${JSON.stringify(name)} has the type ${type}, which is unknown`,
    { at: name },
  )
}
