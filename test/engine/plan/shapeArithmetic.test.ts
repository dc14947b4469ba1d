/** Arithmetic on shapes, beside the kernels that would do it otherwise. */
import { evaluate } from '../../../src/engine/plan/evaluate'
import { Fact } from '../../../src/engine/plan/fact'
import { shapeResult } from '../../../src/engine/plan/shapeArithmetic'
import { attribute, type Node, Tensor } from '../../../src/ir'
import { ModelBuilder } from '../support'

const long = (numbers: readonly (number | bigint)[], shape: readonly number[] = [numbers.length]) =>
  Tensor.from('int64', shape, BigInt64Array.from(numbers, BigInt))
const whole = (numbers: readonly number[], shape: readonly number[] = [numbers.length]) =>
  Tensor.from('int32', shape, Int32Array.from(numbers))
const scalar = (number: number | bigint) => long([number], [])

const LARGEST = 2n ** 63n - 1n

function nodeOf(opType: string, inputs: readonly (Tensor | undefined)[], attributes = {}): Node {
  const build = new ModelBuilder()
  const values = inputs.map((tensor) => tensor && build.constant(tensor))
  return build.graph.add(opType, values, { attributes })
}

const axis = (number: number) => ({ axis: attribute.int(number) })

/** What kernels make of the same. */
function byKernels(node: Node): Tensor | undefined {
  const facts = node.inputs.map((value) => value?.constant && Fact.constant(value.constant))
  return evaluate(node, facts, 2 ** 20)?.[0]
}

const told = (tensor: Tensor | undefined) =>
  tensor && `${tensor.dataType}[${tensor.shape}] ${tensor.elements}`

test.each<[string, readonly (Tensor | undefined)[], object?]>([
  ['Gather', [long([3, 5, 7]), scalar(1)], axis(0)],
  ['Gather', [long([3, 5, 7]), scalar(-1)], axis(-1)],
  ['Gather', [long([3, 5, 7]), whole([2, 0, -3])], {}],
  ['Gather', [whole([3, 5, 7]), long([1])], {}],
  ['Concat', [long([1]), long([2, 3]), long([])], axis(0)],
  ['Concat', [whole([1]), whole([2, 3])], axis(-1)],
  ['Slice', [long([1, 2, 3, 4]), long([1]), long([3])]],
  ['Slice', [long([1, 2, 3, 4]), long([-2]), long([LARGEST]), long([0])]],
  ['Slice', [long([1, 2, 3, 4]), long([-9]), long([-1]), long([-1]), long([1])]],
  ['Slice', [long([1, 2, 3, 4]), long([3]), long([1])]],
  ['Slice', [whole([1, 2, 3, 4]), whole([0]), whole([2]), whole([0])]],
  ['Cast', [long([3, 2n ** 31n, -1n])], { to: attribute.int(6) }],
  ['Cast', [whole([3, -4])], { to: attribute.int(7) }],
  ['Add', [long([1, 2]), long([3, 4])]],
  ['Add', [scalar(LARGEST), scalar(1)]],
  ['Add', [whole([2147483647]), whole([1, 2])]],
  ['Sub', [scalar(4), long([1, 9])]],
  ['Sub', [long([1, 9]), long([4])]],
  ['Mul', [long([2n ** 62n, -3n]), long([3])]],
  ['Div', [long([7, -7, 7, -7]), long([2, 2, -2, -2])]],
  ['Div', [scalar(-1), scalar(2)]],
  ['Mul', [long([], [0]), scalar(2)]],
])('%s is what kernels make of it (%#)', (opType, inputs, attributes = {}) => {
  const node = nodeOf(opType, inputs, attributes)
  const result = shapeResult(node, inputs)
  expect(result).toBeDefined()
  expect(told(result)).toBe(told(byKernels(node)))
})

test.each<[string, string, readonly (Tensor | undefined)[], object?]>([
  ['an index beyond', 'Gather', [long([3, 5]), scalar(2)]],
  ['a matrix', 'Gather', [long([3, 5], [1, 2]), scalar(0)]],
  ['several operands of other types', 'Concat', [long([1]), whole([1])], axis(0)],
  ['steps', 'Slice', [long([1, 2, 3]), long([0]), long([3]), long([0]), long([2])]],
  ['floats', 'Add', [Tensor.float32([1]), Tensor.float32([2])]],
  ['other sizes', 'Add', [long([1, 2]), long([1, 2, 3])]],
  ['a division by zero', 'Div', [long([1]), long([0])]],
  ['a Cast to floats', 'Cast', [long([1])], { to: attribute.int(1) }],
  ['many numbers', 'Add', [long(new Array<number>(17).fill(1)), scalar(1)]],
  ['another operator', 'Mod', [long([5]), long([3])]],
])('%s is left to kernels', (_, opType, inputs, attributes = {}) => {
  expect(shapeResult(nodeOf(opType, inputs, attributes), inputs)).toBeUndefined()
})
