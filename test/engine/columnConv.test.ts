/** Convolutions of images of one column, which run as those of one row. */
import { attribute, Tensor } from '../../src/ir'
import { closeRuntime } from '../../src/runtime'
import { LARGEST_WEIGHT } from '../support/saturation'
import { expectParity, floats, ModelBuilder, noise } from './support'

afterAll(closeRuntime)

const cases = [
  ['plain', [1, 8, 40, 1], [12, 8, 5, 1], {}],
  [
    'strides and zeros at both ends',
    [2, 6, 31, 1],
    [5, 6, 4, 1],
    { strides: attribute.ints([2, 1]), pads: attribute.ints([1, 0, 2, 0]) },
  ],
  ['dilated', [1, 4, 40, 1], [8, 4, 3, 1], { dilations: attribute.ints([4, 1]) }],
  ['by depth', [1, 8, 30, 1], [8, 1, 3, 1], { group: attribute.int(8), pads: attribute.ints([1, 0, 1, 0]) }],
  ['zeros beside the column', [1, 4, 20, 1], [6, 4, 3, 3], { pads: attribute.ints([1, 1, 1, 1]) }],
] as const

test.each(cases)('%s', async (_, dims, shape, given) => {
  const build = new ModelBuilder()
  const y = build.add('Conv', [build.input('x', dims), build.weight(shape), build.weight([shape[0]])], given)
  build.output(build.add('Relu', [y]))
  const run = await expectParity(build.model, { x: floats(dims) }, 1e-5)
  expect(run.declined).toEqual([])
})

test.each(cases)('%s, of 8-bit values', async (_, dims, shape, given) => {
  const build = new ModelBuilder()
  const size = shape.reduce((all: number, each) => all * each, 1)
  const q = Int8Array.from(noise(size, 8).map((each) => Math.round(each * LARGEST_WEIGHT)))
  const weights = [build.constant(Tensor.from('int8', shape, q)), build.constant(Tensor.float32([0.004]))]
  const y = build.add(
    'Conv',
    [build.rounded(build.input('x', dims), 0.009, 110), build.add('DequantizeLinear', weights)],
    given,
  )
  build.output(build.rounded(y, 0.04, 110))
  const run = await expectParity(build.model, { x: floats(dims) }, 1.01 / 255)
  expect(run.declined).toEqual([])
})
