// Writes arrays as .npy files: what `onnxpress --samples <folder>` reads.

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The bytes of a .npy file, version 1.0 (NumPy's `numpy.lib.format`): a header of a multiple of 64 bytes, then the values.
 * @param {Float32Array} data
 * @param {number[]} dims
 * @returns {Buffer}
 */
export function toNpy(data, dims) {
  const shape = `(${dims.join(', ')}${dims.length === 1 ? ',' : ''})`
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`
  const fixed = 10
  const padding = 63 - ((fixed + description.length) % 64)
  const text = `${description}${' '.repeat(padding)}\n`
  const start = Buffer.alloc(fixed)
  start.write('\x93NUMPY\x01\x00', 'latin1')
  start.writeUInt16LE(text.length, 8)
  return Buffer.concat([
    start,
    Buffer.from(text, 'latin1'),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ])
}

/**
 * Writes a folder of .npy files, one an array; what was in the folder goes.
 * @param {string} folder
 * @param {Iterable<{ name: string, array: import('./preprocess.mjs').Array4 }> |
 *   AsyncIterable<{ name: string, array: import('./preprocess.mjs').Array4 }>} arrays
 * @returns {Promise<number>} how many were written
 */
export async function writeNpyFolder(folder, arrays) {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  let count = 0
  for await (const { name, array } of arrays) {
    await writeFile(join(folder, `${name}.npy`), toNpy(array.data, array.dims))
    count++
  }
  return count
}
