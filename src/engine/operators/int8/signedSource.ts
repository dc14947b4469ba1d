/**
 * Constant integers less their zero points, as int8. What does not fit 8 bits is shared out: its input stands once more
 * behind all others, with the rest. So weights with any zero point are signed bytes, some inputs more than before.
 */
import type { ByteSource, Tensor } from '../../../ir'

/** Weights seen as [outer, inputs, inner]. */
export interface WeightOrder {
  readonly outer: number
  readonly inputs: number
  readonly inner: number
  /** One for all, or one a channel. */
  readonly zeros: readonly number[]
  /** Whether channels are the outer axis; else they are the inner one. */
  readonly isByOuter: boolean
}

/** Bytes that any weight fits: from -255 to 255. */
export const MOST_BYTES = 3

/** An input that stands once more. */
export interface Repetition {
  readonly input: number
  /** Bytes that hold a part of its weights before this one; nothing is left behind `MOST_BYTES`. */
  readonly before: number
}

/** What one more byte holds of what is left. */
const inByte = (rest: number) => Math.min(Math.max(rest, -128), 127)

/** Bytes that a number takes beside the first. */
function bytesBehind(value: number): number {
  let rest = value - inByte(value)
  let count = 0
  for (; rest !== 0; rest -= inByte(rest)) count++
  return count
}

/** The inputs that have to stand more than once. */
export function repetitionsOf(q: Tensor, order: WeightOrder): Repetition[] {
  const { outer, inputs, inner, zeros, isByOuter } = order
  const counts = new Uint8Array(inputs)
  const elements = q.elements as Uint8Array | Int8Array
  const isByInner = zeros.length > 1 && !isByOuter
  for (let o = 0, at = 0; o < outer; o++) {
    const zero = zeroAt(order, o, 0)
    for (let k = 0; k < inputs; k++) {
      for (let i = 0; i < inner; i++, at++) {
        const value = (elements[at] ?? 0) - (isByInner ? (zeros[i] ?? 0) : zero)
        if (value < -128 || value > 127) counts[k] = Math.max(counts[k] ?? 0, bytesBehind(value))
      }
    }
  }
  return [...counts].flatMap((count, input) =>
    Array.from({ length: count }, (_, before) => ({ input, before: before + 1 })),
  )
}

function zeroAt({ zeros, isByOuter }: WeightOrder, o: number, i: number): number {
  return zeros[zeros.length === 1 ? 0 : isByOuter ? o : i] ?? 0
}

/** Bytes are made whenever they are asked for: nothing is kept. */
export class SignedSource implements ByteSource {
  private readonly source: ByteSource
  private readonly areSigned: boolean
  /** By zero point and bytes before. */
  private readonly tables = new Map<number, Int8Array>()

  constructor(
    q: Tensor,
    private readonly order: WeightOrder,
    private readonly repetitions: readonly Repetition[],
  ) {
    this.source = q.byteSource
    this.areSigned = q.dataType === 'int8'
  }

  get byteLength(): number {
    return this.order.outer * this.rowBytes
  }

  read(scratch?: Uint8Array): Uint8Array {
    return this.signed(this.source.read(), scratch)
  }

  async load(scratch?: Uint8Array): Promise<Uint8Array> {
    return this.signed(await this.source.load(), scratch)
  }

  async *pieces(pieceBytes: number): AsyncIterable<Uint8Array> {
    const all = await this.load()
    for (let start = 0; start < all.byteLength; start += pieceBytes)
      yield all.subarray(start, start + pieceBytes)
  }

  part(start: number, length: number): Uint8Array {
    return this.order.outer > 1 ? this.partOfRows(start, length) : this.partOfInputs(start, length)
  }

  /** Of whole rows, which are short. */
  private partOfRows(start: number, length: number): Uint8Array {
    const [first, end] = [Math.floor(start / this.rowBytes), Math.ceil((start + length) / this.rowBytes)]
    const row = this.order.inputs * this.order.inner
    const bytes = this.signed(this.bytesAt(first * row, (end - first) * row), undefined, first)
    const from = start - first * this.rowBytes
    return bytes.subarray(from, from + length)
  }

  /** Of one row, input by input. */
  private partOfInputs(start: number, length: number): Uint8Array {
    const { inputs, inner } = this.order
    const [first, end] = [Math.floor(start / inner), Math.ceil((start + length) / inner)]
    const bytes = new Uint8Array((end - first) * inner)
    for (let k = first; k < end; k++) {
      const { input, before } = this.repetitions[k - inputs] ?? { input: k, before: 0 }
      this.share(this.bytesAt(input * inner, inner), 0, 0, before, bytes, (k - first) * inner)
    }
    const from = start - first * inner
    return bytes.subarray(from, from + length)
  }

  private bytesAt(start: number, length: number): Uint8Array {
    return this.source.part?.(start, length) ?? this.source.read().subarray(start, start + length)
  }

  private get rowBytes(): number {
    return (this.order.inputs + this.repetitions.length) * this.order.inner
  }

  /** Rows from `first` on. */
  private signed(q: Uint8Array, scratch: Uint8Array | undefined, first = 0): Uint8Array {
    const { inputs, inner } = this.order
    const rows = q.byteLength / (inputs * inner)
    const bytes = scratch?.subarray(0, rows * this.rowBytes) ?? new Uint8Array(rows * this.rowBytes)
    let to = 0
    for (let row = 0; row < rows; row++) {
      const from = row * inputs * inner
      for (let k = 0; k < inputs; k++, to += inner) this.share(q, from + k * inner, first + row, 0, bytes, to)
      for (const { input, before } of this.repetitions) {
        this.share(q, from + input * inner, first + row, before, bytes, to)
        to += inner
      }
    }
    return bytes
  }

  /** What one byte holds of each of the weights of an input. */
  private share(q: Uint8Array, from: number, o: number, before: number, to: Uint8Array, at: number): void {
    const { inner, zeros, isByOuter } = this.order
    if (zeros.length > 1 && !isByOuter) {
      for (let i = 0; i < inner; i++)
        to[at + i] = sharedByte(this.numberOf(q[from + i] ?? 0) - (zeros[i] ?? 0), before)
      return
    }
    const table = this.tableOf(zeroAt(this.order, o, 0), before)
    for (let i = 0; i < inner; i++) to[at + i] = table[q[from + i] ?? 0] ?? 0
  }

  /** What one byte holds for each byte of the source. */
  private tableOf(zero: number, before: number): Int8Array {
    const key = zero * MOST_BYTES * 2 + before
    const table =
      this.tables.get(key) ??
      Int8Array.from({ length: 256 }, (_, byte) => sharedByte(this.numberOf(byte) - zero, before))
    this.tables.set(key, table)
    return table
  }

  private numberOf(byte: number): number {
    return this.areSigned ? (byte << 24) >> 24 : byte
  }
}

function sharedByte(value: number, before: number): number {
  let rest = value
  for (let each = 0; each < before; each++) rest -= inByte(rest)
  return inByte(rest)
}
