/** `lowRank` through `compress`: real onnxruntime in its own process, samples on disk, layers timed. */
import { closeRuntime, compress, lowRank, prune, quantize } from '../../../src'
import { encodeModel } from '../../../src/onnx'
import { temporaryEntries } from '../../runtime/support'
import { LayerBuilder, runAll, samplesFor, snrOf } from '../quantize/support'

afterAll(closeRuntime)

/** Convolutions in a residual block, then a product; heights are known only when it runs. */
function net(): LayerBuilder {
  const b = new LayerBuilder()
  const x = b.input('x', [1, 4, 'height', 16])
  const h = b.node('Relu', [b.conv(x, [32, 4, 3, 3], { pads: 1, name: 'stem' })])
  const inner = b.node('Relu', [b.conv(h, [32, 32, 1, 1], { name: 'inner' })])
  const sum = b.node('Add', [h, b.conv(inner, [32, 32, 3, 3], { pads: 1, name: 'outer' })])
  const pooled = b.node('Flatten', [b.node('GlobalAveragePool', [sum])])
  return b.output(b.node('Gemm', [pooled, b.some([32, 24], 0.4), b.some([24])], {}, 'y'))
}

const { model } = net()
const samples = samplesFor(model, 6, 16)
const untimed = { timing: false }

test('the file gets smaller, the same bytes come each time, and nothing is left on disk', async () => {
  const run = () =>
    compress(model, [lowRank({ ratio: 0.5, accuracy: false, advanced: untimed })], { samples, verify: false })
  const [one, two] = [await run(), await run()]
  expect(Buffer.compare(encodeModel(one.model), encodeModel(two.model))).toBe(0)
  expect(temporaryEntries()).toEqual([])
  expect(encodeModel(one.model).length).toBeLessThan(0.65 * encodeModel(model).length)
  const { details } = one.report.passes[0]!
  expect(details).toMatchObject({ weighting: 'activations', askedRatio: 0.5 })
  expect(details?.reachedRatio).toBeGreaterThanOrEqual(0.5)
  expect(details?.macsAfter).toBeLessThan(details?.macs as number)
})

test('outputs lose less than by plain factors of the same size', async () => {
  const reference = await runAll(model.clone(), samples)
  const snrDb = async (weighting: 'activations' | 'plain', scope: 'global' | 'layer') => {
    const pass = lowRank({ ratio: 0.4, scope, accuracy: false, advanced: { ...untimed, weighting } })
    const result = await compress(model, [pass], { samples, verify: false })
    return snrOf(reference, await runAll(result.model, samples))
  }
  expect(await snrDb('activations', 'global')).toBeGreaterThan((await snrDb('plain', 'layer')) + 3)
})

test('layers are timed as the samples feed them, and stay whole where factors are slower', async () => {
  const { report } = await compress(model, [lowRank({ ratio: 0.3, accuracy: false })], {
    samples,
    verify: false,
  })
  const [pass] = report.passes
  const slow = pass?.skipped.filter(({ reason }) => reason.startsWith('its factors are slower')) ?? []
  const timed = ((pass?.details?.layers ?? []) as { seconds?: number; secondsAfter?: number }[]).filter(
    ({ seconds }) => seconds !== undefined,
  )
  expect(slow.length + timed.length).toBeGreaterThan(0)
  for (const { seconds = 0, secondsAfter = 1 } of timed) expect(secondsAfter).toBeLessThanOrEqual(seconds)
})

test('what stays whole for the budget is said loudly', async () => {
  const pass = lowRank({ rank: 8, accuracy: { minSnrDb: 60 }, advanced: untimed })
  const { report } = await compress(model, [pass], { samples, verify: false })
  expect(`${report}`).toMatch(/!! lowRank LEFT \d OF \d LAYERS WHOLE to keep within its budget/)
  expect(report.passes[0]?.details).toMatchObject({ withinBudget: true })
})

test('what was not reached is said too', async () => {
  const pass = lowRank({ ratio: 0.97, accuracy: false, advanced: untimed })
  const { report } = await compress(model, [pass], { samples, verify: false })
  expect(report.warnings.join()).toMatch(/lowRank TOOK \d+\.\d% AWAY, 97\.0% were asked for/)
})

test('a chain shares the budget, and tells what each pass cost', async () => {
  const { report } = await compress(
    model,
    [lowRank({ ratio: 0.3, advanced: untimed }), prune.nOfM({ pattern: '2:4' }), quantize.static()],
    { samples, accuracy: { minSnrDb: 12 } },
  )
  const names = report.passes.map(({ name }) => name)
  expect(names).toEqual(['lowRank', 'prune.nOfM', 'quantize.static'])
  expect(report.quality?.snrDb).toBeGreaterThanOrEqual(12)
  for (const { details } of report.passes) expect(details?.withinBudget).toBe(true)
})

test('without samples it goes by weights', async () => {
  const { report } = await compress(model, [lowRank({ ratio: 0.4 })], { verify: false })
  expect(report.passes[0]?.details).toMatchObject({ weighting: 'plain' })
})
