// What is held against onnxruntime step by step: the models of the engine's bench, and PP-OCRv4's others.

import { Tensor } from 'onnxruntime-node'
import { closeRuntime } from '../../../dist/index.mjs'
import { models as ocr } from '../../../examples/ocr/models.mjs'
import { samplesOf } from '../../../examples/ocr/samples.mjs'
import { benchModels, CALIBRATION, int8File } from '../models.mjs'

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

/**
 * @param {RegExp} only names
 * @returns {Promise<{ title: string, files: Record<string, string>, feeds: object }[]>}
 */
export async function parityModels(only) {
  const found = await benchModels(only)
  for (const each of OCR) if (only.test(each.name)) found.push(await ocrModel(each))
  closeRuntime()
  return found
}
