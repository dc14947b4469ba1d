/**
 * The header of a `.npy` file (NEP 1): `\x93NUMPY`, a version, a length, and a Python dict such as
 * `{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 48, 320), }`.
 */
import { badSamples } from './badSamples'

export interface NpyHeader {
  /** onnxruntime's name of the element type. */
  readonly type: string
  readonly elementBytes: number
  readonly isBigEndian: boolean
  /** First axis fastest, as Fortran stores arrays. */
  readonly isFortran: boolean
  readonly shape: readonly number[]
  /** Where the elements start. */
  readonly offset: number
}

/** No honest header is longer: only records of many fields have long ones, and those are no tensors. */
export const LONGEST_HEADER = 65536 + 12

const MAGIC = Buffer.from('\x93NUMPY', 'latin1')

const TYPES: Readonly<Record<string, string>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
}

/**
 * Reads a header from the first bytes of a file; {@link LONGEST_HEADER} of them are always enough.
 * @throws OnnxpressError `BAD_SAMPLES` that says what is wrong
 */
export function npyHeader(bytes: Buffer, path: string): NpyHeader {
  const { text, offset } = headerText(bytes, path)
  const descr = /'descr'\s*:\s*'([<>|=])([a-zA-Z]\d+)'/.exec(text)
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)
  if (!order || !shape) throw badSamples(path, 'its NumPy header lacks fortran_order or shape')
  const [, endian = '<', code = ''] = descr ?? []
  const type = Object.hasOwn(TYPES, code) ? TYPES[code] : undefined
  if (!descr || type === undefined) throw badType(text, path)
  return {
    type,
    elementBytes: Number(code.slice(1)),
    isBigEndian: endian === '>',
    isFortran: order[1] === 'True',
    shape: sizesOf(shape[1] ?? '', path),
    offset,
  }
}

function headerText(bytes: Buffer, path: string): { text: string; offset: number } {
  if (bytes.length < 10 || !bytes.subarray(0, 6).equals(MAGIC))
    throw badSamples(path, 'expected a NumPy array (.npy), but the file does not begin with \\x93NUMPY')
  const major = bytes[6] ?? 0
  if (major < 1 || major > 3)
    throw badSamples(path, `expected version 1, 2 or 3 of the NumPy format, found ${major}`)
  const start = major === 1 ? 10 : 12
  if (bytes.length < start) throw badSamples(path, 'the file ends within its NumPy header')
  const length = major === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8)
  if (length > LONGEST_HEADER - start)
    throw badSamples(path, `its NumPy header is ${length} bytes long, which no array needs`)
  if (bytes.length < start + length) throw badSamples(path, 'the file ends within its NumPy header')
  return {
    text: bytes.toString(major === 3 ? 'utf8' : 'latin1', start, start + length),
    offset: start + length,
  }
}

function sizesOf(text: string, path: string): number[] {
  const sizes = text
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number)
  const isSound =
    sizes.every(Number.isSafeInteger) && Number.isSafeInteger(sizes.reduce((all, size) => all * size, 8))
  if (!isSound) throw badSamples(path, `its shape (${text.slice(0, 60)}) is larger than any array`)
  return sizes
}

function badType(text: string, path: string) {
  const found = /'descr'\s*:\s*('[^']*'|\[[^\]]*\]?)/.exec(text)?.[1] ?? 'none'
  return badSamples(
    path,
    `expected numbers of type ${Object.keys(TYPES).join(', ')}, found ${JSON.stringify(found.slice(0, 60))}; in NumPy, array.astype('float32') converts them`,
  )
}
