/** Convolutions of one channel along one axis, which are products of overlapping rows. */
import { attribute, Tensor, type Value } from '../../src/ir'
import { closeRuntime } from '../../src/runtime'
import { LARGEST_WEIGHT } from '../support/saturation'
import { expectParity, floats, ModelBuilder, noise } from './support'

afterAll(closeRuntime)

const attributes = (strides: number[], pads: number[] = []) => ({
  strides: attribute.ints(strides),
  ...(pads.length > 0 ? { pads: attribute.ints(pads) } : {}),
})

test.each([
  ['one image', [1, 1, 300], [5, 1, 20], attributes([7])],
  ['several', [3, 1, 300], [34, 1, 16], attributes([5])],
  ['one output', [1, 1, 200], [1, 1, 41], attributes([3])],
  ['one pixel', [2, 1, 24], [6, 1, 24], attributes([1])],
  ['zeros at both ends', [2, 1, 100], [4, 1, 23], attributes([3], [10, 13])],
  ['a height of one', [2, 1, 1, 120], [6, 1, 1, 30], attributes([1, 10], [0, 4, 0, 2])],
])('%s', async (_, dims, shape, given) => {
  const build = new ModelBuilder()
  const y = build.add(
    'Conv',
    [build.input('x', dims), build.weight(shape), build.weight([shape[0] ?? 1])],
    given,
  )
  build.output(build.add('Relu', [y]))
  const run = await expectParity(build.model, { x: floats(dims) }, 1e-5)
  expect(run.declined).toEqual([])
  expect(run.kernels.join()).toMatch(/matmul|gemv|blocklinear/)
  expect(run.kernels).not.toContain('conv')
})

test('rows that are turned back are not turned', async () => {
  const build = new ModelBuilder()
  const y = build.add('Conv', [build.input('x', [2, 1, 300]), build.weight([12, 1, 20])], attributes([8]))
  build.output(build.add('Transpose', [y], { perm: attribute.ints([0, 2, 1]) }))
  const run = await expectParity(build.model, { x: floats([2, 1, 300]) }, 1e-5)
  expect(run.kernels).not.toContain('copy')
})

test.each([
  ['few taps', [1, 1, 100], [4, 1, 9], {}],
  ['several channels', [1, 2, 100], [4, 2, 20], {}],
  ['several rows', [1, 1, 6, 60], [4, 1, 2, 20], {}],
  ['dilated taps', [1, 1, 200], [4, 1, 20], { dilations: attribute.ints([2]) }],
])('%s stay a convolution', async (_, dims, shape, given) => {
  const build = new ModelBuilder()
  build.output(build.add('Conv', [build.input('x', dims), build.weight(shape)], given))
  const run = await expectParity(build.model, { x: floats(dims) }, 1e-5)
  expect(run.kernels.join()).toMatch(/conv/)
})

test('a residual is added by the convolution', async () => {
  const build = new ModelBuilder()
  const y = build.add('Conv', [build.input('x', [1, 1, 100]), build.weight([4, 1, 21])])
  build.output(build.add('Add', [y, build.input('r', [1, 4, 80])]))
  const run = await expectParity(build.model, { x: floats([1, 1, 100]), r: floats([1, 4, 80], 2) }, 1e-5)
  expect(run.kernels).toEqual([expect.stringMatching(/conv/)])
})

describe('of 8-bit values', () => {
  function weights(build: ModelBuilder, shape: readonly number[]): Value {
    const size = shape.reduce((all, each) => all * each, 1)
    const q = Int8Array.from(noise(size, 8).map((each) => Math.round(each * LARGEST_WEIGHT)))
    const scales = Array.from({ length: shape[0] ?? 1 }, (_, channel) => 0.002 + channel / 20000)
    const inputs = [
      build.constant(Tensor.from('int8', shape, q)),
      build.constant(Tensor.float32(scales, [scales.length])),
    ]
    return build.add('DequantizeLinear', inputs, { axis: attribute.int(0) })
  }

  test.each([
    ['one image', 'uint8', 113, [1, 1, 300], [5, 1, 20], attributes([7])],
    ['several, and channels in fours', 'uint8', 0, [3, 1, 300], [36, 1, 16], attributes([5])],
    ['signed values', 'int8', -9, [2, 1, 300], [8, 1, 32], attributes([16])],
    ['zeros at both ends', 'uint8', 120, [2, 1, 100], [4, 1, 23], attributes([3], [10, 13])],
    ['a height of one', 'int8', 5, [2, 1, 1, 120], [6, 1, 1, 30], attributes([1, 10], [0, 4, 0, 2])],
  ] as const)('%s', async (_, dataType, zero, dims, shape, given) => {
    const build = new ModelBuilder()
    const x = build.rounded(build.input('x', dims), 0.009, zero, dataType)
    const y = build.add('Conv', [x, weights(build, shape), build.weight([shape[0]])], given)
    const first = build.rounded(build.add('Relu', [y]), 0.03, zero, dataType)
    const next = build.add('Conv', [first, weights(build, [8, shape[0], ...shape.slice(2).map(() => 1)])])
    build.output(first).output(build.rounded(next, 0.05, zero, dataType))
    const run = await expectParity(build.model, { x: floats(dims) }, 1.01 / 255)
    expect(run.declined).toEqual([])
    expect(run.kernels.join()).toMatch(/qmatmul.rows|qgemv.rows/)
  })
})
