/** Which layers stay dense so that the model keeps within its budget. */
import type { Model } from '../../../src/ir'
import type { Measurement, PassContext, PassRuntime } from '../../../src/passes/pass'
import { prune, type UnstructuredOptions } from '../../../src/passes/prune'
import { contextFor, LayerBuilder, runtimeOver, samplesFor } from '../quantize/support'
import { layersOf, matrixOf, weightsOf, zerosOf } from './support'

/** A chain of matrix products, the name of each output telling which it is. */
function chain(length: number): LayerBuilder {
  const b = new LayerBuilder()
  let x = b.input('x', [1, 4])
  for (let index = 0; index < length; index++) x = b.node('MatMul', [x, b.some([4, 4])], {}, `layer${index}`)
  return b.output(x)
}

function prunedOf(model: Model): number[] {
  return layersOf(model).flatMap((layer, index) => (zerosOf(matrixOf(layer)) > 0 ? [index] : []))
}

interface Run {
  readonly details: Record<string, unknown>
  readonly reasons: Record<string, string>
  readonly model: Model
  readonly original: Model
  readonly pruned: number[]
  readonly measured: { pruned: number[]; limit: number | undefined }[]
  /** How often layers were solved for, one after the other. */
  readonly sequences: number[]
}

async function control(
  length: number,
  noise: (pruned: readonly number[], count: number) => number,
  options: Partial<UnstructuredOptions>,
  more: Partial<PassContext> = {},
): Promise<Run> {
  const { model } = chain(length)
  const original = model.clone()
  const measured: Run['measured'] = []
  const sequences: number[] = []
  const samples = samplesFor(model, 2)
  const real = runtimeOver(original, samples)
  const runtime: PassRuntime = {
    ...real,
    sequentialGrams: (copy, requests) => {
      sequences.push(requests.length)
      return real.sequentialGrams(copy, requests)
    },
    measure: async (candidate, limit): Promise<Measurement> => {
      const pruned = prunedOf(candidate)
      measured.push({ pruned, limit })
      const loss = noise(pruned, measured.length)
      return { snrDb: -10 * Math.log10(loss), agreement: 1 - loss, metric: 5 - loss }
    },
    ...more.runtime,
  }
  const pass = prune.unstructured({ ratio: 0.5, ...options })
  const context = { ...(await contextFor(pass, model, samples, runtime)), ...more, runtime }
  const result = await pass.apply(context)
  model.verify()
  const reasons = Object.fromEntries(result.skipped.map(({ at, reason }) => [at, reason]))
  return {
    details: result.details ?? {},
    reasons,
    model,
    original,
    pruned: prunedOf(model),
    measured,
    sequences,
  }
}

const sumOf = (losses: readonly number[]) => (pruned: readonly number[]) =>
  pruned.reduce((sum, index) => sum + (losses[index] as number), 1e-9)
const budget = (noise: number) => ({ minSnrDb: -10 * Math.log10(noise) })

test('within the budget all layers are pruned, measured once', async () => {
  const { details, pruned, measured, sequences } = await control(5, () => 1e-3, { accuracy: budget(2e-3) })
  expect(pruned).toEqual([0, 1, 2, 3, 4])
  expect([measured.length, sequences]).toEqual([1, [5]])
  expect(details).toMatchObject({
    withinBudget: true,
    denseLayers: 0,
    prunedLayers: 5,
    measuredCandidates: 1,
    zeroRatio: 0.5,
  })
})

test('guilty layers stay dense, bit for bit, and the others are solved for anew around them', async () => {
  const losses = [1, 50, 2, 3, 30, 1, 20].map((each) => each * 1e-4)
  const run = await control(7, sumOf(losses), { accuracy: budget(8e-4) })
  expect(run.pruned).toEqual([0, 2, 3, 5])
  const dense = weightsOf(run.original)
  for (const index of [1, 4, 6]) {
    expect(weightsOf(run.model).get(`layer${index}`)).toEqual(dense.get(`layer${index}`))
    expect(run.reasons[`MatMul(layer${index})`]).toBe(
      'pruned, it would cost more than the budget: it stays dense',
    )
  }
  expect(run.sequences).toEqual([7, 4])
  expect(run.details).toMatchObject({ withinBudget: true, denseLayers: 3, prunedLayers: 4 })
  const layers = run.details.layers as { name: string; ratio: number; snrDb: number; error?: object }[]
  expect(layers.slice(0, 3).map(({ name }) => name)).toEqual([
    'MatMul(layer1)',
    'MatMul(layer4)',
    'MatMul(layer6)',
  ])
  expect(layers[0]).toMatchObject({ ratio: 0, snrDb: expect.closeTo(-10 * Math.log10(50e-4), 3) })
  expect(layers.slice(3).every(({ ratio, error }) => ratio === 0.5 && error !== undefined)).toBe(true)
})

