/** Norms by the root of the mean square that are spelled out. */
import { prepare } from '../../src/engine/prepare'
import { Tensor, type Value } from '../../src/ir'
import { closeRuntime } from '../../src/runtime'
import { expectParity, floats, ModelBuilder } from './support'

afterAll(closeRuntime)

const DIMS = [2, 5, 24]
const feeds = { x: floats(DIMS) }
const number = (build: ModelBuilder, of: number) => build.constant(Tensor.float32([of], []))

interface Parts {
  readonly build: ModelBuilder
  readonly x: Value
  readonly deviation: Value
  readonly gamma: Value
}

/** A norm of x; the mean goes along `axis`. */
function partsOf(axis = -1, isPower = true, shape = [24], dims = DIMS): Parts {
  const build = new ModelBuilder()
  const x = build.input('x', dims)
  const square = isPower ? build.add('Pow', [x, number(build, 2)]) : build.add('Mul', [x, x])
  const mean = build.add('ReduceMean', [square, build.constant(Tensor.int64([axis]))])
  const deviation = build.add('Sqrt', [build.add('Add', [mean, number(build, 1e-6)])])
  return { build, x, deviation, gamma: build.weight(shape) }
}

const divided = ({ build, x, deviation, gamma }: Parts) =>
  build.add('Mul', [gamma, build.add('Div', [x, deviation])])

const typesOf = async ({ build }: Parts) =>
  (await prepare(build.model)).graph.nodes.map(({ opType }) => opType)

describe('are one node', () => {
  test.each<[string, Parts, (parts: Parts) => Value]>([
    ['by a quotient', partsOf(), divided],
    ['of a product', partsOf(2, false), divided],
    [
      'by an inverse',
      partsOf(),
      ({ build, x, deviation, gamma }) =>
        build.add('Mul', [build.add('Mul', [x, build.add('Reciprocal', [deviation])]), gamma]),
    ],
    [
      'by 1 over it',
      partsOf(),
      ({ build, x, deviation, gamma }) =>
        build.add('Mul', [build.add('Mul', [build.add('Div', [number(build, 1), deviation]), x]), gamma]),
    ],
  ])('%s', async (_, parts, of) => {
    parts.build.output(of(parts))
    expect(await typesOf(parts)).toEqual(['SimplifiedLayerNormalization'])
    const { kernels } = await expectParity(parts.build.model, feeds, 1e-6)
    expect(kernels).toEqual(['layerNormalization.element'])
  })
})

describe('stay', () => {
  test.each<[string, Parts, (parts: Parts) => Value]>([
    ['along another axis', partsOf(1), divided],
    [
      'whose deviation is asked for',
      partsOf(),
      (parts) => {
        parts.build.output(parts.deviation)
        return divided(parts)
      },
    ],
    ['with a factor of more axes', partsOf(-1, true, [1, 24]), divided],
    ['repeated by its factor', partsOf(-1, true, [24], [2, 5, 1]), divided],
    ['with one factor for all', partsOf(-1, true, [1]), divided],
  ])('%s', async (_, parts, of) => {
    parts.build.output(of(parts))
    expect(await typesOf(parts)).toContain('ReduceMean')
    const dims = parts.x.tensorType?.shape as number[]
    // onnxruntime's own optimizer takes one that is repeated for one that is not, and fails.
    const plain = { graphOptimizationLevel: 'disabled' } as const
    await expectParity(parts.build.model, { x: floats(dims) }, 1e-6, undefined, plain)
  })
})
