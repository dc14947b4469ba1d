import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compare } from '../../src/compare/compare'
import { compress } from '../../src/compress/compress'
import { type Model, Tensor } from '../../src/ir'
import { keepPredicate } from '../../src/passes/keep'
import { findLayers } from '../../src/passes/layer/layer'
import type { PassContext } from '../../src/passes/pass'
import { prune } from '../../src/passes/prune'
import { closeRuntime } from '../../src/runtime'
import { allocateRatios, type PassFactory, sensitivity } from '../../src/search'
import { convNet, images } from '../compress/support'
import { temporaryFolder } from '../onnx/support/temporaryFolder'
import { rejected } from '../onnx/support/thrown'

afterAll(closeRuntime)
const root = temporaryFolder()
let applied: string[] = []
beforeEach(() => {
  applied = []
})

/** Zeroes the first elements of every weight that is not kept. */
const zeroing: PassFactory = ({ ratio, keep }) => ({
  name: 'zero',
  options: { ratio, keep: String(keep) },
  apply({ graph }) {
    const { layers, skipped } = findLayers(graph, keepPredicate(keep))
    for (const { weight, node } of layers) {
      const tensor = weight.constant as Tensor
      const elements = Float32Array.from(tensor.elements as Float32Array)
      elements.fill(0, 0, Math.round(ratio * elements.length))
      weight.initializer = Tensor.from('float32', tensor.shape, elements, weight.name)
      applied.push(`${node.label} ${ratio}`)
    }
    return { changed: layers.length, skipped }
  },
})

const options = (more = {}) => ({ samples: images(3), cache: false as const, ...more })

test('each layer alone is changed, at each ratio, and held against the original', async () => {
  const model = convNet()
  const before = model.toString()
  const found = await sensitivity(model, zeroing, options({ ratios: [0.5, 0.25] }))
  expect(applied).toEqual(['conv 0.25', 'conv 0.5', 'gemm 0.25', 'gemm 0.5'])
  expect(found).toMatchObject({ pass: 'zero', ratios: [0.25, 0.5], sampleCount: 3, isSynthetic: false })
  const conv = found.layers.find(({ name }) => name === 'conv')
  expect(conv?.points.map(({ ratio }) => ratio)).toEqual([0.25, 0.5])
  const byHand = model.clone()
  await zeroing({ ratio: 0.5, keep: 'gemm', accuracy: false }).apply({ graph: byHand.graph } as PassContext)
  const { snrDb } = await compare(model, byHand, { samples: images(3), latency: false })
  expect(conv?.points[1]?.snrDb).toBeCloseTo(snrDb, 2)
  expect(model.toString()).toBe(before)
})

test('the most sensitive layer comes first', async () => {
  const { layers } = await sensitivity(convNet(), zeroing, options({ ratios: [0.5] }))
  const losses = layers.map(({ points }) => points[0]?.snrDb as number)
  expect(losses).toEqual([...losses].sort((a, b) => a - b))
})

test('kept layers are not measured; what a pass leaves alone has its reason', async () => {
  const declining: PassFactory = (how) => ({
    ...zeroing(how),
    apply: () => ({ changed: 0, skipped: [{ at: 'gemm', reason: 'too dear' }] }),
  })
  const { layers } = await sensitivity(convNet(), declining, options({ ratios: [0.5], keep: 'conv' }))
  expect(layers).toMatchObject([{ name: 'gemm', points: [], reason: 'too dear' }])
})

test('points are kept by content, and taken up again', async () => {
  const cache = join(root, 'points')
  const first = await sensitivity(convNet(), zeroing, options({ cache, ratios: [0.25, 0.5] }))
  expect(readdirSync(cache)).toHaveLength(4)
  applied = []
  const second = await sensitivity(convNet(), zeroing, options({ cache, ratios: [0.25, 0.5, 0.75] }))
  expect(applied).toEqual(['conv 0.75', 'gemm 0.75'])
  expect([first.cachedPoints, second.cachedPoints]).toEqual([0, 4])
  const upToHalf = second.layers.map(({ name, points }) => [name, points.slice(0, 2)])
  expect(new Map(upToHalf as [string, unknown][])).toEqual(
    new Map(first.layers.map(({ name, points }) => [name, points])),
  )
})

