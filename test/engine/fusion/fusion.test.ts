import { type Group, groupsOf } from '../../../src/engine/fusion/fusion'
import { attribute, Tensor } from '../../../src/ir'
import { closeRuntime } from '../../../src/runtime'
import { expectParity, floats, ModelBuilder } from '../support'

afterAll(closeRuntime)

function grouped(build: ModelBuilder): string[] {
  return groupsOf(build.graph.nodes).map(({ nodes }: Group) => nodes.map(({ opType }) => opType).join('+'))
}

function convolution(build: ModelBuilder, x: Parameters<ModelBuilder['add']>[1][number], channels = 4) {
  return build.add('Conv', [x, build.weight([channels, 4, 3, 3], 0.3)], {
    pads: attribute.ints([1, 1, 1, 1]),
  })
}

const feeds = { x: floats([1, 4, 6, 7]) }

test('a residual and an activation join a convolution, at the place of the last of them', async () => {
  const build = new ModelBuilder()
  const x = build.input('x', [1, 4, 6, 7])
  const main = convolution(build, x)
  const side = build.add('Sigmoid', [x])
  build.output(build.add('Relu', [build.add('Add', [side, main])]))
  expect(grouped(build)).toEqual(['Sigmoid', 'Conv+Add+Relu'])
  expect((await expectParity(build.model, feeds, 1e-5)).kernels).toEqual(['unary.sigmoid', 'conv'])
})

test('a value that is read elsewhere too, or is an output, ends a group', async () => {
  const build = new ModelBuilder()
  const x = build.input('x', [1, 4, 6, 7])
  const read = convolution(build, x)
  const relu = build.add('Relu', [read])
  const given = convolution(build, build.add('Add', [relu, read]))
  build.output(given).output(build.add('Tanh', [given]))
  expect(grouped(build)).toEqual(['Conv', 'Relu', 'Add', 'Conv', 'Tanh'])
  await expectParity(build.model, feeds, 1e-5)
})

test('of two convolutions that are added, one takes the other as its residual', async () => {
  const build = new ModelBuilder()
  const x = build.input('x', [1, 4, 6, 7])
  build.output(build.add('Add', [convolution(build, x), convolution(build, x)]))
  const groups = grouped(build)
  expect(groups).toEqual(['Conv', 'Conv+Add'])
  await expectParity(build.model, feeds, 1e-5)
})

test('a residual of another shape is added by itself', async () => {
  const build = new ModelBuilder()
  const x = build.input('x', [1, 4, 6, 7])
  const mean = build.add('GlobalAveragePool', [x])
  build.output(build.add('Relu', [build.add('Add', [convolution(build, x), mean])]))
  const run = await expectParity(build.model, feeds, 1e-5)
  expect(run.kernels).toEqual(['reduce.mean', 'conv', 'binary.add', 'unary.relu'])
})

test.each(['Relu', 'LeakyRelu', 'Clip', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Tanh', 'Gelu'])(
  '%s is part of the product before it',
  async (opType) => {
    const build = new ModelBuilder()
    const bound = (value: number) => build.constant(Tensor.float32([value]))
    const x = build.input('x', [6, 5])
    const product = build.add('Add', [build.add('MatMul', [x, build.weight([5, 6], 3)]), build.weight([6])])
    build.output(build.add(opType, opType === 'Clip' ? [product, bound(-1), bound(1)] : [product]))
    const run = await expectParity(build.model, { x: floats([6, 5]) }, 1e-5)
    expect(run.kernels).toEqual(['matmul'])
  },
)

test('a factor and a summand are one step', async () => {
  const build = new ModelBuilder()
  const scalar = (value: number) => build.constant(Tensor.float32([value]))
  const x = build.input('x', [2, 3])
  const y = build.add('Add', [scalar(0.5), build.add('Mul', [build.add('Exp', [x]), scalar(3)])])
  const wide = build.constant(Tensor.float32([2], [1, 1, 1]))
  build.output(y).output(build.add('Add', [build.add('Mul', [build.add('Tanh', [x]), wide]), scalar(1)]))
  const run = await expectParity(build.model, { x: floats([2, 3]) }, 1e-6)
  expect(run.kernels).toEqual(['unary.exp', 'unary.affine', 'unary.tanh', 'binary.mul', 'binary.add'])
})

test('a Gemm whose summand is a matrix', async () => {
  const build = new ModelBuilder()
  const x = build.input('x', [3, 5])
  build.output(
    build.add('Relu', [
      build.add('Gemm', [x, build.weight([6, 5]), build.weight([3, 6])], { transB: attribute.int(1) }),
    ]),
  )
  expect((await expectParity(build.model, { x: floats([3, 5]) }, 1e-5)).declined).toEqual([])
})
