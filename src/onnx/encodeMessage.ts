import { isUint8Array } from 'node:util/types'
import type { ByteSource } from '../ir/byteSource'
import { joinBytes } from './joinBytes'
import type { Message } from './proto'
import { FIXED32, LENGTH, VARINT } from './reader'
import { Rope } from './rope'
import type { Field, FieldKind, Schema } from './schema'

const WIRE_TYPES: Partial<Record<FieldKind, number>> = { int64: VARINT, int32: VARINT, float: FIXED32 }

/** Encodes a message: fields in ascending order, repeated ones unpacked as `onnx.proto` declares them, unknown ones last. */
export function encodeMessage(schema: Schema, message: Message, rope: Rope): void {
  const fields = message as unknown as Record<string, unknown>
  for (const field of schema.fields) {
    const value = fields[field.key]
    if (field.kind.startsWith('packed')) encodePacked(field, value as ByteSource[], rope)
    else if (Array.isArray(value)) for (const each of value) encodeField(field, each, rope)
    else if (value !== undefined) encodeField(field, value, rope)
  }
  if (message.unknown) rope.bytes(message.unknown)
}

/** A small message as bytes. */
export function encodeBytes<T extends Message>(schema: Schema<T>, message: T): Uint8Array {
  const rope = new Rope()
  encodeMessage(schema, message, rope)
  return joinBytes(rope.parts.map((part) => (isUint8Array(part) ? part : part.read())))
}

function encodeField(field: Field, value: unknown, rope: Rope): void {
  rope.varint(field.number * 8 + (WIRE_TYPES[field.kind] ?? LENGTH))
  if (field.kind !== 'message') WRITERS[field.kind]?.(value as never, rope)
  else if (isUint8Array(value)) encodeRaw(value, rope)
  else encodeNested(field, value as Message, rope)
}

const WRITERS: Partial<Record<FieldKind, (value: never, rope: Rope) => void>> = {
  int64: (value: bigint, rope) => rope.varint(value),
  int32: (value: number, rope) => rope.varint(value),
  float: (value: number, rope) => rope.float(value),
  name: (value: string, rope) => rope.text(value),
  text: (value: string, rope) => rope.text(value),
  bytes: encodeRaw,
  data: encodeData,
}

function encodeRaw(bytes: Uint8Array, rope: Rope): void {
  rope.varint(bytes.byteLength)
  rope.bytes(bytes)
}

function encodeData(source: ByteSource, rope: Rope): void {
  rope.varint(source.byteLength)
  rope.source(source)
}

function encodeNested(field: Field, message: Message, rope: Rope): void {
  const inner = new Rope()
  encodeMessage(field.nested?.() as Schema, message, inner)
  rope.varint(inner.byteLength)
  rope.rope(inner)
}

function encodePacked(field: Field, pieces: readonly ByteSource[], rope: Rope): void {
  for (const piece of pieces) {
    rope.varint(field.number * 8 + LENGTH)
    encodeData(piece, rope)
  }
}