test.each([
  ['the model', (model: Model) => changeBias(model), {}, zeroing],
  ['the samples', (model: Model) => model, { samples: images(2) }, zeroing],
  ['the seed', (model: Model) => model, { seed: 9 }, zeroing],
  ['the options', (model: Model) => model, {}, withOption],
] as const)('other points are measured when %s changes', async (name, change, more, pass) => {
  const cache = join(root, name.replace(' ', '-'))
  const shared = { cache, ratios: [0.5], keep: 'gemm' }
  await sensitivity(convNet(), zeroing, options(shared))
  const { cachedPoints } = await sensitivity(change(convNet()), pass, options({ ...shared, ...more }))
  expect(cachedPoints).toBe(0)
})

test('what was stopped goes on where it was', async () => {
  const cache = join(root, 'stopped')
  const controller = new AbortController()
  const stopping: PassFactory = (how) => ({
    ...zeroing(how),
    apply(context) {
      if (applied.length === 2) controller.abort()
      return zeroing(how).apply(context)
    },
  })
  const stopped = sensitivity(convNet(), stopping, options({ cache, signal: controller.signal }))
  expect((await rejected(stopped)).code).toBe('ABORTED')
  expect(readdirSync(cache)).toHaveLength(2)
  const { cachedPoints } = await sensitivity(convNet(), zeroing, options({ cache }))
  expect(cachedPoints).toBe(2)
})

test('the caller’s metric is at every point, and such points are not kept', async () => {
  const cache = join(root, 'metric')
  const evaluate = async (session: { run(feeds: object): Promise<object> }) => {
    const { y } = (await session.run(images(1)[0] as object)) as { y: { data: Float32Array } }
    return -Math.abs(y.data[0] as number)
  }
  const { layers } = await sensitivity(convNet(), zeroing, options({ cache, evaluate, ratios: [0.5] }))
  for (const { points } of layers) expect(points[0]?.metric).toBeLessThanOrEqual(0)
  expect(() => readdirSync(cache)).toThrow()
})

test('made-up samples are said to be', async () => {
  const found = await sensitivity(convNet(['n', 3, 8, 8]), zeroing, {
    cache: false,
    ratios: [0.5],
    keep: 'gemm',
  })
  expect(found.isSynthetic).toBe(true)
  expect(found.toString()).toMatch(/made up/)
})

test.each([[[]], [[0]], [[1]], [[0.5, 30]], ['0.5']])('refuses ratios %j', async (ratios) => {
  const error = await rejected(sensitivity(convNet(), zeroing, options({ ratios: ratios as number[] })))
  expect(error.message).toMatch(/Expected ratios above 0 and below 1 for sensitivity/)
})

test('refuses a pass instead of what makes one', async () => {
  const pass = zeroing({ ratio: 0.5, keep: [], accuracy: false })
  const error = await rejected(sensitivity(convNet(), pass as never, options()))
  expect(error.message).toMatch(/a function that makes a pass/)
})

function withOption(how: Parameters<PassFactory>[0]) {
  const pass = zeroing(how)
  return { ...pass, options: { ...pass.options, more: true } }
}

function changeBias(model: Model): Model {
  const bias = model.graph.own('b1')
  if (bias?.initializer) bias.initializer = Tensor.from('float32', [8], new Float32Array(8), bias.name)
  return model
}

test('curves become ratios that prune takes, under one budget', async () => {
  const factory: PassFactory = (how) =>
    prune.unstructured({ ...how, advanced: { score: 'magnitude', reconstruct: false } })
  const { layers } = await sensitivity(convNet(), factory, options({ ratios: [0.3, 0.6, 0.9] }))
  const ratios = allocateRatios(layers, 0.6)
  const pass = prune.unstructured({ ratio: 0.6, accuracy: false, advanced: { ratios } })
  const { report } = await compress(convNet(), [pass], { samples: images(3), verify: false })
  const zeros = report.passes[0]?.details?.zeros as number
  expect(zeros / (216 + 32)).toBeCloseTo(0.6, 1)
})
