/** Reads a `.npz` file: a ZIP of arrays, each named as a model's input. */
import { open } from 'node:fs/promises'
import type { Feeds, FeedTensor } from '../runtime'
import { badSamples } from './badSamples'
import { parseNpy } from './npy'
import { MOST_UNPACKED, unpack, zipEntries } from './zip'

/**
 * The tensors of a `.npz` file by name.
 * @throws OnnxpressError `BAD_SAMPLES`
 */
export async function readNpz(path: string): Promise<Feeds> {
  const zip = await readWhole(path)
  const feeds: [string, FeedTensor][] = []
  for (const entry of zipEntries(zip, path)) {
    if (!entry.name.endsWith('.npy'))
      throw badSamples(path, `expected arrays (.npy) inside, found ${JSON.stringify(entry.name)}`)
    const place = `${path} (${entry.name})`
    feeds.push([entry.name.slice(0, -4), parseNpy(await unpack(zip, entry, path), place)])
  }
  return Object.fromEntries(feeds)
}

async function readWhole(path: string): Promise<Buffer> {
  const file = await open(path).catch((cause: Error) => {
    throw badSamples(path, `cannot be read: ${cause.message}`, cause)
  })
  try {
    const { size } = await file.stat()
    if (size > MOST_UNPACKED)
      throw badSamples(path, `it has ${size} bytes, more than the ${MOST_UNPACKED} that one sample may take`)
    return await file.readFile()
  } finally {
    await file.close()
  }
}
