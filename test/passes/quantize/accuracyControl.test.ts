import fc from 'fast-check'
import type { Model } from '../../../src/ir'
import type { AccuracyOptions } from '../../../src/passes/accuracy/accuracyOptions'
import type { Measurement, PassContext, PassRuntime } from '../../../src/passes/pass'
import { quantizeStatic } from '../../../src/passes/quantize/static'
import type { StaticOptions } from '../../../src/passes/quantize/staticOptions'
import { contextFor, LayerBuilder, runtimeOver, samplesFor } from './support'

/** A chain of matrix products, the name of each output telling which it is. */
function chain(length: number): LayerBuilder {
  const b = new LayerBuilder()
  let x = b.input('x', [1, 4])
  for (let index = 0; index < length; index++) x = b.node('MatMul', [x, b.some([4, 4])], {}, `layer${index}`)
  return b.output(x)
}

/** Which layers of a chain run in 8 bits, and which store their weights so. */
function statesOf(model: Model): { int8: number[]; stored: number[] } {
  const states = { int8: [] as number[], stored: [] as number[] }
  for (const node of model.graph) {
    if (!node.is('MatMul')) continue
    const index = Number(/\d+/.exec(node.outputs[0]?.name ?? '')?.[0])
    const weight = node.inputs[1]?.producer
    if (weight?.is('DequantizeLinear')) states.int8.push(index)
    else if (weight) states.stored.push(index)
  }
  return states
}

type Noise = (int8: readonly number[]) => number

interface Run {
  readonly details: Record<string, unknown>
  readonly final: ReturnType<typeof statesOf>
  /** Layers in 8 bits of each candidate that was measured, and on how many samples. */
  readonly measured: { int8: number[]; limit: number | undefined }[]
}

/** Runs accuracy control where the noise of the outputs is a function of the layers that are in 8 bits. */
async function control(
  length: number,
  noise: Noise,
  options: StaticOptions,
  more: Partial<PassContext> = {},
): Promise<Run> {
  const { model } = chain(length)
  const pass = quantizeStatic(options)
  const measured: Run['measured'] = []
  const runtime: PassRuntime = {
    ...runtimeOver(model, samplesFor(model, 1)),
    measure: async (candidate, limit): Promise<Measurement> => {
      const { int8 } = statesOf(candidate)
      measured.push({ int8, limit })
      const loss = noise(int8)
      return { snrDb: -10 * Math.log10(loss), agreement: 1 - loss, metric: 5 - loss }
    },
    ...more.runtime,
  }
  const context = await contextFor(pass, model, samplesFor(model, 1), runtime)
  const result = await pass.apply({ ...context, ...more, runtime })
  model.verify()
  return { details: result.details ?? {}, final: statesOf(model), measured }
}

const budget = (noise: number): AccuracyOptions => ({ minSnrDb: -10 * Math.log10(noise) })
const sumOf = (losses: readonly number[]) => (int8: readonly number[]) =>
  int8.reduce((sum, index) => sum + (losses[index] as number), 1e-9)

test('all layers in 8 bits are measured once when that is within the budget', async () => {
  const { details, final, measured } = await control(6, () => 1e-3, { accuracy: budget(2e-3) })
  expect(measured).toHaveLength(1)
  expect(final.int8).toHaveLength(6)
  expect(details).toMatchObject({
    withinBudget: true,
    int8Layers: 6,
    storedLayers: 0,
    range: 'minMax',
    measuredCandidates: 1,
  })
})

test('guilty layers are exempted, no more than needed, their weights still in 8 bits', async () => {
  const losses = [1, 50, 2, 3, 30, 1, 1, 2, 20, 1].map((each) => each * 1e-4)
  // Without the three worst: 11e-4.
  const { details, final, measured } = await control(10, sumOf(losses), {
    accuracy: budget(12e-4),
    range: 'minMax',
  })
  expect(final.stored).toEqual([1, 4, 8])
  expect(final.int8).toEqual([0, 2, 3, 5, 6, 7, 9])
  expect(details).toMatchObject({ withinBudget: true, int8Layers: 7, storedLayers: 3 })
  const ranked = details.layers as { name: string; snrDb: number; precision: string }[]
  expect(ranked.slice(0, 3).map((each) => each.name)).toEqual([
    'MatMul(layer1)',
    'MatMul(layer4)',
    'MatMul(layer8)',
  ])
  expect(ranked[0]?.snrDb).toBeCloseTo(-10 * Math.log10(50e-4), 3)
  expect(ranked.map((each) => each.precision).filter((each) => each === 'stored')).toHaveLength(3)
  // Two with all in 8 bits, ten alone, then 1, 2, 4 and 3.
  expect(measured).toHaveLength(16)
})

