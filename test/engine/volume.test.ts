/** Convolutions and pooling over three axes, against onnxruntime. */
import { type Attribute, attribute, Tensor, type Value } from '../../src/ir'
import { closeRuntime } from '../../src/runtime'
import { expectParity, floats, ModelBuilder, noise, runEngine } from './support'

afterAll(closeRuntime)

const { int, ints } = attribute
const SHAPE = [2, 3, 7, 8, 9]

type Attributes = Record<string, Attribute>

const weights = (build: ModelBuilder, shape: readonly number[]) =>
  build.constant(
    Tensor.float32(
      noise(
        shape.reduce((all, size) => all * size, 1),
        3,
      ),
      shape,
    ),
  )

describe('Conv', () => {
  test.each<[string, readonly number[], Attributes]>([
    ['of one point', [4, 3, 1, 1, 1], {}],
    ['of a cube', [4, 3, 3, 3, 3], {}],
    ['with pads', [5, 3, 3, 3, 3], { pads: ints([1, 1, 1, 1, 1, 1]) }],
    ['with pads that differ', [5, 3, 2, 3, 3], { pads: ints([0, 1, 2, 1, 0, 1]) }],
    ['with strides', [4, 3, 3, 3, 3], { strides: ints([2, 1, 2]), pads: ints([1, 1, 1, 1, 1, 1]) }],
    ['with gaps in height and width', [4, 3, 2, 3, 3], { dilations: ints([1, 2, 2]) }],
    ['along depth alone', [4, 3, 5, 1, 1], { pads: ints([2, 0, 0, 2, 0, 0]) }],
    [
      'that pads by itself',
      [4, 3, 3, 3, 3],
      { auto_pad: attribute.string('SAME_UPPER'), strides: ints([2, 2, 2]) },
    ],
  ])('%s', async (_, shape, attributes) => {
    const build = new ModelBuilder()
    const bias = build.weight([shape[0] as number])
    build.output(build.add('Conv', [build.input('x', SHAPE), weights(build, shape), bias], attributes))
    const run = await expectParity(build.model, { x: floats(SHAPE) }, 1e-5)
    expect(run.declined).toEqual([])
  })

  test('applies an activation as it stores, and adds a residual behind it', async () => {
    const build = new ModelBuilder()
    const x = build.input('x', SHAPE)
    const cube = (of: Value) =>
      build.add('Conv', [of, weights(build, [3, 3, 3, 3, 3])], { pads: ints(new Array(6).fill(1)) })
    build.output(build.add('Relu', [build.add('Add', [cube(build.add('Sigmoid', [cube(x)])), x])]))
    const run = await expectParity(build.model, { x: floats(SHAPE) }, 1e-5, { intraOpNumThreads: 2 })
    expect(run.declined).toEqual([])
    expect(run.kernels).not.toContain('unary.sigmoid')
  })

  test('has its weights turned once for all sizes', async () => {
    const build = new ModelBuilder()
    build.output(build.add('Conv', [build.input('x', ['n', 3, 'd', 8, 9]), weights(build, [4, 3, 3, 3, 3])]))
    for (const depth of [4, 6]) await expectParity(build.model, { x: floats([1, 3, depth, 8, 9]) }, 1e-5)
  })

  test.each<[string, readonly number[], Attributes]>([
    ['in groups', [6, 1, 3, 3, 3], { group: int(3) }],
    ['with gaps in depth', [4, 3, 2, 3, 3], { dilations: ints([2, 1, 1]) }],
  ])('%s is left to onnxruntime', async (_, shape, attributes) => {
    const build = new ModelBuilder()
    build.output(build.add('Conv', [build.input('x', SHAPE), weights(build, shape)], attributes))
    expect((await runEngine(build.model, { x: floats(SHAPE) })).declined).toHaveLength(1)
    await expectParity(build.model, { x: floats(SHAPE) }, 1e-5)
  })
})

describe('pooling', () => {
  const CUBE = { kernel_shape: ints([2, 3, 3]) }

  test.each<[string, string, Attributes]>([
    ['MaxPool', 'as it is', {}],
    ['MaxPool', 'with strides and pads', { strides: ints([2, 2, 1]), pads: ints([1, 1, 1, 0, 1, 1]) }],
    ['MaxPool', 'with gaps', { dilations: ints([2, 1, 2]) }],
    ['MaxPool', 'rounded up', { strides: ints([2, 2, 2]), ceil_mode: int(1) }],
    ['AveragePool', 'as it is', {}],
    ['AveragePool', 'with strides', { strides: ints([2, 2, 3]) }],
  ])('%s %s', async (opType, _, attributes) => {
    const build = new ModelBuilder()
    build.output(build.add(opType, [build.input('x', SHAPE)], { ...CUBE, ...attributes }))
    const run = await expectParity(build.model, { x: floats(SHAPE) }, 1e-6)
    expect(run.declined).toEqual([])
  })

  test('a mean whose windows are cut off is left to onnxruntime', async () => {
    const build = new ModelBuilder()
    const pads = { pads: ints([1, 1, 1, 0, 1, 1]) }
    build.output(build.add('AveragePool', [build.input('x', SHAPE)], { ...CUBE, ...pads }))
    const run = await expectParity(build.model, { x: floats(SHAPE) }, 1e-6)
    expect(run.declined).toHaveLength(1)
  })
})
