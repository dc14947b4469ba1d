/** The pass as a whole on small graphs: what it chooses, what it leaves alone and why, and what must not change. */
import { attribute } from '../../../src/ir'
import { encodeModel } from '../../../src/onnx'
import { lowRank } from '../../../src/passes/lowRank'
import type { PassRuntime } from '../../../src/passes/pass'
import { contextFor, LayerBuilder, runAll, runtimeOver, samplesFor, snrOf } from '../quantize/support'
import { lowRankNow, taking } from './support'

const SMALL = { multipleOf: 1 }

/** Two branches that are added up: one all but decides the output, the other hardly shows. */
function unequal(): LayerBuilder {
  const b = new LayerBuilder()
  const x = b.input('x', [1, 6, 5, 5])
  const loud = b.node('Tanh', [b.conv(x, [8, 6, 3, 3], { name: 'loud', pads: 1 })])
  const quiet = b.node('Tanh', [b.conv(x, [8, 6, 3, 3], { name: 'quiet', pads: 1 })])
  return b.output(b.node('Add', [loud, b.node('Mul', [quiet, b.weight(1e-3)])]))
}

interface Facts {
  readonly name: string
  readonly scheme?: string
  readonly ranks?: number[]
  readonly parameters: number
  readonly parametersAfter: number
  readonly error?: number
}

function layersOf(details: Readonly<Record<string, unknown>> = {}): Record<string, Facts> {
  return Object.fromEntries((details.layers as Facts[]).map((layer) => [layer.name, layer]))
}

describe('ranks', () => {
  test('by energy: no layer loses more of its outputs than was asked for', async () => {
    const { result } = await lowRankNow(unequal(), {
      energy: 0.8,
      accuracy: false,
      advanced: { ...SMALL, schemes: ['pair'], damping: 0 },
    })
    expect(result.changed).toBe(2)
    for (const { error = 1, ranks } of Object.values(layersOf(result.details))) {
      expect(error).toBeLessThanOrEqual(0.2)
      expect(ranks?.[0]).toBeLessThan(7)
    }
  })

  test('under one budget the layer loses most that the outputs hardly listen to', async () => {
    const { result } = await lowRankNow(unequal(), { ratio: 0.5, accuracy: false, advanced: SMALL })
    const { 'Conv(loud)': loud, 'Conv(quiet)': quiet } = layersOf(result.details)
    expect(quiet?.parametersAfter).toBeLessThan(0.2 * (quiet?.parameters as number))
    expect(loud?.parametersAfter).toBeGreaterThan(0.6 * (loud?.parameters as number))
    expect(result.details?.ratio).toBeGreaterThanOrEqual(0.5)
  })

  test('of each layer alike', async () => {
    const options = { ratio: 0.5, scope: 'layer', accuracy: false, advanced: SMALL } as const
    const { result } = await lowRankNow(unequal(), options)
    for (const { parameters, parametersAfter } of Object.values(layersOf(result.details)))
      expect(parametersAfter).toBeLessThanOrEqual(0.5 * parameters)
  })

  test('as asked for', async () => {
    const { result } = await lowRankNow(unequal(), {
      rank: 3,
      accuracy: false,
      advanced: { schemes: ['tucker'] },
    })
    expect(Object.values(layersOf(result.details)).map(({ ranks }) => ranks)).toEqual([
      [3, 3],
      [3, 3],
    ])
  })

  test('are multiples of 8 unless told otherwise', async () => {
    const b = new LayerBuilder()
    b.output(b.conv(b.input('x', [1, 32, 4, 4]), [32, 32, 1, 1], { name: 'conv' }))
    const { result } = await lowRankNow(b, { ratio: 0.3, accuracy: false })
    expect(layersOf(result.details)['Conv(conv)']?.ranks).toEqual([8])
  })
})

test('factors by outputs lose less of them than factors by weights', async () => {
  const make = () => {
    const b = new LayerBuilder()
    // Channels that go together and differ in size, as activations do.
    const mixed = b.node('Relu', [b.conv(b.input('x', [1, 3, 8, 8]), [12, 3, 1, 1], { name: 'mix' })])
    return b.output(b.conv(mixed, [12, 12, 3, 3], { name: 'conv', pads: 1 }))
  }
  const samples = samplesFor(make().model, 6)
  const snrDb = async (weighting: 'activations' | 'plain') => {
    const b = make()
    const reference = await runAll(b.model.clone(), samples)
    const options = {
      rank: 3,
      keep: 'mix',
      accuracy: false,
      advanced: { weighting, schemes: ['pair'] },
    } as const
    const { model } = await lowRankNow(b, options, samples)
    return snrOf(reference, await runAll(model, samples))
  }
  expect(await snrDb('activations')).toBeGreaterThan((await snrDb('plain')) + 2)
})

