/**
 * One sample in one file, so that sweeps can read it again and again without keeping it in memory: the length of a
 * JSON header (8 bytes, little-endian), the header, and the tensors' bytes, each from a multiple of 64 on. Strings are
 * in the header.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { OnnxpressError } from '../errors'
import { bytesOf, toElements } from './elementArrays'
import type { Feeds, FeedTensor } from './feeds'

interface Entry {
  readonly name: string
  readonly type: string
  readonly dims: readonly number[]
  /** From the first byte after the header. */
  readonly offset: number
  readonly bytes: number
  readonly texts?: readonly string[]
}

const ALIGNMENT = 64
/** One read or write moves at most this much; Node refuses 2 GiB. */
const CHUNK_BYTES = 2 ** 30

/** Writes a sample and returns the bytes it takes on disk. */
export async function writeSample(path: string, feeds: Feeds): Promise<number> {
  const entries = layOut(feeds)
  const header = Buffer.from(JSON.stringify(entries))
  const start = align(8 + header.length)
  const file = await openFile(path, 'wx')
  try {
    const prefix = Buffer.alloc(start)
    prefix.writeBigUInt64LE(BigInt(header.length))
    prefix.set(header, 8)
    await writeAll(file, prefix, 0)
    for (const entry of entries) {
      const data = feeds[entry.name]?.data
      if (ArrayBuffer.isView(data)) await writeAll(file, bytesOf(data), start + entry.offset)
    }
  } catch (cause) {
    throw failed('write', path, cause)
  } finally {
    await file.close()
  }
  return start + entries.reduce((sum, entry) => sum + entry.bytes, 0)
}

/** Reads a sample that {@link writeSample} wrote. */
export async function readSample(path: string): Promise<Feeds> {
  const file = await openFile(path, 'r')
  try {
    const length = Number((await readAll(file, 8, 0)).readBigUInt64LE())
    const entries: Entry[] = JSON.parse((await readAll(file, length, 8)).toString())
    const start = align(8 + length)
    const tensors = await Promise.all(
      entries.map(async (entry) => [entry.name, await readTensor(file, entry, start)]),
    )
    return Object.fromEntries(tensors)
  } catch (cause) {
    throw failed('read', path, cause)
  } finally {
    await file.close()
  }
}

function layOut(feeds: Feeds): Entry[] {
  let offset = 0
  return Object.entries(feeds).map(([name, { type, dims, data }]) => {
    const shared = { name, type, dims: [...dims], offset }
    if (!ArrayBuffer.isView(data)) return { ...shared, bytes: 0, texts: [...data] }
    offset = align(offset + data.byteLength)
    return { ...shared, bytes: data.byteLength }
  })
}

async function readTensor(file: FileHandle, entry: Entry, start: number): Promise<FeedTensor> {
  const { type, dims, texts } = entry
  if (texts) return { type, dims, data: texts }
  return { type, dims, data: toElements(type, await readAll(file, entry.bytes, start + entry.offset)) }
}

async function readAll(file: FileHandle, length: number, position: number): Promise<Buffer> {
  const buffer = Buffer.from(new ArrayBuffer(length))
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(buffer, done, Math.min(CHUNK_BYTES, length - done), position + done)
    if (bytesRead === 0) throw new Error('the file is shorter than its header says')
    done += bytesRead
  }
  return buffer
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const piece = Math.min(CHUNK_BYTES, bytes.byteLength - done)
    done += (await file.write(bytes, done, piece, position + done)).bytesWritten
  }
}

async function openFile(path: string, flags: string): Promise<FileHandle> {
  try {
    return await open(path, flags)
  } catch (cause) {
    throw failed(flags === 'r' ? 'read' : 'write', path, cause)
  }
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT
}

function failed(verb: string, path: string, cause: unknown): OnnxpressError {
  return new OnnxpressError('IO', `Cannot ${verb} the sample ${path}: ${(cause as Error).message}`, {
    path,
    cause,
  })
}
