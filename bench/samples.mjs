// Pictures for ResNet-50: smooth waves of random directions, an edge and some noise, normalized as photographs are.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeNpyFolder } from '../examples/ocr/toNpy.mjs'
import { fillNormal } from './models/normalWeights.mjs'

const SIZE = 224
const WAVES = 6
const NOISE = 0.15

/** One picture's waves: direction and frequency (radians a pixel), phase, and strength in each color. */
function waves(seed) {
  const draws = new Float32Array(WAVES * 6)
  fillNormal(draws, seed, 1)
  return Array.from({ length: WAVES }, (_, wave) => {
    const [across, down, phase, ...colors] = draws.subarray(wave * 6, wave * 6 + 6)
    return { across: across * 0.05, down: down * 0.05, phase: phase * 3, colors }
  })
}

/** Float32 [1, 3, 224, 224] of a seed. */
export function picture(seed) {
  const data = new Float32Array(3 * SIZE * SIZE)
  fillNormal(data, seed + 1, NOISE)
  const parts = waves(seed)
  const edge = parts[0].phase * 20 + SIZE / 2
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const side = x + y / 2 < edge ? 0.4 : -0.4
      for (let color = 0; color < 3; color++) {
        let sum = side
        for (const { across, down, phase, colors } of parts)
          sum += 0.5 * colors[color] * Math.sin(across * x + down * y + phase)
        data[(color * SIZE + y) * SIZE + x] += sum
      }
    }
  }
  return { data, dims: [1, 3, SIZE, SIZE] }
}

function* pictures(count, from) {
  for (let index = 0; index < count; index++)
    yield { name: String(index).padStart(4, '0'), array: picture(1000 * (from + index) + 7) }
}

/**
 * A folder of so many pictures as `.npy`, made once.
 * @param {number} count
 * @returns {Promise<string>}
 */
export async function pictureFolder(count) {
  const folder = fileURLToPath(new URL(`.samples/pictures-${count}`, import.meta.url))
  if (!existsSync(join(folder, `${String(count - 1).padStart(4, '0')}.npy`)))
    await writeNpyFolder(folder, pictures(count, 1))
  return folder
}
