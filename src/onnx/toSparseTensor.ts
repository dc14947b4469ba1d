import type { SparseTensor } from '../ir/sparseTensor'
import { type Context, malformed } from './context'
import type { SparseTensorProto } from './proto'
import { toShape } from './toShape'
import { toTensor } from './toTensor'

/** A sparse tensor, kept sparse. Its indices are checked by whoever makes it dense. */
export function toSparseTensor(proto: SparseTensorProto, context: Context): SparseTensor {
  if (!proto.values) throw malformed(context, 'Expected a sparse tensor with values', proto.at)
  const values = toTensor(proto.values, context)
  const { name } = values
  const shape = toShape(proto.dims, context, proto.at, name)
  const [count = 0] = values.shape
  if (values.shape.length !== 1) {
    throw malformed(
      context,
      `Expected values with one axis in sparse tensor ${JSON.stringify(name)}`,
      proto.at,
      name,
    )
  }
  if (!proto.indices)
    throw malformed(context, `Expected sparse tensor ${JSON.stringify(name)} with indices`, proto.at, name)
  const indices = toTensor(proto.indices, context)
  const fits =
    indices.dataType === 'int64' &&
    indices.shape[0] === count &&
    (indices.shape.length === 1 || (indices.shape.length === 2 && indices.shape[1] === shape.length))
  if (!fits) {
    const what = `Expected int64 indices [${count}] or [${count},${shape.length}] in sparse tensor ${JSON.stringify(name)}`
    throw malformed(context, `${what}, found ${indices.dataType}[${indices.shape}]`, proto.at, name)
  }
  const extras = proto.unknown ? { extras: { unknown: proto.unknown } } : {}
  const sparse = { name, values, indices, shape, ...extras }
  context.sparse.add(sparse)
  return sparse
}
