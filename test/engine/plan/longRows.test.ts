import { Fact } from '../../../src/engine/plan/fact'
import { withLongRows } from '../../../src/engine/plan/longRows'
import { Tensor } from '../../../src/ir'
import { closeRuntime } from '../../../src/runtime'
import { expectParity, floats, ModelBuilder, noise } from '../support'

afterAll(closeRuntime)

const constant = (shape: readonly number[]) =>
  Fact.constant(
    Tensor.float32(
      noise(
        shape.reduce((all, size) => all * size, 1),
        3,
      ),
      shape,
    ),
  )

test.each<[string, readonly number[], readonly number[], readonly number[]]>([
  ['channels that come last', [3], [1, 40, 50, 3], [1, 1, 50, 3]],
  ['small images', [5, 1, 1], [9, 5, 6, 6], [5, 6, 6]],
  ['rows of some elements', [2, 1, 3], [30, 2, 40, 3], [1, 2, 40, 3]],
])('%s are repeated until rows are long', (_, own, shape, expected) => {
  const operand = withLongRows(constant(own), shape, shape)
  const whole =
    expected.length === shape.length
      ? expected
      : [...new Array(shape.length - expected.length).fill(1), ...expected]
  expect(operand.shape).toEqual(whole)
})

test.each<[string, readonly number[], readonly number[]]>([
  ['rows are long', [100], [50, 100]],
  ['they are made for one number each', [8, 1], [4, 8, 500]],
  ['it is a number', [1], [100, 3]],
  ['it would be large beside the result', [3], [20, 3]],
  ['it would be large', [700, 3], [2, 700, 3]],
])('a constant stays as it is where %s', (_, own, shape) => {
  const operand = constant(own)
  expect(withLongRows(operand, shape, shape)).toBe(operand)
})

test.each<[string, readonly number[], readonly number[]]>([
  ['Sub', [2, 30, 40, 3], [3]],
  ['Div', [4, 6, 8, 8], [6, 1, 1]],
  ['Mul', [16, 5, 7, 3], [5, 1, 3]],
])('%s of [%s] by [%s]', async (opType, shape, own) => {
  const build = new ModelBuilder()
  const other = build.constant(constant(own).constant as Tensor)
  build.output(build.add(opType, [build.input('x', shape), other]))
  await expectParity(build.model, { x: floats(shape) }, 1e-7)
})
