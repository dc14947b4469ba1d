import { attribute, type Value } from '../../../src/ir'
import { check, countOf, LayerBuilder } from './support'

/** Conv → a float layer → Conv */
function between(middle: (b: LayerBuilder, h: Value) => Value): LayerBuilder {
  const b = new LayerBuilder()
  const h = middle(b, b.conv(b.input('x', [2, 4, 6, 6]), [4, 4, 1, 1]))
  return b.output(b.conv(h, [2, 4, 1, 1], { name: 'y' }))
}

const kept: [string, number, (b: LayerBuilder, h: Value) => Value][] = [
  ['Conv', 1, (b, h) => b.conv(h, [4, 4, 1, 1], { name: 'middle' })],
  ['Conv + Relu', 1, (b, h) => b.node('Relu', [b.conv(h, [4, 4, 1, 1], { name: 'middle' })])],
  ['Conv + Mul', 1, (b, h) => b.node('Mul', [b.conv(h, [4, 4, 1, 1], { name: 'middle' }), b.weight(0.5)])],
  [
    'Conv + Clip',
    0,
    (b, h) => b.node('Clip', [b.conv(h, [4, 4, 1, 1], { name: 'middle' }), b.weight(-1), b.weight(1)]),
  ],
  [
    'Conv that two read',
    1,
    (b, h) => {
      const c = b.conv(h, [4, 4, 1, 1], { name: 'middle' })
      b.output(b.node('Tanh', [c], {}, 'z'))
      return c
    },
  ],
]

test.each(kept)('%s that is kept is not quantized by onnxruntime', async (_, shields, middle) => {
  const { operations, model } = await check(between(middle), { keep: 'middle' })
  expect(operations.QLinearConv).toBe(2)
  expect((operations.Conv ?? 0) + (operations.FusedConv ?? 0)).toBe(1)
  expect(countOf(model, 'Sum')).toBeLessThanOrEqual(shields)
})

test('a ConvTranspose, whose weight alone is in 8 bits', async () => {
  const b = between((b, h) => b.node('ConvTranspose', [h, b.some([4, 4, 1, 1], 0.5), b.some([4])]))
  const { operations, model } = await check(b, { steps: 4 })
  expect(operations).toMatchObject({ QLinearConv: 2, ConvTranspose: 1 })
  expect(countOf(model, 'Sum')).toBe(1)
})

test('a Gemm', async () => {
  const b = new LayerBuilder()
  const weights = () => [b.some([6, 6], 0.5), b.some([6])] as const
  const first = b.node('Gemm', [b.input('x', [5, 6]), ...weights()])
  const middle = b.node('Gemm', [b.node('Relu', [first]), ...weights()], {}, 'middle')
  b.output(b.node('Gemm', [middle, ...weights()], { alpha: attribute.float(1) }, 'y'))
  const { operations } = await check(b, { keep: 'middle' })
  expect(operations).toMatchObject({ QGemm: 2, Gemm: 1 })
})

test.each(['Sigmoid', 'Tanh', 'Relu', 'LeakyRelu'])('an 8-bit Gemm before %s', async (opType) => {
  const b = new LayerBuilder()
  const h = b.node('Gemm', [b.input('x', [5, 6]), b.some([6, 6], 0.5), b.some([6])])
  b.output(b.node(opType, [h], {}, 'y'))
  const { operations } = await check(b)
  expect(operations.QGemm).toBe(1)
  expect(operations.FusedGemm).toBeUndefined()
})
