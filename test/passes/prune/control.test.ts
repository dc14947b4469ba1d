/** Budgets, ratios of single layers, and what must not change: bytes from run to run, and work that is to stop. */
import { encodeModel } from '../../../src/onnx'
import { prune } from '../../../src/passes/prune'
import {
  contextFor,
  type Feeds,
  LayerBuilder,
  runAll,
  runtimeOver,
  samplesFor,
  snrOf,
} from '../quantize/support'
import { layersOf, matrixOf, pruneNow, zerosOf } from './support'

/** Two branches that are added up: one all but decides the output, the other hardly shows. */
function unequal(): LayerBuilder {
  const b = new LayerBuilder()
  const x = b.input('x', [1, 4, 6, 6])
  const loud = b.node('Tanh', [b.conv(x, [6, 4, 3, 3], { name: 'loud', pads: 1 })])
  const quiet = b.node('Tanh', [b.conv(x, [6, 4, 3, 3], { name: 'quiet', pads: 1 })])
  return b.output(b.node('Add', [loud, b.node('Mul', [quiet, b.weight(1e-3)])]))
}

const zeroRatios = (model: LayerBuilder['model']) =>
  Object.fromEntries(
    layersOf(model).map((layer) => [layer.node.name, zerosOf(matrixOf(layer)) / matrixOf(layer).length]),
  )

describe('a budget', () => {
  test('lets everything be pruned that it covers', async () => {
    const { result, model } = await pruneNow(
      unequal(),
      prune.unstructured({ ratio: 0.5, accuracy: { minSnrDb: 1 } }),
    )
    expect(result.details).toMatchObject({ withinBudget: true, denseLayers: 0, measuredCandidates: 1 })
    expect(zeroRatios(model)).toEqual({ loud: 0.5, quiet: 0.5 })
  })

  test('keeps the guilty layer dense, with the reason, and only that one', async () => {
    const b = unequal()
    const samples = samplesFor(b.model)
    const original = b.model.clone()
    const pass = prune.unstructured({ ratio: 0.7, accuracy: { minSnrDb: 40 } })
    const { result, model, reasons } = await pruneNow(b, pass, samples)
    expect(result).toMatchObject({ changed: 1, details: { withinBudget: true, denseLayers: 1 } })
    expect(reasons).toEqual({ 'Conv(loud)': 'pruned, it would cost more than the budget: it stays dense' })
    expect(zeroRatios(model)).toEqual({ loud: 0, quiet: expect.closeTo(0.7, 1) })
    expect(snrOf(await runAll(original, samples), await runAll(model, samples))).toBeGreaterThan(40)
  })

  test('that nothing can keep is said to be missed', async () => {
    const pass = prune.unstructured({ ratio: 0.7, accuracy: { minSnrDb: 500 }, keep: 'loud' })
    const { result } = await pruneNow(unequal(), pass)
    // All that may be pruned is left dense, which costs nothing at all.
    expect(result).toMatchObject({ changed: 0, details: { denseLayers: 1, zeros: 0 } })
  })

  test('is not asked for with accuracy: false', async () => {
    const { result, model } = await pruneNow(unequal(), prune.unstructured({ ratio: 0.9, accuracy: false }))
    expect(result.details).not.toHaveProperty('budget')
    expect(zeroRatios(model)).toEqual({ loud: expect.closeTo(0.9, 1), quiet: expect.closeTo(0.9, 1) })
  })
})

describe('ratios of single layers', () => {
  test.each([
    ['an object', { 'Conv(loud)': 0.25, 'Conv(quiet)': 0 }],
    [
      'a map',
      new Map([
        ['Conv(loud)', 0.25],
        ['Conv(quiet)', 0],
      ]),
    ],
    ['a function', ({ name }: { name: string }) => (name === 'Conv(loud)' ? 0.25 : 0)],
  ])('from %s', async (_, ratios) => {
    const pass = prune.unstructured({ ratio: 0.5, accuracy: false, advanced: { ratios } })
    const { model, reasons } = await pruneNow(unequal(), pass)
    expect(zeroRatios(model)).toEqual({ loud: 0.25, quiet: 0 })
    expect(reasons).toEqual({ 'Conv(quiet)': 'a ratio of 0 was given for it' })
  })

  test('layers that are not named have the pass’s own', async () => {
    const pass = prune.unstructured({
      ratio: 0.5,
      accuracy: false,
      advanced: { ratios: { 'Conv(loud)': 0.25 } },
    })
    expect(zeroRatios((await pruneNow(unequal(), pass)).model)).toEqual({ loud: 0.25, quiet: 0.5 })
  })
})