test('what was solved for anew is left out where it is worse', async () => {
  const losses = [50, 1, 1, 1].map((each) => each * 1e-4)
  const last = { weights: new Map<string, Float32Array>() }
  const run = await control(4, (pruned, count) => (count === 7 ? 1 : sumOf(losses)(pruned)), {
    accuracy: budget(4e-4),
  })
  // All, four alone, one spared, then the same layers solved for anew.
  expect(run.measured).toHaveLength(7)
  expect(run.details).toMatchObject({ withinBudget: true, denseLayers: 1 })
  last.weights = weightsOf(run.model)
  const alone = await control(4, () => 1e-9, { accuracy: budget(4e-4) })
  expect(last.weights.get('layer3')).toEqual(weightsOf(alone.model).get('layer3'))
})

test('when nothing is within, the best is returned and said so', async () => {
  const { details } = await control(4, (pruned) => (pruned.length === 2 ? 0.05 : 0.2), {
    accuracy: budget(1e-3),
  })
  expect(details).toMatchObject({ withinBudget: false, denseLayers: 2, prunedLayers: 2 })
})

test('the caller’s metric is held on to', async () => {
  const run = await control(
    4,
    sumOf([0.02, 0.3, 0.02, 0.02]),
    { accuracy: { maxDrop: 0.1 } },
    {
      runtime: { originalMetric: async () => 5 } as PassRuntime,
    },
  )
  expect(run.pruned).toEqual([0, 2, 3])
  expect(run.details.budget).toBe('the metric at most 0.1 below 5')
})

test('layers are ranked on request, even within the budget', async () => {
  const { details, measured } = await control(3, sumOf([1e-5, 3e-5, 2e-5]), {
    accuracy: { minSnrDb: 20, rank: true },
  })
  expect(measured.map(({ pruned }) => pruned)).toEqual([[0, 1, 2], [0], [1], [2]])
  const layers = details.layers as { name: string }[]
  expect(layers.map(({ name }) => name)).toEqual(['MatMul(layer1)', 'MatMul(layer2)', 'MatMul(layer0)'])
})

test('nothing is measured where accuracy is not asked for, or there are no samples', async () => {
  const off = await control(3, () => 1, { accuracy: false })
  expect([off.measured, off.pruned, off.details.withinBudget]).toEqual([[], [0, 1, 2], undefined])
  const without = await control(3, () => 1, {}, { sampleCount: 0 })
  expect([without.measured, without.sequences]).toEqual([[], []])
  expect(without.details).toMatchObject({ score: 'magnitude', reconstructed: false, zeroRatio: 0.5 })
})

test('samples: as many as asked for while searching, a few for ranking', async () => {
  const { measured } = await control(
    3,
    () => 0.5,
    { accuracy: { minSnrDb: 30, searchSamples: 12 } },
    { sampleCount: 40 },
  )
  const limits = measured.map(({ limit }) => limit)
  expect(limits.filter((limit) => limit === 8)).toHaveLength(3)
  expect(new Set(limits)).toEqual(new Set([12, 8]))
})

test('a signal stops it between layers and between candidates', async () => {
  for (const after of ['gram', 'measure'] as const) {
    const controller = new AbortController()
    const { model } = chain(4)
    const samples = samplesFor(model, 1)
    const real = runtimeOver(model.clone(), samples)
    const runtime: PassRuntime = {
      ...real,
      async *sequentialGrams(copy, requests) {
        for await (const answer of real.sequentialGrams(copy, requests)) {
          if (after === 'gram') controller.abort()
          yield answer
        }
      },
      measure: async () => {
        controller.abort()
        return { snrDb: 0, agreement: undefined, metric: undefined }
      },
    }
    const before = weightsOf(model)
    const pass = prune.unstructured({ ratio: 0.5 })
    const context = { ...(await contextFor(pass, model, samples, runtime)), signal: controller.signal }
    await expect(pass.apply(context)).rejects.toThrow(/abort/i)
    expect(weightsOf(model)).toEqual(before)
  }
})

test('progress never goes back', async () => {
  const ratios: number[] = []
  await control(6, () => 0.5, {}, { progress: (ratio) => ratios.push(ratio) })
  expect(ratios.length).toBeGreaterThanOrEqual(12)
  ratios.forEach((ratio, index) => {
    expect(ratio).toBeGreaterThanOrEqual((ratios[index - 1] ?? 0) - 1e-9)
  })
  expect(ratios.at(-1)).toBeLessThanOrEqual(1)
})
