/**
 * The part of ZIP (PKWARE APPNOTE 6.3) that `.npz` files use: entries stored or deflated, found through the central
 * directory. What an entry promises is checked before anything is unpacked.
 */
import { promisify } from 'node:util'
import { crc32, inflateRaw } from 'node:zlib'
import { badSamples } from './badSamples'

const inflate = promisify(inflateRaw)

/** Bytes that all entries of one file may unpack to: more than any sample, and no danger to memory. */
export const MOST_UNPACKED = 2 ** 30
/** Deflate cannot do better than 1032 to 1 (RFC 1951: 258 bytes for 2 bits). */
const BEST_RATIO = 1032

const END = 0x06054b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const NEEDS_ZIP64 = 0xffffffff

export interface ZipEntry {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly packedBytes: number
  readonly bytes: number
  readonly localOffset: number
}

/**
 * The entries that the central directory lists.
 * @throws OnnxpressError `BAD_SAMPLES` for files that are no ZIP, broken, encrypted, too large, or ZIP64
 */
export function zipEntries(zip: Buffer, path: string): ZipEntry[] {
  const end = findEnd(zip, path)
  const count = zip.readUInt16LE(end + 10)
  let offset = zip.readUInt32LE(end + 16)
  if (count === 0xffff || offset === NEEDS_ZIP64)
    throw badSamples(path, 'ZIP64 files are not supported; save smaller .npz files')
  const entries: ZipEntry[] = []
  for (let index = 0; index < count; index++) {
    if (offset + 46 > end || zip.readUInt32LE(offset) !== CENTRAL)
      throw badSamples(path, 'its ZIP directory is broken')
    const { entry, next } = readEntry(zip, offset, end, path)
    entries.push(entry)
    offset = next
  }
  const unpacked = entries.reduce((sum, entry) => sum + entry.bytes, 0)
  if (unpacked > MOST_UNPACKED)
    throw badSamples(
      path,
      `it unpacks to ${unpacked} bytes, more than the ${MOST_UNPACKED} that one sample may take`,
    )
  return entries
}

/**
 * The bytes of an entry.
 * @throws OnnxpressError `BAD_SAMPLES` when they are not what the directory promises
 */
export async function unpack(zip: Buffer, entry: ZipEntry, path: string): Promise<Buffer> {
  const { name, method, localOffset, packedBytes, bytes } = entry
  const where = `entry ${JSON.stringify(name)}`
  if (localOffset + 30 > zip.length || zip.readUInt32LE(localOffset) !== LOCAL)
    throw badSamples(path, `${where} of the ZIP is not where its directory says`)
  const start = localOffset + 30 + zip.readUInt16LE(localOffset + 26) + zip.readUInt16LE(localOffset + 28)
  if (start + packedBytes > zip.length) throw badSamples(path, `${where} ends beyond the file`)
  const packed = zip.subarray(start, start + packedBytes)
  const unpacked = method === 0 ? packed : await inflated(packed, bytes, `${path}`, where)
  if (unpacked.length !== bytes)
    throw badSamples(path, `${where} has ${unpacked.length} bytes, but its directory says ${bytes}`)
  if (crc32(unpacked) !== entry.crc) throw badSamples(path, `${where} is damaged: its checksum differs`)
  return unpacked
}

async function inflated(packed: Buffer, bytes: number, path: string, where: string): Promise<Buffer> {
  try {
    return (await inflate(packed, { maxOutputLength: Math.max(1, bytes) })) as Buffer
  } catch (cause) {
    throw badSamples(
      path,
      `${where} cannot be unpacked to its ${bytes} bytes: ${(cause as Error).message}`,
      cause,
    )
  }
}

function findEnd(zip: Buffer, path: string): number {
  // A comment of up to 65535 bytes may follow.
  for (let offset = zip.length - 22; offset >= Math.max(0, zip.length - 22 - 0xffff); offset--) {
    if (zip.readUInt32LE(offset) === END) return offset
  }
  throw badSamples(path, 'expected a ZIP of NumPy arrays (.npz), found no ZIP directory')
}

function readEntry(
  zip: Buffer,
  offset: number,
  end: number,
  path: string,
): { entry: ZipEntry; next: number } {
  const nameLength = zip.readUInt16LE(offset + 28)
  const next = offset + 46 + nameLength + zip.readUInt16LE(offset + 30) + zip.readUInt16LE(offset + 32)
  if (next > end) throw badSamples(path, 'its ZIP directory is broken')
  const entry = {
    name: zip.toString('utf8', offset + 46, offset + 46 + nameLength),
    method: zip.readUInt16LE(offset + 10),
    crc: zip.readUInt32LE(offset + 16),
    packedBytes: zip.readUInt32LE(offset + 20),
    bytes: zip.readUInt32LE(offset + 24),
    localOffset: zip.readUInt32LE(offset + 42),
  }
  checkEntry(entry, zip.readUInt16LE(offset + 8), zip.length, path)
  return { entry, next }
}

function checkEntry(
  { name, method, packedBytes, bytes, localOffset }: ZipEntry,
  flags: number,
  size: number,
  path: string,
): void {
  const where = `entry ${JSON.stringify(name)}`
  if (flags & 1) throw badSamples(path, `${where} is encrypted`)
  if ([packedBytes, bytes, localOffset].includes(NEEDS_ZIP64))
    throw badSamples(path, `${where} needs ZIP64, which is not supported; save smaller .npz files`)
  if (method !== 0 && method !== 8)
    throw badSamples(path, `${where} is packed by method ${method}; expected stored (0) or deflated (8)`)
  if (packedBytes > size) throw badSamples(path, `${where} ends beyond the file`)
  if (bytes > Math.max(packedBytes * BEST_RATIO, 64))
    throw badSamples(path, `${where} promises ${bytes} bytes out of ${packedBytes}, more than deflate can`)
}
