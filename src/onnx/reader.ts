import { isUtf8 } from 'node:buffer'
import { OnnxpressError } from '../errors'
import type { ByteSource } from '../ir/byteSource'
import { badModel, type Input } from './input'
import type { Budget } from './limits'

/** Protobuf's wire types that ONNX files use; groups (3, 4) never occur in them. */
export const VARINT = 0
export const FIXED64 = 1
export const LENGTH = 2
export const FIXED32 = 5

/** Bytes fetched at once behind weights that were passed over, where often little stands before the next. */
const FIRST_BYTES = 1 << 12
/** Bytes fetched at once where reading goes on. */
const NEXT_BYTES = 1 << 16
/** V8 refuses longer strings, and nothing in a model needs them. */
const LONGEST_TEXT = 1 << 27

/** Reads protobuf's wire format off an input, never beyond `end`. */
export class Reader {
  position = 0
  /** Where the current message ends. */
  end: number
  private bytes: Buffer = Buffer.alloc(0)
  private start = 0

  constructor(
    readonly input: Input,
    readonly budget: Budget,
  ) {
    this.end = input.byteLength
  }

  /** A field's tag: eight times its number, plus the wire type. */
  tag(): number {
    const at = this.position
    const tag = this.unsigned()
    if (tag >= 8 && tag <= 0xffffffff) return tag
    throw this.fail('Expected a protobuf field, found no valid tag', at)
  }

  /** A varint as an unsigned number; for tags and lengths. */
  unsigned(): number {
    const at = this.position
    const value = this.varint()
    if (value > Number.MAX_SAFE_INTEGER || value < 0) throw this.fail(`Expected a length, found ${value}`, at)
    return Number(value)
  }

  /** A varint as a signed 64-bit integer; a number where that is exact and quick, else a bigint. */
  varint(): number | bigint {
    const at = this.position
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte()
      low |= (byte & 127) << shift
      if (byte < 128) return low
    }
    return this.longVarint(low, at)
  }

  private longVarint(low: number, at: number): bigint {
    let value = BigInt(low)
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asIntN(64, value)
    }
    throw this.fail('Expected a number of at most 10 bytes, found a longer one', at)
  }

  float(): number {
    return this.bytes.readFloatLE(this.take(4))
  }

  /** The length of what follows, checked to be there. */
  length(): number {
    const at = this.position
    const length = this.unsigned()
    if (length > this.end - this.position) {
      const left = this.end - this.position
      throw this.fail(`Expected at most ${left} bytes, found a length of ${length}: the file is cut off`, at)
    }
    return length
  }

  /** Text of that length; bytes that are not UTF-8 are refused, or replaced when `lossy`. */
  text(length: number, lossy: boolean): string {
    if (length > LONGEST_TEXT) throw this.fail(`Expected a text, found one of ${length} bytes`)
    this.budget.spend(24 + length)
    const at = this.position
    const from = this.take(length)
    const text = this.bytes.toString('utf8', from, from + length)
    // Only text with this character can come of bytes that are not UTF-8; nearly none has it.
    if (lossy || !text.includes('\ufffd') || isUtf8(this.bytes.subarray(from, from + length))) return text
    throw this.fail('Expected a name in UTF-8, found other bytes', at)
  }

  /** Bytes to keep; a view where the input is in memory. */
  slice(length: number): Uint8Array {
    this.budget.spend(96 + (this.input.copies ? length : 0))
    const slice = this.input.slice(this.position, length)
    this.position += length
    return slice
  }

  /** Bytes that stay where they are. */
  region(length: number): ByteSource {
    this.budget.spend(160)
    const region = this.input.region(this.position, length)
    this.position += length
    return region
  }

  /** How many varints there are from here to `end`. */
  countVarints(): number {
    const from = this.position
    let count = 0
    while (this.position < this.end) if (this.byte() < 128) count++
    this.position = from
    return count
  }

  /** Passes over a field's value. */
  skip(wireType: number): void {
    const at = this.position
    if (wireType === VARINT) this.varint()
    else if (wireType === LENGTH) this.advance(this.length())
    else if (wireType === FIXED32) this.advance(4)
    else if (wireType === FIXED64) this.advance(8)
    else throw this.fail(`Expected a protobuf field, found wire type ${wireType}`, at)
    if (this.position > this.end) throw this.fail('Expected more bytes: the file is cut off', at)
  }

  fail(message: string, offset = this.position): OnnxpressError {
    return badModel(message, this.input.path, offset)
  }

  limit(message: string): OnnxpressError {
    const { path } = this.input
    return new OnnxpressError('LIMIT_EXCEEDED', message, {
      ...(path === undefined ? {} : { path }),
      offset: this.position,
    })
  }

  private advance(length: number): void {
    this.position += length
  }

  private byte(): number {
    if (this.position >= this.end) throw this.fail('Expected more bytes: the file is cut off')
    const byte = this.bytes[this.position - this.start]
    if (byte !== undefined) {
      this.position++
      return byte
    }
    this.fetch(1)
    return this.byte()
  }

  /** Passes over the next bytes; returns where they are in `this.bytes` until the next read. */
  private take(length: number): number {
    if (length > this.end - this.position) throw this.fail('Expected more bytes: the file is cut off')
    const offset = this.position - this.start
    if (offset < 0 || offset + length > this.bytes.length) this.fetch(length)
    const from = this.position - this.start
    this.position += length
    return from
  }

  private fetch(atLeast: number): void {
    const isNext = this.position <= this.start + this.bytes.length
    const wanted = Math.max(atLeast, isNext ? NEXT_BYTES : FIRST_BYTES)
    const window = this.input.window(this.position, Math.min(wanted, this.input.byteLength - this.position))
    this.bytes = Buffer.from(window.buffer, window.byteOffset, window.byteLength)
    this.start = this.position
  }
}
