import type { Value } from '../../../src/ir'
import { type Budget, describeBudget, excess, makeBudget } from '../../../src/passes/accuracy/budget'
import { LayerBuilder } from '../quantize/support'

function graphOf(make: (b: LayerBuilder, x: Value) => Value) {
  const b = new LayerBuilder()
  return b.output(make(b, b.input('x', [2, 3]))).model.graph
}

const softmax = graphOf((b, x) =>
  b.node('Transpose', [b.node('Reshape', [b.node('Softmax', [x]), b.ints([3, 2])])]),
)
const plain = graphOf((b, x) => b.node('Relu', [x]))

test('the caller’s metric comes first, then decisions, then signal to noise', () => {
  expect(makeBudget(softmax, {}, 0.9).criterion).toBe('metric')
  expect(makeBudget(softmax, {}, undefined).criterion).toBe('agreement')
  expect(makeBudget(plain, {}, undefined).criterion).toBe('snr')
  expect(makeBudget(softmax, { minSnrDb: 20 }, undefined).criterion).toBe('snr')
  expect(
    makeBudget(
      graphOf((b, x) => b.node('Exp', [b.node('LogSoftmax', [x])])),
      {},
      undefined,
    ).criterion,
  ).toBe('snr')
})

const measured = { snrDb: 20, agreement: 0.99, metric: 0.8 }

test('how far a candidate is from the edge', () => {
  const budget = { maxDrop: 0.05, minSnrDb: 15, originalMetric: 0.9 }
  expect(excess({ ...budget, criterion: 'metric' }, measured)).toBeCloseTo(0.05)
  expect(excess({ ...budget, criterion: 'agreement' }, measured)).toBeCloseTo(-0.04)
  expect(excess({ ...budget, criterion: 'snr' }, measured)).toBeCloseTo(-5)
})

test('what is missing or no number is never within', () => {
  const budget: Budget = { criterion: 'metric', maxDrop: 0.05, minSnrDb: 15, originalMetric: 0.9 }
  expect(excess(budget, { ...measured, metric: undefined })).toBe(Number.POSITIVE_INFINITY)
  expect(excess({ ...budget, criterion: 'snr' }, { ...measured, snrDb: Number.NaN })).toBe(
    Number.POSITIVE_INFINITY,
  )
  expect(
    excess({ ...budget, criterion: 'agreement' }, { ...measured, agreement: undefined }),
  ).toBeGreaterThan(0)
  expect(
    excess({ ...budget, criterion: 'snr' }, { ...measured, snrDb: Number.POSITIVE_INFINITY }),
  ).toBeLessThan(0)
})

test('in words', () => {
  expect(describeBudget(makeBudget(softmax, { maxDrop: 0.003 }, undefined))).toBe(
    'at least 99.70% of arg-max positions unchanged',
  )
  expect(describeBudget(makeBudget(plain, { minSnrDb: 15 }, undefined))).toBe(
    'outputs at least 15 dB above their noise',
  )
})
