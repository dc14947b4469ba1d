/** Digests of what a measurement depends on, so that what was measured once can be told from what was not. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Model } from '../ir'
import { encodeRope } from '../onnx/encodeModel'
import { placeInside } from '../onnx/fromTensor'
import type { SampleStore } from '../runtime'

const PIECE_BYTES = 4 * 2 ** 20

/** SHA-256 of the bytes that the model would have as a file; weights are read piece by piece. */
export async function modelDigest(model: Model): Promise<string> {
  const hash = createHash('sha256')
  for (const part of encodeRope(model, placeInside).parts) {
    if (!('read' in part)) hash.update(part)
    else for await (const piece of part.pieces(PIECE_BYTES)) hash.update(piece)
  }
  return hash.digest('hex')
}

/** SHA-256 of all samples, in order. */
export async function samplesDigest(store: SampleStore): Promise<string> {
  const hash = createHash('sha256')
  for (const { file, bytes } of store.samples) {
    hash.update(`${bytes}:`)
    for await (const piece of createReadStream(file, { highWaterMark: PIECE_BYTES })) hash.update(piece)
  }
  return hash.digest('hex')
}

/** SHA-256 of plain data; the order of keys makes no difference. */
export function dataDigest(data: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(data)))
    .digest('hex')
}

function sorted(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(sorted)
  if (data === null || typeof data !== 'object') return data
  const entries = Object.entries(data).map(([key, value]) => [key, sorted(value)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