test('with one threshold for all layers, all together lose the ratio', async () => {
  const b = new LayerBuilder()
  const x = b.input('x', [1, 8, 5, 5])
  const flat = b.conv(x, [8, 8, 3, 3], { name: 'flat', pads: 1 })
  // Few of its weights count: it bears more.
  const spiky = b.weight(
    Array.from({ length: 512 }, (_, at) => (at % 16 === 0 ? 1 : 1e-3 * Math.sin(at))),
    [64, 8, 1, 1],
    'spiky_w',
  )
  b.output(b.node('Conv', [b.node('Relu', [flat]), spiky], {}, 'spiky'))
  const { model } = await pruneNow(b, prune.unstructured({ ratio: 0.5, scope: 'global', accuracy: false }))
  const { flat: first = 0, spiky: second = 0 } = zeroRatios(model)
  expect((first * 576 + second * 512) / (576 + 512)).toBeCloseTo(0.5, 2)
  expect(second).toBeGreaterThan(0.9)
})

test('the same input gives the same bytes', async () => {
  const pass = () => prune.block({ rows: 2, columns: 2, ratio: 0.5, accuracy: false })
  const [one, two] = [await pruneNow(unequal(), pass()), await pruneNow(unequal(), pass())]
  expect(Buffer.compare(encodeModel(one.model), encodeModel(two.model))).toBe(0)
})

test('without samples weights go by magnitude; scores that need samples say so', async () => {
  const { model, result } = await pruneNow(unequal(), prune.nOfM({ pattern: '2:4' }), [])
  expect(result.details).toMatchObject({ score: 'magnitude', reconstructed: false })
  const [before] = layersOf(unequal().model)
  const [after] = layersOf(model)
  for (let row = 0; row < 6; row++) {
    for (let tap = 0; tap < 9; tap++) {
      const group = [0, 1, 2, 3].map((channel) => (row * 4 + channel) * 9 + tap)
      const weights = group.map((at) => matrixOf(before!)[at] as number)
      const smallest = [...weights].sort((a, b) => Math.abs(a) - Math.abs(b)).slice(0, 2)
      expect(group.map((at) => matrixOf(after!)[at])).toEqual(
        weights.map((weight) => (smallest.includes(weight) ? 0 : weight)),
      )
    }
  }
  const pass = prune.nOfM({ pattern: '2:4', advanced: { score: 'wanda' } })
  await expect(pruneNow(unequal(), pass, [])).rejects.toMatchObject({ code: 'BAD_SAMPLES' })
})

test('weights and inputs that are no numbers are left alone, with the reason', async () => {
  const b = new LayerBuilder()
  const x = b.input('x', [1, 4, 3, 3])
  const broken = b.weight([Number.NaN, 1, 2, 3, 4, 5, 6, 7], [2, 4, 1, 1], 'broken_w')
  b.output(b.node('Conv', [b.conv(x, [4, 4, 1, 1], { name: 'fine' }), broken], {}, 'broken'))
  const { result, reasons } = await pruneNow(b, prune.unstructured({ ratio: 0.5, accuracy: false }))
  expect(result.changed).toBe(1)
  expect(reasons['Conv(broken)']).toMatch(/it cannot be pruned: Expected/)
})

test('stops when it is told to', async () => {
  const { model } = unequal()
  const samples = samplesFor(model)
  const controller = new AbortController()
  const pass = prune.unstructured({ ratio: 0.5 })
  const context = await contextFor(pass, model, samples, runtimeOver(model.clone(), samples))
  const progress = () => controller.abort()
  const stopped = pass.apply({ ...context, signal: controller.signal, progress })
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
})

test('BatchNormalization behind a pruned layer follows what its inputs have become', async () => {
  const b = new LayerBuilder()
  const x = b.input('x', [1, 4, 8, 8])
  const h = b.conv(x, [6, 4, 3, 3], { name: 'conv', pads: 1, bias: false })
  const [scale, shift, mean] = [b.some([6], 0.5), b.some([6]), b.some([6], 0.2)]
  const variance = b.weight(Array(6).fill(1.5), [6], 'variance')
  const y = b.node('BatchNormalization', [h, scale, shift, mean, variance], {}, 'norm')
  b.output(y)
  const samples = samplesFor(b.model)
  const before = channelMoments(await runAll(b.model.clone(), samples), 6)
  const { model } = await pruneNow(b, prune.unstructured({ ratio: 0.7, accuracy: false }), samples)
  const after = channelMoments(await runAll(model, samples), 6)
  for (let channel = 0; channel < 6; channel++) {
    expect(after[channel]?.mean).toBeCloseTo(before[channel]?.mean as number, 3)
    expect(after[channel]?.variance).toBeCloseTo(before[channel]?.variance as number, 3)
  }
})

/** Means and variances over all samples and positions, in double. */
function channelMoments(runs: readonly Feeds[], channels: number) {
  const outputs = runs.map((run) => Object.values(run)[0]?.data as Float32Array)
  return Array.from({ length: channels }, (_, channel) => {
    const numbers = outputs.flatMap((output) => {
      const size = output.length / channels
      return [...output.subarray(channel * size, (channel + 1) * size)]
    })
    const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length
    return { mean, variance: numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / numbers.length }
  })
}