test('biases take the mean of what is lost', async () => {
  const b = new LayerBuilder()
  b.output(b.conv(b.input('x', [1, 6, 5, 5]), [8, 6, 1, 1], { name: 'conv', bias: false }))
  const samples = samplesFor(b.model, 4, 3, 2)
  const before = await runAll(b.model.clone(), samples)
  const { model } = await lowRankNow(b, { rank: 1, accuracy: false }, samples)
  const after = await runAll(model, samples)
  const meanOf = (runs: typeof before, channel: number) => {
    const numbers = runs.flatMap((run) =>
      Array.from(Object.values(run)[0]?.data as Float32Array).slice(channel * 25, (channel + 1) * 25),
    )
    return numbers.reduce((sum, each) => sum + each, 0) / numbers.length
  }
  for (let channel = 0; channel < 8; channel++)
    expect(meanOf(after, channel)).toBeCloseTo(meanOf(before, channel), 3)
})

describe('left whole, with the reason', () => {
  test('what is kept, grouped, shared or too small', async () => {
    const b = new LayerBuilder()
    const x = b.input('x', [1, 8, 5, 5])
    const grouped = b.conv(x, [8, 4, 3, 3], { name: 'grouped', group: 2, pads: 1 })
    const shared = b.some([8, 8, 1, 1])
    const twice = b.node('Conv', [b.node('Conv', [grouped, shared], {}, 'first'), shared], {}, 'second')
    const kept = b.conv(twice, [8, 8, 1, 1], { name: 'kept' })
    b.output(b.conv(kept, [2, 8, 1, 1], { name: 'small' }))
    const { result, reasons } = await lowRankNow(b, { energy: 0.5, keep: 'kept', accuracy: false })
    expect(result.changed).toBe(0)
    expect(reasons).toEqual({
      'Conv(grouped)': 'its 2 groups are small matrices already',
      'Conv(first)': 'its weight has 2 readers, which may want it whole',
      'Conv(second)': 'its weight has 2 readers, which may want it whole',
      'Conv(kept)': 'kept as asked',
      'Conv(small)': 'factors of rank 8 and more are larger than the layer itself',
    })
  })

  test('ranks above what there is', async () => {
    const { reasons } = await lowRankNow(unequal(), { rank: 64, accuracy: false })
    expect(reasons['Conv(loud)']).toBe('rank 64 is above its full rank, 18')
    const wide = await lowRankNow(unequal(), { rank: 12, accuracy: false })
    expect(wide.reasons['Conv(loud)']).toBe('factors of rank 12 are larger than the layer itself')
  })

  test('a scheme that is not for it', async () => {
    const b = new LayerBuilder()
    b.output(b.node('MatMul', [b.input('x', [2, 9]), b.some([9, 9])], {}, 'm'))
    const { reasons } = await lowRankNow(b, { rank: 2, accuracy: false, advanced: { schemes: ['tucker'] } })
    expect(reasons['MatMul(m)']).toBe('none of the schemes tucker is for such a layer')
  })

  test('factors that are slower', async () => {
    const { result, reasons } = await lowRankNow(
      unequal(),
      { ratio: 0.3, accuracy: false, advanced: SMALL },
      undefined,
      { timeAlone: taking(1.5) },
    )
    expect(result.changed).toBe(0)
    expect(reasons['Conv(quiet)']).toMatch(
      /its factors are slower in onnxruntime: 1500000 µs instead of 1000000 µs/,
    )
  })

  test('slow factors are tried with lower ranks first', async () => {
    const tried: number[] = []
    const timeAlone: PassRuntime['timeAlone'] = async (models) => {
      const weights = models.map(({ graph }) =>
        graph.initializers.reduce((sum, { initializer }) => sum + (initializer?.size ?? 0), 0),
      )
      tried.push(weights[1] as number)
      return [200, weights[1] as number]
    }
    const options = { ratio: 0.1, keep: 'loud', accuracy: false, advanced: SMALL } as const
    const { result } = await lowRankNow(unequal(), options, undefined, { timeAlone })
    expect(result.changed).toBe(1)
    expect(tried.length).toBeGreaterThan(1)
    expect(tried.at(-1)).toBeLessThanOrEqual(200)
  })

  test('layers whose weights are no numbers', async () => {
    const b = new LayerBuilder()
    const x = b.input('x', [1, 6, 4, 4])
    const broken = b.weight(
      Array.from({ length: 36 }, (_, at) => (at === 5 ? Number.POSITIVE_INFINITY : at)),
      [6, 6, 1, 1],
    )
    b.output(b.node('Conv', [b.conv(x, [6, 6, 3, 3], { name: 'fine' }), broken], {}, 'broken'))
    const { result, reasons } = await lowRankNow(b, { rank: 1, accuracy: false })
    expect(result.changed).toBe(1)
    expect(reasons['Conv(broken)']).toMatch(/it cannot be factorized: Expected finite numbers/)
  })

  test('layers that cost more than the budget', async () => {
    const b = unequal()
    const samples = samplesFor(b.model)
    const original = b.model.clone()
    const options = { rank: 2, accuracy: { minSnrDb: 40 } }
    const { result, model, reasons } = await lowRankNow(b, options, samples)
    expect(result).toMatchObject({ changed: 1, details: { withinBudget: true, wholeLayers: 1 } })
    expect(reasons['Conv(loud)']).toBe('factorized, it would cost more than the budget: it stays whole')
    expect(snrOf(await runAll(original, samples), await runAll(model, samples))).toBeGreaterThan(40)
  })
})

