import type { ByteSource } from '../ir/byteSource'
import { GrowingSource } from './growingSource'
import { joinBytes } from './joinBytes'
import type { Message } from './proto'
import { FIXED32, FIXED64, LENGTH, type Reader, VARINT } from './reader'
import { type Field, type FieldKind, NOTHING, type Schema } from './schema'

/** Memory of an element in a list: a reference to a bigint or small array, or a number. */
const ELEMENT_BYTES = 40
const FLOAT_BYTES = 8

const WIRE_TYPES: Record<FieldKind, number> = {
  int64: VARINT,
  int32: VARINT,
  packedVarint: VARINT,
  float: FIXED32,
  packed32: FIXED32,
  packed64: FIXED64,
  name: LENGTH,
  text: LENGTH,
  bytes: LENGTH,
  data: LENGTH,
  message: LENGTH,
}

type Fields = Record<string, unknown>

/**
 * Decodes the message that fills `reader` up to its `end`.
 * @param depth how many more levels messages may nest
 */
export function decodeMessage<T extends Message>(reader: Reader, schema: Schema<T>, depth: number): T {
  reader.budget.spend(schema.heapBytes)
  const message = schema.create(reader.position)
  decodeInto(reader, schema, message, depth)
  return message
}

function decodeInto(reader: Reader, schema: Schema, message: Message, depth: number): void {
  let unknown: Uint8Array[] | undefined
  while (reader.position < reader.end) {
    const start = reader.position
    const tag = reader.tag()
    const wireType = tag % 8
    const field = schema.byNumber.get(Math.floor(tag / 8))
    if (!field || !accepts(field, wireType)) {
      reader.skip(wireType)
      unknown ??= message.unknown ? [message.unknown] : []
      unknown.push(keep(reader, start))
    } else decodeField(reader, field, wireType, message as unknown as Fields, depth)
  }
  if (unknown) message.unknown = joinBytes(unknown)
}

function accepts(field: Field, wireType: number): boolean {
  if (wireType === WIRE_TYPES[field.kind]) return true
  return wireType === LENGTH && (isPacked(field.kind) || (field.repeated && isScalar(field.kind)))
}

function isPacked(kind: FieldKind): boolean {
  return kind === 'packedVarint' || kind === 'packed32' || kind === 'packed64'
}

function isScalar(kind: FieldKind): boolean {
  return kind === 'int64' || kind === 'int32' || kind === 'float'
}

/** The bytes from `start` to here, to be written back as they are. */
function keep(reader: Reader, start: number): Uint8Array {
  const length = reader.position - start
  reader.position = start
  return reader.slice(length)
}

function decodeField(reader: Reader, field: Field, wireType: number, fields: Fields, depth: number): void {
  const { key, kind, repeated } = field
  if (isPacked(kind)) decodePacked(reader, wireType, listOf<ByteSource>(fields, key))
  else if (kind === 'message') decodeNested(reader, field, fields, depth)
  else if (!repeated) fields[key] = decodeValue(reader, kind)
  else if (wireType === LENGTH && isScalar(kind)) decodeScalars(reader, kind, listOf(fields, key))
  else listOf(fields, key).push(decodeElement(reader, kind))
}

/** The list in a field, its own from the first element on. */
function listOf<T = unknown>(fields: Fields, key: string): T[] {
  if (fields[key] === NOTHING) fields[key] = []
  return fields[key] as T[]
}

/** Protobuf merges a singular message that comes twice; so a graph may be written in parts. */
function decodeNested(reader: Reader, field: Field, fields: Fields, depth: number): void {
  if (depth <= 0) {
    throw reader.limit(
      'Expected messages that nest less deeply (limits.depth); the file is broken or was made to crash readers',
    )
  }
  const schema = field.nested?.() as Schema
  const { end } = reader
  reader.end = reader.length() + reader.position
  const before = fields[field.key] as Message | undefined
  if (field.repeated) listOf(fields, field.key).push(decodeMessage(reader, schema, depth - 1))
  else if (before) decodeInto(reader, schema, before, depth - 1)
  else fields[field.key] = decodeMessage(reader, schema, depth - 1)
  reader.end = end
}

function decodeValue(reader: Reader, kind: FieldKind): unknown {
  switch (kind) {
    case 'int64':
      return toBigInt(reader.varint())
    case 'int32':
      return Number(BigInt.asIntN(32, BigInt(reader.varint())))
    case 'float':
      return reader.float()
    case 'bytes':
      return reader.slice(reader.length())
    case 'data':
      return reader.region(reader.length())
    default:
      return reader.text(reader.length(), kind === 'text')
  }
}

/** Small integers, by far the most frequent, are shared. */
const SMALL = Array.from({ length: 256 }, (_, value) => BigInt(value))

function toBigInt(value: number | bigint): bigint {
  return typeof value === 'bigint' ? value : (SMALL[value] ?? BigInt(value))
}

function decodeElement(reader: Reader, kind: FieldKind): unknown {
  reader.budget.spend(kind === 'float' ? FLOAT_BYTES : ELEMENT_BYTES)
  return decodeValue(reader, kind)
}

function decodeScalars(reader: Reader, kind: FieldKind, into: unknown[]): void {
  const { end } = reader
  const length = reader.length()
  reader.end = reader.position + length
  // Refused before half of them are made: making millions takes its time.
  const count = kind === 'float' ? Math.ceil(length / 4) : reader.countVarints()
  reader.budget.spend(count * (kind === 'float' ? FLOAT_BYTES : ELEMENT_BYTES))
  while (reader.position < reader.end) into.push(decodeValue(reader, kind))
  reader.end = end
}

/** Adds packed elements as they are; a single element is the same as a packed list of one. */
function decodePacked(reader: Reader, wireType: number, into: ByteSource[]): void {
  if (wireType === LENGTH) {
    into.push(reader.region(reader.length()))
    return
  }
  const start = reader.position
  reader.skip(wireType)
  const element = keep(reader, start)
  const last = into.at(-1)
  if (last instanceof GrowingSource) last.append(element)
  else into.push(new GrowingSource(element))
}
