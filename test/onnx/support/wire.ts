/**
 * Writes protobuf by hand, byte by byte and apart from the code under test, so that tests can say exactly what a file
 * holds, however broken.
 */
export function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Uint8Array.of(...bytes, Number(rest))
}

/** A varint field. */
export function int(number: number, value: number | bigint): Uint8Array {
  return join(varint(number * 8), varint(value))
}

/** A field of bytes, text or nested fields. */
export function field(number: number, ...content: (Uint8Array | string)[]): Uint8Array {
  const body = join(...content.map((each) => (typeof each === 'string' ? Buffer.from(each) : each)))
  return join(varint(number * 8 + 2), varint(body.byteLength), body)
}

/** A field of four bytes. */
export function float(number: number, value: number): Uint8Array {
  return join(varint(number * 8 + 5), new Uint8Array(Float32Array.of(value).buffer))
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

/** Fields of ONNX's messages that tests build files from. */
export const onnx = {
  tensor: (name: string, dataType: number, dims: (number | bigint)[], ...data: Uint8Array[]) =>
    join(...dims.map((size) => int(1, size)), int(2, dataType), field(8, name), ...data),
  raw: (bytes: Uint8Array) => field(9, bytes),
  external: (entries: Record<string, string>) =>
    join(
      ...Object.entries(entries).map(([key, value]) => field(13, field(1, key), field(2, value))),
      int(14, 1),
    ),
  valueInfo: (name: string, type?: Uint8Array) => join(field(1, name), ...(type ? [field(2, type)] : [])),
  tensorType: (dataType: number, ...dims: number[]) =>
    field(1, int(1, dataType), field(2, ...dims.map((size) => field(1, int(1, size))))),
  node: (opType: string, inputs: string[], outputs: string[], ...rest: Uint8Array[]) =>
    join(
      ...inputs.map((name) => field(1, name)),
      ...outputs.map((name) => field(2, name)),
      field(4, opType),
      ...rest,
    ),
  attribute: (name: string, type: number, value: Uint8Array) =>
    field(5, field(1, name), value, int(20, type)),
  /** A graph's fields by name. */
  graph: (parts: {
    nodes?: Uint8Array[]
    initializers?: Uint8Array[]
    sparse?: Uint8Array[]
    inputs?: Uint8Array[]
    outputs?: Uint8Array[]
    rest?: Uint8Array[]
  }) =>
    join(
      ...(parts.nodes ?? []).map((each) => field(1, each)),
      field(2, 'g'),
      ...(parts.initializers ?? []).map((each) => field(5, each)),
      ...(parts.inputs ?? []).map((each) => field(11, each)),
      ...(parts.outputs ?? []).map((each) => field(12, each)),
      ...(parts.sparse ?? []).map((each) => field(15, each)),
      ...(parts.rest ?? []),
    ),
  model: (graph: Uint8Array, ...rest: Uint8Array[]) =>
    join(int(1, 8), field(7, graph), field(8, field(1, ''), int(2, 17)), ...rest),
}
