/** The whole way on a real model: PP-OCRv4's angle classifier, opset 9, all weights in Constant nodes. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { closeRuntime, compare, compress, Model, quantize, simplify, upgradeOpset } from '../../src'
import { RIGHT_HERE } from '../support/saturation'
import { temporaryEntries, tensor } from './support'

const path = join(
  __dirname,
  '..',
  '..',
  'node_modules',
  '@gutenye',
  'ocr-models',
  'assets',
  'ch_ppocr_mobile_v2.0_cls_infer.onnx',
)
const images = (count: number, seed: number) =>
  Array.from({ length: count }, (_, index) => ({ x: tensor([1, 3, 48, 192], seed + index) }))

afterAll(closeRuntime)
afterEach(() => expect(temporaryEntries()).toEqual([]))

test('to int8 and back to onnxruntime', async () => {
  const original = await Model.open(path)
  const { model, report } = await compress(
    original,
    [upgradeOpset(), simplify(), quantize.static(RIGHT_HERE)],
    {
      samples: images(8, 1),
      seed: 7,
    },
  )
  expect(report.original).toMatchObject({ opset: 9 })
  expect(Math.abs(report.original.bytes / statSync(path).size - 1)).toBeLessThan(0.001)
  expect(report.result.bytes).toBeLessThan(report.original.bytes * 0.45)
  expect(report.passes.map(({ name }) => name)).toEqual(['upgradeOpset', 'simplify', 'quantize.static'])
  const layers = report.execution?.layers ?? []
  expect(layers).toHaveLength(54)
  for (const layer of layers) expect(layer.runsIn === 'int8' || (layer.reason ?? '') !== '').toBe(true)
  const inInt8 = Object.values(report.execution?.int8Operations ?? {}).reduce((sum, count) => sum + count, 0)
  expect(layers.filter(({ runsIn }) => runsIn === 'int8').length).toBeLessThanOrEqual(inInt8)
  expect(report.quality?.snrDb).toBeGreaterThan(10)

  const parity = await compare(original, Model.fromBytes(model.toBytes()), { samples: images(4, 100) })
  expect(parity.outputs).toHaveLength(1)
  expect(parity.snrDb).toBeGreaterThan(10)
  expect(Object.keys(parity.levels)).toEqual(['disabled', 'basic', 'extended', 'all'])
  expect(parity.latency?.originalSeconds).toBeGreaterThan(0)
}, 120_000)

test('cleaning alone changes nothing but the file', async () => {
  const original = await Model.open(path)
  const { report } = await compress(original, [simplify()], { samples: images(2, 1) })
  expect(report.quality?.snrDb).toBeGreaterThan(80)
  expect(report.result.bytes).toBeLessThanOrEqual(report.original.bytes)
  expect(report.execution?.layers.every(({ runsIn }) => runsIn === 'float')).toBe(true)
})
