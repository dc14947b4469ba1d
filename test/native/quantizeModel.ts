/**
 * The bytes of a model with one QuantizeLinear or DequantizeLinear node, opset 21, written field by field: these tests
 * ask onnxruntime about kernels and must not lean on the project's own encoder.
 */
const float = 1
const codes = { uint8: 2, int8: 3, uint16: 4, int16: 5 } as const

export type StoredType = keyof typeof codes

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
}

function integer(field: number, value: number): number[] {
  return [...varint(field << 3), ...varint(value)]
}

function bytes(field: number, value: number[] | string): number[] {
  const content = typeof value === 'string' ? [...Buffer.from(value)] : value
  return [...varint((field << 3) | 2), ...varint(content.length), ...content]
}

/** ValueInfoProto of a tensor with dimensions known at run time. */
function value(name: string, elementType: number, dimensions: string[]): number[] {
  const shape = dimensions.flatMap((dimension) => bytes(1, bytes(2, dimension)))
  const tensor = [...integer(1, elementType), ...bytes(2, shape)]
  return [...bytes(1, name), ...bytes(2, bytes(1, tensor))]
}

/** x (data, 3 dimensions), s (scale), z (zero point) -> y; with an axis s and z have one dimension. */
export function quantizeModel(opType: string, stored: StoredType, axis?: number): Uint8Array {
  const [from, to] = opType === 'QuantizeLinear' ? [float, codes[stored]] : [codes[stored], float]
  const attribute = [...bytes(1, 'axis'), ...integer(3, axis ?? 0), ...integer(20, 2)]
  const node = [
    ...['x', 's', 'z'].flatMap((name) => bytes(1, name)),
    ...bytes(2, 'y'),
    ...bytes(4, opType),
    ...(axis === undefined ? [] : bytes(5, attribute)),
  ]
  const perAxis = axis === undefined ? [] : ['c']
  const graph = [
    ...bytes(1, node),
    ...bytes(2, 'g'),
    ...bytes(11, value('x', from, ['a', 'b', 'd'])),
    ...bytes(11, value('s', float, perAxis)),
    ...bytes(11, value('z', codes[stored], perAxis)),
    ...bytes(12, value('y', to, ['a', 'b', 'd'])),
  ]
  return Uint8Array.from([...integer(1, 10), ...bytes(7, graph), ...bytes(8, integer(2, 21))])
}
