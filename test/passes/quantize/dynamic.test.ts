import { attribute, type Value } from '../../../src/ir'
import type { PassResult } from '../../../src/passes/pass'
import { type DynamicOptions, quantizeDynamic } from '../../../src/passes/quantize/dynamic'
import { passContext } from '../../support/passContext'
import { RIGHT_HERE } from '../../support/saturation'
import {
  countOf,
  type Feeds,
  LayerBuilder,
  leftovers,
  operationsOf,
  runAll,
  samplesFor,
  signatureOf,
  snrOf,
} from './support'

const WIDTH = 32

async function dynamic(
  b: LayerBuilder,
  options: DynamicOptions = {},
  samples: Feeds[] = samplesFor(b.model),
) {
  const original = b.model.clone()
  const result: PassResult = await quantizeDynamic({ ...RIGHT_HERE, ...options }).apply(passContext(b.model))
  b.model.verify()
  expect(leftovers(b.model)).toEqual([])
  expect(signatureOf(b.model)).toBe(signatureOf(original))
  const reference = await runAll(original, samples)
  for (const level of ['disabled', 'basic', 'extended', 'all'] as const)
    expect(snrOf(reference, await runAll(b.model, samples, level))).toBeGreaterThan(25)
  return { result, operations: await operationsOf(b.model) }
}

/** Embeddings, attention of one head and a feed-forward block, as transformers have them. */
function transformer(): LayerBuilder {
  const b = new LayerBuilder()
  const ids = b.input('ids', ['batch', 'words'], 'int64')
  const x = b.node('Gather', [b.some([640, WIDTH], 0.5, 'table'), ids])
  const dense = (from: Value, shape: readonly number[]) =>
    b.node('Add', [b.node('MatMul', [from, b.some(shape, 0.2)]), b.some([shape[1] as number], 0.1)])
  const [q, k, v] = [0, 1, 2].map(() => dense(x, [WIDTH, WIDTH])) as [Value, Value, Value]
  const scores = b.node('MatMul', [q, b.node('Transpose', [k], { perm: attribute.ints([0, 2, 1]) })])
  const attended = b.node('MatMul', [b.node('Softmax', [scores]), v])
  const sum = b.node('Add', [x, dense(attended, [WIDTH, WIDTH])])
  const norm = b.node('LayerNormalization', [sum, b.some([WIDTH]), b.some([WIDTH])])
  const hidden = b.node('Gelu', [dense(norm, [WIDTH, 2 * WIDTH])])
  const out = b.node('Add', [norm, dense(hidden, [2 * WIDTH, WIDTH])])
  const flat = b.node('Reshape', [out, b.ints([-1, WIDTH])])
  return b.output(
    b.node('Gemm', [flat, b.some([5, WIDTH], 0.3), b.some([5])], { transB: attribute.int(1) }, 'y'),
  )
}

test('a transformer', async () => {
  const b = transformer()
  const { result, operations } = await dynamic(b)
  expect(result.details).toEqual({ int8Layers: 7, embeddings: 1 })
  // Query, key and value share one; the rest have one each.
  expect(countOf(b.model, 'DynamicQuantizeLinear')).toBe(5)
  expect(operations.MatMulInteger).toBeUndefined()
  expect((operations.DynamicQuantizeMatMul ?? 0) + (operations.MatMulIntegerToFloat ?? 0)).toBe(7)
  expect(result.skipped.map((skip) => skip.reason)).toEqual([
    'both inputs are activations: there is no weight',
    'both inputs are activations: there is no weight',
  ])
})

test('the width of words and batch stays free', async () => {
  const b = transformer()
  await dynamic(b, {}, [...samplesFor(b.model, 1, 2), ...samplesFor(b.model, 1, 7)])
})

test('Gemm as it is and transposed, with and without bias', async () => {
  for (const transB of [0, 1])
    for (const hasBias of [true, false]) {
      const b = new LayerBuilder()
      const weight = b.some(transB ? [6, 12] : [12, 6])
      const inputs = [b.input('x', ['n', 12]), weight, ...(hasBias ? [b.some([1, 6])] : [])]
      b.output(b.node('Gemm', inputs, { transB: attribute.int(transB) }, 'y'))
      const { operations } = await dynamic(b)
      expect(operations.Gemm).toBeUndefined()
    }
})

test('one weight shared by two layers is stored once', async () => {
  const b = new LayerBuilder()
  const w = b.some([8, 8], 0.4)
  const h = b.node('MatMul', [b.input('x', [3, 8]), w])
  b.output(b.node('MatMul', [b.node('Relu', [h]), w], {}, 'y'))
  await dynamic(b)
  expect(b.model.graph.initializers.filter((each) => each.constant?.dataType === 'int8')).toHaveLength(1)
})

test('an intermediate graph output, inputs of one axis and of four', async () => {
  const b = new LayerBuilder()
  const w = b.some([8, 8], 0.4)
  const h = b.node('MatMul', [b.input('x', [2, 3, 4, 8]), w], {}, 'h')
  b.output(h)
    .output(b.node('MatMul', [h, b.some([8, 3], 0.4)], {}, 'y'))
    .output(b.node('MatMul', [b.input('row', [8]), b.some([8, 3])], {}, 'z'))
  await dynamic(b)
})

test('reduced range, kept nodes and convolutions', async () => {
  const b = new LayerBuilder()
  const h = b.conv(b.input('x', [1, 4, 3, 3]), [4, 4, 1, 1], { name: 'conv' })
  const first = b.node('MatMul', [h, b.some([3, 5])], {}, 'first')
  b.output(b.node('MatMul', [first, b.some([5, 5])], {}, 'y'))
  const { result } = await dynamic(b, { reduceRange: true, keep: 'first' })
  expect(result.skipped.map((skip) => skip.reason)).toEqual([
    'kept as asked',
    expect.stringMatching(/integer convolution/),
  ])
  const weight = b.model.graph.initializers.find((each) => each.constant?.dataType === 'int8')
  expect(Math.max(...(weight?.constant?.toNumbers() ?? []).map(Math.abs))).toBe(63)
})

test('an older opset is refused with what to do', async () => {
  const b = new LayerBuilder(11)
  b.output(b.node('MatMul', [b.input('x', [2, 3]), b.some([3, 3])], {}, 'y'))
  const before = b.model.toText()
  const result = await quantizeDynamic().apply(passContext(b.model))
  expect(result.skipped[0]?.reason).toMatch(/need opset 13, the model has 11: put upgradeOpset\(\) first/)
  expect(b.model.toText()).toBe(before)
})

test('a model of no layers stays as it is', async () => {
  const b = new LayerBuilder()
  b.output(b.node('Relu', [b.input('x', [2])], {}, 'y'))
  const before = b.model.toText()
  expect(await quantizeDynamic().apply(passContext(b.model))).toMatchObject({ changed: 0, skipped: [] })
  expect(b.model.toText()).toBe(before)
})

test('an aborted signal stops it', async () => {
  const b = transformer()
  const context = { ...passContext(b.model), signal: AbortSignal.abort() }
  await expect(quantizeDynamic().apply(context)).rejects.toThrow()
})
