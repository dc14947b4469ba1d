import { prepare } from '../../src/engine/prepare'
import { type Model, Tensor, type Value } from '../../src/ir'
import { closeRuntime } from '../../src/runtime'
import { differences, expectParity, floats, ModelBuilder, noise, runRuntime } from './support'

afterAll(closeRuntime)

const SHAPE = [2, 6, 5, 7]
const feeds = { x: floats(SHAPE) }

const number = (build: ModelBuilder, of: number, shape: readonly number[] = []) =>
  build.constant(Tensor.float32([of], shape))

const typesOf = async (model: Model) => (await prepare(model)).graph.nodes.map((node) => node.qualifiedType)

/** x times the sigmoid of what `inner` makes of it. */
function swish(build: ModelBuilder, x: Value, inner = x, isGateFirst = false): Value {
  const gate = build.add('Sigmoid', [inner])
  return build.add('Mul', isGateFirst ? [gate, x] : [x, gate])
}

describe('x times a sigmoid of itself is one node', () => {
  test.each<[string, (build: ModelBuilder, x: Value) => Value]>([
    ['x · sigmoid(x)', (build, x) => swish(build, x)],
    ['sigmoid(x) · x', (build, x) => swish(build, x, x, true)],
    ['with a factor', (build, x) => swish(build, x, build.add('Mul', [x, number(build, 1.702)]))],
    [
      'with a factor in front',
      (build, x) => swish(build, x, build.add('Mul', [number(build, -0.3, [1]), x])),
    ],
  ])('%s', async (_, of) => {
    const build = new ModelBuilder()
    build.output(of(build, build.input('x', SHAPE)))
    expect(await typesOf(build.model)).toEqual(['com.microsoft.QuickGelu'])
    const { kernels } = await expectParity(build.model, feeds, 1e-6)
    expect(kernels).toEqual(['unary.silu'])
  })

  test('a convolution applies it as it stores', async () => {
    const build = new ModelBuilder()
    const weights = build.constant(Tensor.float32(noise(4 * 6 * 9), [4, 6, 3, 3]))
    build.output(swish(build, build.add('Conv', [build.input('x', SHAPE), weights])))
    const { kernels } = await expectParity(build.model, feeds, 1e-5)
    expect(kernels).toHaveLength(1)
  })

  test('between 8-bit values it is a table', async () => {
    const build = new ModelBuilder()
    const pair = (x: Value, scale: number, zero: number) => {
      const by = [number(build, scale), build.constant(Tensor.from('uint8', [], Uint8Array.of(zero)))]
      return build.add('DequantizeLinear', [build.add('QuantizeLinear', [x, ...by]), ...by])
    }
    build.output(pair(swish(build, pair(build.input('x', SHAPE), 0.01, 128)), 0.004, 70))
    const { kernels } = await expectParity(build.model, feeds, 0.0041)
    expect(kernels).toEqual(['quantize', 'table', 'dequantize'])
  })

  test('onnxruntime runs it too, where it must', async () => {
    const build = new ModelBuilder()
    const x = build.input('x', SHAPE)
    build.output(swish(build, x, build.add('Mul', [x, number(build, 0.4)])))
    const expected = await runRuntime(build.model, feeds)
    const actual = await runRuntime(await prepare(build.model), feeds)
    for (const each of Object.values(differences(expected, actual))) expect(each).toBeLessThan(1e-5)
  })
})

describe('it stays spelled out', () => {
  test.each<[string, (build: ModelBuilder, x: Value) => readonly Value[]]>([
    [
      'where the sigmoid is read elsewhere too',
      (build, x) => {
        const gate = build.add('Sigmoid', [x])
        return [build.add('Mul', [x, gate]), build.add('Neg', [gate])]
      },
    ],
    ['where the sigmoid is of another value', (build, x) => [swish(build, x, build.add('Neg', [x]))]],
    [
      'where the factor is no number',
      (build, x) => [swish(build, x, build.add('Mul', [x, build.constant(Tensor.float32(noise(7), [7]))]))],
    ],
    [
      'where the factor has more axes',
      (build, x) => [swish(build, x, build.add('Mul', [x, number(build, 2, [1, 1, 1, 1, 1])]))],
    ],
  ])('%s', async (_, of) => {
    const build = new ModelBuilder()
    for (const y of of(build, build.input('x', SHAPE))) build.output(y)
    expect(await typesOf(build.model)).not.toContain('com.microsoft.QuickGelu')
    await expectParity(build.model, feeds, 1e-5)
  })

  test('in float64, which it has no kernel for', async () => {
    const build = new ModelBuilder()
    const x = build.input('x', [6], 'float64')
    build.output(build.add('Mul', [x, build.add('Sigmoid', [x])]))
    expect(await typesOf(build.model)).toEqual(['Sigmoid', 'Mul'])
  })
})