test('where all that was asked for loses too much, less is taken from all layers', async () => {
  const make = () => {
    const b = new LayerBuilder()
    const h = b.node('Tanh', [b.conv(b.input('x', [1, 6, 5, 5]), [12, 6, 3, 3], { name: 'one', pads: 1 })])
    return b.output(b.conv(h, [12, 12, 3, 3], { name: 'two', pads: 1 }))
  }
  const samples = samplesFor(make().model)
  const reference = await runAll(make().model, samples)
  const options = { energy: 0.3, advanced: SMALL } as const
  const all = await lowRankNow(make(), { ...options, accuracy: false }, samples)
  const { model, result } = await lowRankNow(make(), { ...options, accuracy: { minSnrDb: 12 } }, samples)
  const { takenShare, withinBudget } = result.details as { takenShare: number; withinBudget: boolean }
  expect(withinBudget).toBe(true)
  expect(result.changed).toBeGreaterThan(0)
  expect(takenShare).toBeGreaterThan(0)
  expect(takenShare).toBeLessThan(1)
  expect(result.details?.parametersAfter).toBeGreaterThan(all.result.details?.parametersAfter as number)
  expect(snrOf(reference, await runAll(model, samples))).toBeGreaterThanOrEqual(12)
})

test('without samples weights count for themselves; activations that are to count say so', async () => {
  const { result } = await lowRankNow(unequal(), { ratio: 0.4, advanced: SMALL }, [])
  expect(result).toMatchObject({ changed: expect.any(Number), details: { weighting: 'plain' } })
  expect(result.changed).toBeGreaterThan(0)
  const asked = lowRankNow(unequal(), { ratio: 0.4, advanced: { weighting: 'activations' } }, [])
  await expect(asked).rejects.toMatchObject({
    code: 'BAD_SAMPLES',
    message: expect.stringMatching(/lowRank needs samples/),
  })
})

test('work that cannot be counted is said', async () => {
  const b = new LayerBuilder()
  const x = b.input('x', ['n', 8])
  b.output(b.node('MatMul', [x, b.some([8, 8])], {}, 'm'))
  const { reasons } = await lowRankNow(b, { ratio: 0.5, budget: 'macs', accuracy: false })
  expect(reasons['MatMul(m)']).toBe('its sizes are not known, so its work cannot be counted')
})

test('the same input gives the same bytes', async () => {
  const run = async () => {
    const { model } = await lowRankNow(unequal(), { ratio: 0.5, accuracy: false, advanced: SMALL })
    return encodeModel(model)
  }
  expect(Buffer.compare(await run(), await run())).toBe(0)
})

test('stops when it is told to, and leaves the model as it was', async () => {
  const { model } = unequal()
  const before = encodeModel(model)
  const samples = samplesFor(model)
  const controller = new AbortController()
  const pass = lowRank({ ratio: 0.5, advanced: SMALL })
  const runtime = { ...runtimeOver(model.clone(), samples), timeAlone: taking(0.5) }
  const context = await contextFor(pass, model, samples, runtime)
  const stopped = pass.apply({ ...context, signal: controller.signal, progress: () => controller.abort() })
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
  expect(Buffer.compare(encodeModel(model), before)).toBe(0)
})

test('progress never goes back', async () => {
  const { model } = unequal()
  const samples = samplesFor(model)
  const ratios: number[] = []
  const pass = lowRank({ ratio: 0.5, accuracy: { minSnrDb: 60 }, advanced: SMALL })
  const runtime = { ...runtimeOver(model.clone(), samples), timeAlone: taking(0.5) }
  const context = await contextFor(pass, model, samples, runtime)
  await pass.apply({ ...context, progress: (ratio) => ratios.push(ratio) })
  expect(ratios).toEqual([...ratios].sort((a, b) => a - b))
  expect(ratios.at(-1)).toBeLessThanOrEqual(1)
})

test('a second run factorizes what the first has made', async () => {
  const b = new LayerBuilder()
  const x = b.input('x', [1, 24, 6, 6])
  b.output(b.node('Conv', [x, b.some([24, 24, 3, 3])], { pads: attribute.ints([1, 1, 1, 1]) }, 'conv'))
  const first = await lowRankNow(b, { rank: 12, accuracy: false, advanced: { schemes: ['pair'] } })
  const second = await lowRankNow(first, { rank: 4, accuracy: false, advanced: { schemes: ['pair'] } })
  expect(second.result.changed).toBe(2)
  expect(second.model.graph.nodeCount).toBe(4)
  await runAll(second.model, samplesFor(second.model, 1))
})
