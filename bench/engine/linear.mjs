// Models of one product by constant weights: of one row in floats, 8 bits, with weights of 8 or 4 bits, and with most of
// them zero; of many rows with weights of 8 or 4 bits.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { attribute, compress, Model, quantize, Tensor } from '../../dist/index.mjs'
import { Builder } from '../models/builder.mjs'
import { saveWithZeros } from './blockZeros.mjs'

const SHAPES = [
  [4096, 4096],
  [1024, 1000],
  [768, 3072],
]
const BLOCK = 32
const MANY_ROWS = 128

/** Zeros of the largest one, of [inputs, outputs]. */
const ZEROS = [
  { type: 'float', name: '90% zero', rows: 1, columns: 1, ratio: 0.9 },
  { type: 'float', name: '90% zero in 16x1', rows: 16, columns: 1, ratio: 0.9 },
  { type: 'int8', name: '90% zero', rows: 1, columns: 1, ratio: 0.9 },
  { type: 'int8', name: '90% zero in 16x4', rows: 16, columns: 4, ratio: 0.9 },
]

function floatModel([inputs, outputs]) {
  const build = new Builder('linear', 31)
  const x = build.input('x', 'float32', ['rows', inputs])
  const y = build.node('MatMul', [x, build.normal('w', [inputs, outputs], 0.02)])
  build.output(y, 'y', ['rows', outputs])
  return build.model(17)
}

/** onnxruntime's MatMulNBits, of weights of 4 or 8 bits; with accuracy level 4 activations may be rounded to 8 bits. */
function narrowModel([inputs, outputs], bits, accuracyLevel) {
  const build = new Builder('linear', 32)
  const x = build.input('x', 'float32', ['rows', inputs])
  const blocks = inputs / BLOCK
  const bytes = Uint8Array.from(
    { length: (outputs * inputs * bits) / 8 },
    (_, at) => (Math.imul(at, 2654435761) >>> 13) & 255,
  )
  const q = build.graph.addInitializer(
    Tensor.from('uint8', [outputs, blocks, (BLOCK * bits) / 8], bytes),
    'q',
  )
  const scales = build.normal('scales', [outputs * blocks], 0.016 / 2 ** bits, 0.16 / 2 ** bits)
  const attributes = { K: inputs, N: outputs, bits, block_size: BLOCK, accuracy_level: accuracyLevel }
  const node = build.graph.add('MatMulNBits', [x, q, scales], {
    domain: 'com.microsoft',
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, number]) => [name, attribute.int(number)]),
    ),
  })
  build.output(node.output(), 'y', ['rows', outputs])
  const model = build.model(17)
  model.opsetImports.set('com.microsoft', 1)
  return model
}

async function made(path, make) {
  if (!existsSync(path)) await make(path)
  return path
}

const feedsOf = (rows, inputs) => ({
  x: new RuntimeTensor(
    'float32',
    Float32Array.from({ length: rows * inputs }, (_, at) => Math.sin(at)),
    [rows, inputs],
  ),
})

const placeOf = (folder, shape) => (type) => join(folder, `linear.${shape.join('x')}.${type}.onnx`)

async function denseFiles(folder, shape) {
  const at = placeOf(folder, shape)
  const float = await made(at('float'), (path) => floatModel(shape).save(path))
  const int8 = await made(at('int8'), async (path) => {
    const { model } = await compress(await Model.open(float), [quantize.dynamic()])
    await model.save(path)
  })
  return { float, int8 }
}

async function narrowFiles(folder, shape) {
  const at = placeOf(folder, shape)
  const narrow = await made(at('4bits'), (path) => narrowModel(shape, 4, 0).save(path))
  const rounded = await made(at('4bits.int8'), (path) => narrowModel(shape, 4, 4).save(path))
  const wide = await made(at('8bits'), (path) => narrowModel(shape, 8, 0).save(path))
  const both = await made(at('8bits.int8'), (path) => narrowModel(shape, 8, 4).save(path))
  return { '8 bits': wide, '8 by 8 bits': both, '4 bits': narrow, '4 by 8 bits': rounded }
}

/** @param {string} folder where the files are kept */
export async function linearModels(folder) {
  const found = []
  for (const shape of SHAPES) {
    const feeds = feedsOf(1, shape[0])
    const title = `MatMul 1x${shape.join('x')}`
    const narrow = await narrowFiles(folder, shape)
    const files = { ...(await denseFiles(folder, shape)), ...narrow }
    found.push({ title, files, feeds })
    if (found.length > 1) continue
    found.push({
      title: `MatMul ${[MANY_ROWS, ...shape].join('x')}`,
      files: narrow,
      feeds: feedsOf(MANY_ROWS, shape[0]),
    })
    for (const { type, name, ...blocks } of ZEROS) {
      const { rows, columns, ratio } = blocks
      const to = join(folder, `linear.${shape.join('x')}.${type}.${rows}x${columns}.${ratio * 100}.onnx`)
      await made(to, (path) => saveWithZeros(files[type], path, blocks))
      found.push({ title: `${title}, ${name}`, files: { [type]: to }, feeds })
    }
  }
  return found
}
