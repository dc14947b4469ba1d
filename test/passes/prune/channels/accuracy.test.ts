/** Budgets: all that was asked for where it fits, less where it does not, and what is said about it. */
import { withSubgraphs } from '../../../../src/ir'
import { encodeModel } from '../../../../src/onnx'
import type { Allowance } from '../../../../src/passes/accuracy/allowance'
import { type ChannelsOptions, prune } from '../../../../src/passes/prune'
import { contextFor, LayerBuilder, runAll, runtimeOver, samplesFor, snrOf } from '../../quantize/support'
import { analyzeAll } from './oracle'
import { architectures, buildZoo } from './zoo'

/** Two branches that are added up: one all but decides the output, the other hardly shows. */
function unequal(): LayerBuilder {
  const b = new LayerBuilder()
  const x = b.input('x', [1, 4, 6, 6])
  const branch = (name: string) => {
    const hidden = b.node('Tanh', [b.conv(x, [16, 4, 3, 3], { name, pads: 1 })])
    return b.conv(hidden, [6, 16, 1, 1], { name: `${name}Out` })
  }
  return b.output(b.node('Add', [branch('loud'), b.node('Mul', [branch('quiet'), b.weight(1e-3)])]))
}

async function apply(options: ChannelsOptions, allowance?: Allowance) {
  const { model } = unequal()
  const samples = samplesFor(model, 6)
  const reference = await runAll(model.clone(), samples)
  const pass = prune.channels({ multipleOf: 1, ...options })
  const context = await contextFor(pass, model, samples)
  const result = await pass.apply({ ...context, ...(allowance && { allowance }) })
  model.verify()
  return { ...result, model, snrDb: snrOf(reference, await runAll(model, samples)) }
}

const left = ({ details = {} }: { details?: Readonly<Record<string, unknown>> }) =>
  Object.fromEntries(
    (details.families as { layer: string; channels: { after: number } }[]).map(({ layer, channels }) => [
      layer,
      channels.after,
    ]),
  )

test('a budget that covers it lets everything go', async () => {
  const result = await apply({ ratio: 0.5, accuracy: { minSnrDb: 0 } })
  expect(left(result)).toEqual({ 'Conv(loud)': 8, 'Conv(quiet)': 8 })
  expect(result.details).toMatchObject({
    withinBudget: true,
    measuredCandidates: 1,
    groups: { asked: 16, removed: 16 },
    budget: 'outputs at least 0 dB above their noise',
  })
})

describe.each([
  ['ratio', { ratio: 0.5 }],
  ['macs', { macs: 0.5 }],
  ['parameters', { parameters: 0.5 }],
] as const)('a budget that %s would exceed', (_, amount) => {
  test.each([15, 25, 40])('of %d dB is kept by removing less', async (minSnrDb) => {
    const all = await apply({ ...amount, accuracy: false })
    expect(all.snrDb).toBeLessThan(minSnrDb)
    const result = await apply({ ...amount, accuracy: { minSnrDb } })
    expect(result.snrDb).toBeGreaterThanOrEqual(minSnrDb)
    expect(result.changed).toBeLessThan(all.changed)
    expect(result.details).toMatchObject({
      withinBudget: true,
      groups: { asked: all.changed, removed: result.changed },
    })
    const { measured } = result.details as { measured: { snrDb: number } }
    expect(measured.snrDb).toBeCloseTo(result.snrDb, 6)
    // All, four by bisection of sixteen, and nothing.
    expect((result.details as { measuredCandidates: number }).measuredCandidates).toBeLessThanOrEqual(6)
  })
})

test('what stays for its sake is said, layer by layer', async () => {
  const result = await apply({ ratio: 0.5, accuracy: { minSnrDb: 25 } })
  const [loud = 0, quiet = 0] = [left(result)['Conv(loud)'], left(result)['Conv(quiet)']]
  expect(loud + quiet).toBeGreaterThan(16)
  const stay = (layer: string, after: number) =>
    after > 8
      ? [
          {
            at: layer,
            reason: `${after - 8} of the 8 channels that were to go stay: without them it would cost more than the budget`,
          },
        ]
      : []
  expect(result.skipped.filter(({ reason }) => /budget/.test(reason))).toEqual([
    ...stay('Conv(loud)', loud),
    ...stay('Conv(quiet)', quiet),
  ])
})

test('where nothing fits nothing goes, and the model stays as it was', async () => {
  const before = encodeModel(unequal().model)
  const result = await apply({ ratio: 0.5, accuracy: { minSnrDb: 500 } })
  expect(result).toMatchObject({ changed: 0, details: { withinBudget: true, groups: { removed: 0 } } })
  expect(encodeModel(result.model)).toEqual(before)
})

test('accuracy: false removes what was asked for, and measures nothing', async () => {
  const result = await apply({ ratio: 0.5, accuracy: false })
  expect(left(result)).toEqual({ 'Conv(loud)': 8, 'Conv(quiet)': 8 })
  expect(result.details).not.toHaveProperty('budget')
})

test('of what a chain may lose it takes its share', async () => {
  const allowance = { accuracy: { minSnrDb: 20 }, share: 0.1 }
  const { details } = await apply({ ratio: 0.5 }, allowance)
  expect(details).toMatchObject({ budget: 'outputs at least 30 dB above their noise' })
  const own = await apply({ ratio: 0.5, accuracy: { minSnrDb: 12 } }, allowance)
  expect(own.details).toMatchObject({ budget: 'outputs at least 12 dB above their noise' })
})

test('the same input gives the same bytes', async () => {
  const run = async () => encodeModel((await apply({ ratio: 0.5, accuracy: { minSnrDb: 25 } })).model)
  expect(await run()).toEqual(await run())
})

test('stopped while it measures, it has removed nothing', async () => {
  const { model } = unequal()
  const before = encodeModel(model)
  const samples = samplesFor(model, 4)
  const controller = new AbortController()
  const runtime = runtimeOver(model.clone(), samples)
  const measure: typeof runtime.measure = (...given) => {
    controller.abort()
    return runtime.measure(...given)
  }
  const pass = prune.channels({ ratio: 0.5, multipleOf: 1 })
  const context = await contextFor(pass, model, samples, { ...runtime, measure })
  await expect(pass.apply({ ...context, signal: controller.signal })).rejects.toMatchObject({
    name: 'AbortError',
  })
  expect(encodeModel(model)).toEqual(before)
})

test.each([
  [{ maxDrop: 2 }, /maxDrop between 0 and 1/],
  [{ searchSamples: 0 }, /searchSamples to be a whole number/],
])('refuses %j', (accuracy, message) => {
  expect(() => prune.channels({ ratio: 0.5, accuracy })).toThrow(message)
})

describe('a copy of a model has the same groups by the same numbers', () => {
  const zoo = buildZoo()
  afterAll(() => zoo.dispose())

  test.each(architectures)('%s', async (name) => {
    const model = await zoo.open(name)
    const [original, copy] = [await numbered(model), await numbered(model.clone())]
    expect(original.length).toBeGreaterThan(0)
    expect(copy).toEqual(original)
  })

  /** Of each graph: its nodes, and by axis of a value the groups of its channels. */
  async function numbered(model: Parameters<typeof analyzeAll>[0]) {
    const nodes = [...withSubgraphs(model.graph)].map((graph) => graph.nodes.map((node) => node.label))
    const analyses = await analyzeAll(model)
    return analyses.map(({ groupsOf, families }, at) => ({
      nodes: nodes[at],
      families: families.map(({ root, groups }) => [root.label, groups]),
      places: [...groupsOf].map(([place, groups]) => [`${place}`, [...groups]]),
    }))
  }
})