test('any additive losses: the smallest set in the order of the ranking, in few measurements', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 9 }),
      fc.double({ min: 0.01, max: 1.2, noNaN: true }),
      async (weights, share) => {
        const losses = weights.map((each) => each * 1e-5)
        const limit = share * losses.reduce((sum, each) => sum + each, 0) + 2e-9
        const { details, final, measured } = await control(losses.length, sumOf(losses), {
          accuracy: budget(limit),
          range: 'minMax',
        })
        const order = losses
          .map((_, index) => index)
          .sort((a, b) => (losses[b] as number) - (losses[a] as number))
        let fewest = 0
        while (sumOf(losses)(order.slice(fewest)) > limit) fewest++
        expect(details.withinBudget).toBe(true)
        expect(final.stored).toHaveLength(fewest)
        const least = Math.min(...final.stored.map((index) => losses[index] as number))
        for (const index of final.int8) expect(losses[index] as number).toBeLessThanOrEqual(least)
        expect(measured.length).toBeLessThanOrEqual(
          2 + losses.length + 2 * Math.ceil(Math.log2(losses.length + 1)) + 1,
        )
      },
    ),
    { numRuns: 25 },
  )
})

test('losses that do not add up: single exemptions gain nothing, the set that does is found', async () => {
  // As on a recognizer: as long as any of seven is in 8 bits, all is lost.
  const guilty = [0, 2, 3, 5, 7, 8, 11]
  const noise: Noise = (int8) => {
    if (int8.length === 1) return guilty.includes(int8[0] as number) ? 1e-3 : 1e-5
    return int8.some((index) => guilty.includes(index)) ? 0.5 : 1e-4
  }
  const { details, final } = await control(12, noise, { accuracy: budget(1e-3) })
  expect(final.stored).toEqual(guilty)
  expect(details.withinBudget).toBe(true)
})

test('when not even all stored is within, the best that was measured is returned and said so', async () => {
  const noise: Noise = (int8) => (int8.length === 8 ? 0.5 : int8.length === 4 ? 0.05 : 0.2)
  const { details, final } = await control(8, noise, { accuracy: budget(1e-3) })
  expect(details).toMatchObject({ withinBudget: false, int8Layers: 4, storedLayers: 4 })
  expect(final.stored).toHaveLength(4)
})

test('outputs that are no numbers are worse than any', async () => {
  const noise: Noise = (int8) => (int8.length > 3 ? Number.NaN : 0.1)
  const { details, final } = await control(6, noise, { accuracy: budget(1e-3) })
  expect(details.withinBudget).toBe(false)
  expect(final.int8.length).toBeLessThanOrEqual(3)
})

test('the way to take ranges that loses least goes on', async () => {
  let calls = 0
  const { details } = await control(3, () => (++calls === 3 ? 1e-4 : 0.1), { accuracy: budget(1e-3) })
  expect(calls).toBe(3)
  expect(details).toMatchObject({ range: 'percentile', withinBudget: true })
})

describe('what is held on to', () => {
  test('the caller’s metric', async () => {
    const originalMetric = async () => 5
    const run = await control(
      4,
      sumOf([0.02, 0.3, 0.02, 0.02]),
      { accuracy: { maxDrop: 0.1 } },
      {
        runtime: { originalMetric } as PassRuntime,
      },
    )
    expect(run.final.stored).toEqual([1])
    expect(run.details).toMatchObject({ withinBudget: true, budget: 'the metric at most 0.1 below 5' })
  })

  test('a signal-to-noise ratio', async () => {
    const { details, final } = await control(3, sumOf([1e-4, 1e-2, 1e-4]), { accuracy: { minSnrDb: 35 } })
    expect(final.stored).toEqual([1])
    expect(details.budget).toBe('outputs at least 35 dB above their noise')
  })
})

test('samples: as many as asked for while searching, a few for ranking', async () => {
  const { measured } = await control(
    3,
    () => 0.5,
    { accuracy: { minSnrDb: 30, searchSamples: 12 } },
    { sampleCount: 40 },
  )
  const limits = measured.map((each) => each.limit)
  expect(limits.filter((limit) => limit === 8)).toHaveLength(3)
  expect(new Set(limits)).toEqual(new Set([12, 8]))
})

test('no samples, or no accuracy control: nothing is measured', async () => {
  for (const [options, more] of [
    [{ accuracy: false }, {}],
    [{}, { sampleCount: 0 }],
  ] as const) {
    const { measured, details, final } = await control(3, () => 1, options, more)
    expect(measured).toEqual([])
    expect(final.int8).toHaveLength(3)
    expect(details.withinBudget).toBeUndefined()
  }
})

test('an aborted signal stops it between two candidates', async () => {
  const controller = new AbortController()
  let calls = 0
  const noise: Noise = () => {
    if (++calls === 4) controller.abort()
    return 0.5
  }
  await expect(control(6, noise, {}, { signal: controller.signal })).rejects.toThrow(/abort/i)
  expect(calls).toBe(4)
})

test('progress never goes back', async () => {
  const ratios: number[] = []
  await control(6, () => 0.5, {}, { progress: (ratio) => ratios.push(ratio) })
  expect(ratios.length).toBeGreaterThan(6)
  ratios.forEach((ratio, index) => {
    expect(ratio).toBeGreaterThanOrEqual((ratios[index - 1] ?? 0) - 1e-9)
  })
  expect(ratios.at(-1)).toBeLessThanOrEqual(1)
})
