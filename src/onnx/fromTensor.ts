import { dataTypeCode } from '../ir/dataType'
import type { SparseTensor } from '../ir/sparseTensor'
import type { Tensor } from '../ir/tensor'
import type { SparseTensorProto, TensorProto } from './proto'
import { tensorSchema } from './schema'
import { fromExtras } from './toExtras'

/** Where a tensor's bytes go instead of into the model; undefined to keep them inside. */
export type PlaceTensor = (tensor: Tensor) => { location: string; offset: number; length: number } | undefined

/** Keeps every tensor inside the model. */
export const placeInside: PlaceTensor = () => undefined

/** A tensor as a message; its bytes are referred to, not copied. */
export function fromTensor(tensor: Tensor, place: PlaceTensor, name = tensor.name): TensorProto {
  return tensorSchema.of({
    ...fromExtras(tensor.extras),
    dims: tensor.shape.map(BigInt),
    dataType: dataTypeCode(tensor.dataType),
    name: name || undefined,
    ...dataOf(tensor, place),
  })
}

function dataOf(tensor: Tensor, place: PlaceTensor): Partial<TensorProto> {
  if (tensor.dataType === 'string') return { stringData: tensor.strings.map((text) => Buffer.from(text)) }
  const placed = place(tensor)
  if (!placed) return { rawData: tensor.byteSource }
  const externalData = Object.entries(placed).map(([key, value]) => ({ at: 0, key, value: String(value) }))
  return { externalData, dataLocation: 1 }
}

/** A sparse tensor as a message, under the name of the value that it is. */
export function fromSparseTensor(sparse: SparseTensor, name = sparse.name): SparseTensorProto {
  const { unknown } = sparse.extras ?? {}
  return {
    at: 0,
    values: fromTensor(sparse.values, placeInside, name),
    indices: fromTensor(sparse.indices, placeInside),
    dims: sparse.shape.map(BigInt),
    ...(unknown ? { unknown } : {}),
  }
}
