import { type ByteSource, MemorySource } from '../ir/byteSource'
import { bitsPerElement, type DataType } from '../ir/dataType'
import { type Context, malformed } from './context'
import { joinBytes } from './joinBytes'
import type { TensorProto } from './proto'

/** The fields of `TensorProto` that hold elements one by one. */
type TypedField = 'floatData' | 'doubleData' | 'int32Data' | 'int64Data' | 'uint64Data'

const FIELDS: Partial<Record<DataType, TypedField>> = {
  float32: 'floatData',
  complex64: 'floatData',
  float64: 'doubleData',
  complex128: 'doubleData',
  int64: 'int64Data',
  uint64: 'uint64Data',
  uint32: 'uint64Data',
}

/**
 * Elements of a typed field in the layout of `raw_data`. Packed floats and doubles are that already and stay where they
 * are; varints are counted first and then decoded. Types that have no field of their own come as the bit patterns of
 * `int32_data`, those below eight bits with as many elements to an entry as fit into a byte.
 */
export function typedData(
  proto: TensorProto,
  dataType: DataType,
  expectedBytes: number,
  context: Context,
  name: string,
): ByteSource {
  const field = FIELDS[dataType] ?? 'int32Data'
  const pieces = proto[field]
  const [first] = pieces
  if (field === 'floatData' || field === 'doubleData') {
    return pieces.length === 1 && first ? first : new MemorySource(join(pieces, context))
  }
  const encoded = join(pieces, context)
  const entryBytes = Math.max(1, bitsPerElement(dataType) / 8)
  const entries = countVarints(encoded)
  if (entries * entryBytes !== expectedBytes || (encoded.at(-1) ?? 0) > 127) {
    const what = `Expected ${expectedBytes / entryBytes} entries of ${dataType} in tensor ${JSON.stringify(name)}`
    throw malformed(context, `${what}, found ${entries}`, proto.at, name)
  }
  context.budget.spend(expectedBytes)
  return new MemorySource(decodeVarints(encoded, entries, entryBytes))
}

function join(pieces: readonly ByteSource[], context: Context): Uint8Array {
  context.budget.spend(pieces.reduce((sum, piece) => sum + piece.byteLength, 0))
  return joinBytes(pieces.map((piece) => piece.read()))
}

function countVarints(encoded: Uint8Array): number {
  let count = 0
  for (const byte of encoded) if (byte < 128) count++
  return count
}

function decodeVarints(encoded: Uint8Array, entries: number, entryBytes: number): Uint8Array {
  const target = new Uint8Array(entries * entryBytes)
  const view = new DataView(target.buffer)
  let position = 0
  for (let entry = 0; entry < entries; entry++) {
    position = decodeVarint(encoded, position, view, entry * entryBytes, entryBytes)
  }
  return target
}

/** Writes the low bytes of the varint at `position` to `view`; returns where the next one starts. */
function decodeVarint(
  encoded: Uint8Array,
  position: number,
  view: DataView,
  offset: number,
  bytes: number,
): number {
  let low = 0
  let high = 0
  let shift = 0
  let byte: number
  do {
    byte = encoded[position++] ?? 0
    const bits = byte & 127
    if (shift < 32) low |= bits << shift
    if (shift > 24 && shift < 64) high |= shift < 32 ? bits >>> (32 - shift) : bits << (shift - 32)
    shift += 7
  } while (byte > 127)
  if (bytes === 1) view.setUint8(offset, low & 255)
  else if (bytes === 2) view.setUint16(offset, low & 65535, true)
  else view.setUint32(offset, low >>> 0, true)
  if (bytes === 8) view.setUint32(offset + 4, high >>> 0, true)
  return position
}
