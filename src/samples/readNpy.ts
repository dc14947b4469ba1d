/** Reads a `.npy` file. */
import { open } from 'node:fs/promises'
import { countElements } from '../ir'
import type { FeedTensor } from '../runtime'
import { badSamples } from './badSamples'
import { parseNpy } from './npy'
import { LONGEST_HEADER, npyHeader } from './npyHeader'

/**
 * The tensor of a `.npy` file. What its header promises is held against the file's size before anything is read.
 * @throws OnnxpressError `BAD_SAMPLES`
 */
export async function readNpy(path: string): Promise<FeedTensor> {
  const bytes = await readChecked(path)
  return parseNpy(bytes, path)
}

async function readChecked(path: string): Promise<Buffer> {
  const file = await open(path).catch((cause: Error) => {
    throw badSamples(path, `cannot be read: ${cause.message}`, cause)
  })
  try {
    const { size } = await file.stat()
    const head = Buffer.alloc(Math.min(size, LONGEST_HEADER))
    await file.read(head, 0, head.length, 0)
    const { shape, elementBytes, offset } = npyHeader(head, path)
    const expected = offset + countElements(shape) * elementBytes
    if (expected !== size)
      throw badSamples(
        path,
        `its header and shape [${shape}] ask for ${expected} bytes, but the file has ${size}`,
      )
    if (size <= head.length) return head.subarray(0, size)
    const bytes = Buffer.alloc(size)
    for (let done = 0; done < size; ) {
      const { bytesRead } = await file.read(bytes, done, Math.min(2 ** 30, size - done), done)
      if (bytesRead === 0) throw badSamples(path, 'the file became shorter while it was read')
      done += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}
