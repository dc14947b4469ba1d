import { badArgument, OnnxpressError } from '../errors'
import { type ByteSource, MemorySource } from './byteSource'
import { bitsPerElement, byteLengthOf, type DataType } from './dataType'
import { type Extras, NO_EXTRAS } from './extras'

/** Typed arrays that hold a tensor's elements; types without one (4-bit, float8, bfloat16) show their raw bytes. */
export type ElementArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

const ARRAYS: Partial<
  Record<DataType, new (buffer: ArrayBufferLike, offset: number, length: number) => ElementArray>
> = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
}

/**
 * An immutable, named block of elements: an initializer or the value of an attribute. Bytes are in ONNX's `raw_data`
 * layout (little-endian, row-major, types below eight bits packed low bits first) and stay where they are, in memory
 * or on disk, until somebody asks for them.
 */
export class Tensor {
  private constructor(
    readonly name: string,
    readonly dataType: DataType,
    /** Sizes of the axes; empty for a scalar. */
    readonly shape: readonly number[],
    private readonly source: ByteSource | undefined,
    private readonly texts: readonly string[] | undefined,
    readonly extras: Extras = NO_EXTRAS,
  ) {}

  /**
   * A tensor over bytes in `raw_data` layout.
   * @throws OnnxpressError `BAD_ARGUMENT` when the number of bytes is not what shape and type ask for.
   */
  static fromSource(
    dataType: DataType,
    shape: readonly number[],
    source: ByteSource,
    name = '',
    extras?: Extras,
  ): Tensor {
    const expected = byteLengthOf(dataType, countElements(shape))
    if (source.byteLength !== expected) {
      throw badArgument(`${expected} bytes`, `a ${dataType} tensor of shape [${shape}]`, source.byteLength)
    }
    return new Tensor(name, dataType, shape, source, undefined, extras)
  }

  /** A tensor over the elements of a typed array, which is not copied and must not be changed afterwards. */
  static from(dataType: DataType, shape: readonly number[], elements: ArrayBufferView, name = ''): Tensor {
    const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength)
    return Tensor.fromSource(dataType, shape, new MemorySource(bytes), name)
  }

  /** A tensor of strings. */
  static fromStrings(shape: readonly number[], texts: readonly string[], name = '', extras?: Extras): Tensor {
    if (texts.length !== countElements(shape)) {
      throw badArgument(`${countElements(shape)} strings`, `a tensor of shape [${shape}]`, texts.length)
    }
    return new Tensor(name, 'string', shape, undefined, texts, extras)
  }

  /** A float32 tensor; a scalar when no shape is given. */
  static float32(elements: Iterable<number>, shape: readonly number[] = [], name = ''): Tensor {
    return Tensor.from('float32', shape, Float32Array.from(elements), name)
  }

  /** An int64 tensor; one axis of as many elements as given when no shape is given. */
  static int64(elements: readonly number[], shape: readonly number[] = [elements.length], name = ''): Tensor {
    return Tensor.from('int64', shape, BigInt64Array.from(elements, BigInt), name)
  }

  /** Number of elements. */
  get size(): number {
    return countElements(this.shape)
  }

  /** Bytes of the elements; for strings, of their UTF-8 text. */
  get byteLength(): number {
    if (this.source) return this.source.byteLength
    return (this.texts ?? []).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  }

  /** The same elements under another name. */
  withName(name: string): Tensor {
    return name === this.name
      ? this
      : new Tensor(name, this.dataType, this.shape, this.source, this.texts, this.extras)
  }

  /** The same elements under another shape of as many elements. */
  withShape(shape: readonly number[]): Tensor {
    if (countElements(shape) !== this.size)
      throw badArgument(`${this.size} elements`, 'Tensor.withShape', shape)
    return new Tensor(this.name, this.dataType, shape, this.source, this.texts, this.extras)
  }

  /** The elements' bytes, read now: a view where they are in memory. For small tensors; large ones want `load`. */
  get bytes(): Uint8Array {
    return this.byteSource.read()
  }

  /** Where the bytes are. Throws for strings, which have none. */
  get byteSource(): ByteSource {
    if (this.source) return this.source
    throw new OnnxpressError(
      'UNSUPPORTED',
      `Tensor ${JSON.stringify(this.name)} holds strings, which have no bytes`,
    )
  }

  /** The strings of a string tensor. */
  get strings(): readonly string[] {
    if (this.texts) return this.texts
    throw new OnnxpressError(
      'UNSUPPORTED',
      `Tensor ${JSON.stringify(this.name)} holds ${this.dataType}, not strings`,
    )
  }

  /** The elements, read now. Float16 and bfloat16 come as their 16-bit patterns, packed types as raw bytes. */
  get elements(): ElementArray {
    return this.read()
  }

  /**
   * As `elements`.
   * @param scratch at least `byteLength` bytes in which to put what is not in memory; new ones if left out
   */
  read(scratch?: Uint8Array): ElementArray {
    return viewElements(this.dataType, this.byteSource.read(scratch))
  }

  /**
   * As `elements`, without blocking.
   * @param scratch at least `byteLength` bytes in which to put what is not in memory; new ones if left out
   */
  async load(scratch?: Uint8Array): Promise<ElementArray> {
    return viewElements(this.dataType, await this.byteSource.load(scratch))
  }

  /**
   * The elements as JavaScript numbers, for shapes, axes and scalars. 64-bit integers beyond ±2^53 are rounded.
   * @throws OnnxpressError `UNSUPPORTED` for types that JavaScript numbers do not read directly.
   */
  toNumbers(): number[] {
    const { dataType } = this
    if (
      dataType === 'string' ||
      bitsPerElement(dataType) < 8 ||
      /^(complex|float8|bfloat16)/.test(dataType)
    ) {
      throw new OnnxpressError('UNSUPPORTED', `Elements of type ${dataType} are not plain numbers`, {
        at: this.name,
      })
    }
    return numbersOf(this.elements as ArrayLike<number | bigint>, dataType === 'float16')
  }
}

/** Number of elements of a shape. */
export function countElements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

function viewElements(dataType: DataType, bytes: Uint8Array): ElementArray {
  const array = ARRAYS[dataType]
  if (!array) return bytes
  const size = bitsPerElement(dataType) / 8
  // A typed array must start at a multiple of its element size; bytes inside a file seldom do.
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
  return new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / size)
}

/** In a loop: Array.from takes ten times as long, and plans ask for thousands of scales. */
function numbersOf(elements: ArrayLike<number | bigint>, areHalves: boolean): number[] {
  const numbers = new Array<number>(elements.length)
  for (let index = 0; index < numbers.length; index++) {
    const number = Number(elements[index])
    numbers[index] = areHalves ? float16ToNumber(number) : number
  }
  return numbers
}

function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
