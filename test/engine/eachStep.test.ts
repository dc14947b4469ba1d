/**
 * Integers of whole networks differ from onnxruntime's where sums of floats are rounded in another order: a value next to a
 * half falls to the other side, and what follows carries on from there. So each step is held by itself, as the bench does
 * with models of full size.
 */
import { runModule } from '../support/benchModule'

interface Difference {
  readonly name: string
  readonly type: string
  readonly most: number
  readonly differing: number
  readonly elements: number
}

interface StepParity {
  readonly steps: number
  readonly alike: number
  readonly atSteps: readonly Difference[]
  readonly values?: readonly Difference[]
}

/** The model and the samples of code, in floats and in 8 bits. */
function measured(model: string, sample: string): Record<'float' | 'int8', StepParity> {
  return runModule(`
    import { compress, Model, quantize, simplify, upgradeOpset } from '../dist/index.mjs'
    import { models } from '../examples/ocr/models.mjs'
    import { stepParity } from './engine/parity/stepParity.mjs'
    import { encoder } from './models/encoder.mjs'
    import { mobileNetV2 } from './models/mobileNetV2.mjs'
    import { resnet50 } from './models/resnet50.mjs'
    import { fillNormal } from './models/normalWeights.mjs'
    import { Tensor } from 'onnxruntime-node'
    const image = (name, dims) => (seed) => {
      const data = new Float32Array(dims.reduce((all, size) => all * size, 1))
      fillNormal(data, seed, 0.5)
      return { [name]: new Tensor('float32', data, dims) }
    }
    const tokens = (seed, most) =>
      new Tensor('int64', BigInt64Array.from({ length: 16 }, (_, at) => BigInt((seed * 7919 + at * 104729) % most)), [1, 16])
    const text = (seed) => ({
      input_ids: tokens(seed, 90),
      attention_mask: tokens(seed, 2),
      token_type_ids: tokens(seed + 1, 2),
    })
    const [float, sample] = [${model}, ${sample}]
    const passes = [upgradeOpset(), simplify(), quantize.static({ accuracy: false })]
    const { model: int8 } = await compress(float, passes, { samples: [sample(1), sample(2)] })
    give({ float: await stepParity(float, sample(3)), int8: await stepParity(int8, sample(3)) })
    process.exit(0)
  `) as Record<'float' | 'int8', StepParity>
}

const isFloat = ({ type }: Difference) => type === 'float32'
const isQuantized = ({ type }: Difference) => type.endsWith('int8')

const ENCODER = "encoder('slim', { layers: 2, hidden: 64, heads: 4, inner: 128, vocabulary: 90 }, 7)"

describe.each([
  ['resnet50', 'resnet50({ width: 16, size: 64 })', "image('input', [1, 3, 64, 64])"],
  ['mobileNetV2', 'mobileNetV2({ width: 0.35, size: 64 })', "image('input', [1, 3, 64, 64])"],
  ['encoder', ENCODER, 'text'],
  ['PP-OCRv4 recognizer', 'await Model.open(models.rec)', "image('x', [1, 3, 48, 80])"],
])('of %s', (_name, model, sample) => {
  let found: Record<'float' | 'int8', StepParity>
  beforeAll(() => {
    found = measured(model, sample)
  }, 120_000)

  test('each 8-bit value is at most one step from what onnxruntime makes of the same', () => {
    const { atSteps, values = atSteps } = found.int8
    for (const differences of [atSteps, values].map((each) => each.filter(isQuantized))) {
      expect(differences.length).toBeGreaterThan(8)
      expect(differences.filter(({ most }) => most > 1)).toEqual([])
      expect(differences.filter(({ differing, elements }) => differing > 0.02 * elements)).toEqual([])
    }
  })

  test.each(['float', 'int8'] as const)('each float of the %s model is what onnxruntime makes', (type) => {
    const { atSteps, values = atSteps } = found[type]
    const differences = [...atSteps, ...values].filter(isFloat)
    expect(differences.length).toBeGreaterThan(0)
    expect(differences.filter(({ most }) => most > 1e-4)).toEqual([])
  })

  test.each(['float', 'int8'] as const)('pieces of the %s model are computed as in the whole', (type) => {
    const { steps, alike } = found[type]
    expect(alike / steps).toBeGreaterThan(0.97)
  })
})
