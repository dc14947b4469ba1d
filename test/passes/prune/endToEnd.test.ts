/** Mask passes through `compress`: real onnxruntime in its own process, samples on disk. */
import { closeRuntime, compress, prune } from '../../../src'
import { encodeModel } from '../../../src/onnx'
import { temporaryEntries } from '../../runtime/support'
import { LayerBuilder, runAll, samplesFor, snrOf } from '../quantize/support'
import { layersOf, matrixOf, zerosOf } from './support'

afterAll(closeRuntime)

/** Convolutions in a residual block, then a product. */
function net(): LayerBuilder {
  const b = new LayerBuilder()
  const h = b.node('Relu', [b.conv(b.input('x', [1, 4, 8, 8]), [16, 4, 3, 3], { pads: 1, name: 'stem' })])
  const inner = b.node('Relu', [b.conv(h, [16, 16, 1, 1], { name: 'inner' })])
  const sum = b.node('Add', [h, b.conv(inner, [16, 16, 3, 3], { pads: 1, name: 'outer' })])
  const pooled = b.node('Flatten', [b.node('GlobalAveragePool', [sum])])
  return b.output(b.node('Gemm', [pooled, b.some([16, 5], 0.4), b.some([5])], {}, 'y'))
}

const { model } = net()
const samples = samplesFor(model, 6)

test('zeros lie where they were asked for, the same bytes come each time, and nothing is left on disk', async () => {
  const run = () =>
    compress(model, [prune.nOfM({ pattern: '2:4', accuracy: false })], { samples, verify: false })
  const [one, two] = [await run(), await run()]
  expect(Buffer.compare(encodeModel(one.model), encodeModel(two.model))).toBe(0)
  expect(temporaryEntries()).toEqual([])
  expect(one.report.passes[0]?.details).toMatchObject({
    pattern: '2:4',
    score: 'obs',
    prunedLayers: 4,
    zeroRatio: 0.5,
  })
  for (const layer of layersOf(one.model)) expect(zerosOf(matrixOf(layer)) * 2).toBe(matrixOf(layer).length)
  const plain = prune.nOfM({
    pattern: '2:4',
    accuracy: false,
    advanced: { score: 'magnitude', reconstruct: false },
  })
  const masked = await compress(model, [plain], { samples, verify: false })
  const reference = await runAll(model.clone(), samples)
  const snrDb = async (result: typeof model) => snrOf(reference, await runAll(result, samples))
  expect(await snrDb(one.model)).toBeGreaterThan((await snrDb(masked.model)) + 3)
})

test('what stays dense for the budget is said loudly', async () => {
  const pass = prune.unstructured({ ratio: 0.7, accuracy: { minSnrDb: 35 } })
  const { report } = await compress(model, [pass], { samples, verify: false })
  const { denseLayers } = report.passes[0]!.details as { denseLayers: number }
  expect(denseLayers).toBeGreaterThan(0)
  expect(`${report}`).toContain(`!! prune.unstructured LEFT ${denseLayers} OF 4 LAYERS DENSE`)
  expect(`${report}`).toContain('it would cost more than the budget: it stays dense')
  expect(`${report}`).toContain('zeros alone make neither the file smaller nor onnxruntime faster')
})

test('without samples it goes by magnitude', async () => {
  const { report } = await compress(model, [prune.block({ rows: 4, columns: 4, ratio: 0.5 })], {
    verify: false,
  })
  expect(report.passes[0]?.details).toMatchObject({
    score: 'magnitude',
    reconstructed: false,
    prunedLayers: 4,
  })
  expect(report.warnings).toEqual([])
})

test('a score that needs samples says so', async () => {
  const pass = prune.unstructured({ ratio: 0.5, advanced: { score: 'obs' } })
  await expect(compress(model, [pass])).rejects.toMatchObject({
    code: 'BAD_SAMPLES',
    message: expect.stringMatching(/prune\.unstructured needs samples for the score obs/),
  })
})

test('stopped in the middle it leaves nothing behind', async () => {
  const controller = new AbortController()
  const options = {
    samples,
    signal: controller.signal,
    onProgress: ({ stage, ratio }: { stage: string; ratio: number }) => {
      if (stage === 'prune.unstructured' && ratio > 0.2) controller.abort()
    },
  }
  const before = encodeModel(model)
  await expect(compress(model, [prune.unstructured({ ratio: 0.5 })], options)).rejects.toMatchObject({
    code: 'ABORTED',
  })
  expect(temporaryEntries()).toEqual([])
  expect(Buffer.compare(encodeModel(model), before)).toBe(0)
})
