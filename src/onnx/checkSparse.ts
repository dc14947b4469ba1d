import { OnnxpressError } from '../errors'
import type { Attribute } from '../ir/attribute'
import { byteLengthOf } from '../ir/dataType'
import type { Model } from '../ir/model'
import type { SparseTensor } from '../ir/sparseTensor'
import { countElements } from '../ir/tensor'
import { allGraphs } from '../ir/traverse'
import { BOMB_RATIO, type Limits } from './limits'

/**
 * Refuses sparse tensors that are small in the file and huge when runtimes make them dense: 79 bytes can declare
 * gigabytes.
 * @throws OnnxpressError `LIMIT_EXCEEDED`
 */
export function checkSparse(model: Model, limits: Limits): void {
  let dense = 0
  let present = 0
  for (const sparse of sparseTensors(model)) {
    dense += denseBytes(sparse)
    present += sparse.values.byteLength + sparse.indices.byteLength
  }
  if (dense <= limits.sparseBytes || dense <= present * BOMB_RATIO) return
  throw new OnnxpressError(
    'LIMIT_EXCEEDED',
    `Expected sparse tensors of at most ${limits.sparseBytes} bytes in dense form, found ${dense} bytes declared by ` +
      `${present} bytes; raise limits.sparseBytes if the file can be trusted`,
  )
}

/** For strings, what an empty one takes in onnxruntime's memory. */
function denseBytes({ values, shape }: SparseTensor): number {
  const elements = countElements(shape)
  return values.dataType === 'string' ? elements * 32 : byteLengthOf(values.dataType, elements)
}

function* sparseTensors(model: Model): Iterable<SparseTensor> {
  for (const graph of allGraphs(model)) {
    for (const value of graph.values) if (value.sparseInitializer) yield value.sparseInitializer
    for (const node of graph) for (const attribute of node.attributes.values()) yield* sparseOf(attribute)
  }
}

function sparseOf(attribute: Attribute): readonly SparseTensor[] {
  if (attribute.type === 'sparseTensor') return [attribute.value]
  return attribute.type === 'sparseTensors' ? attribute.value : []
}
