import { Fact } from '../../../src/engine/plan/fact'
import { foldedOnce } from '../../../src/engine/plan/folded'
import { Lowering } from '../../../src/engine/plan/lowering'
import { Slot } from '../../../src/engine/plan/slot'
import { attribute, Tensor } from '../../../src/ir'
import { ModelBuilder } from '../support'

const tensor = (...numbers: number[]) => Tensor.int64(numbers)
/** One that is told by itself, not by what it holds. */
const large = (number: number) => Tensor.float32(new Array<number>(40).fill(number), [40])

test.each([
  ['large tensors are told by what they are', large(1), large(1)],
  ['small ones by what they hold', tensor(1), tensor(2)],
])('the same inputs give the same tensors, others are computed anew: %s', (_, a, b) => {
  const owner = {}
  let times = 0
  const fold = (from: Tensor, how = '') =>
    foldedOnce(owner, [from, undefined], how, () => {
      times++
      return [tensor(2), undefined]
    })
  const first = fold(a)
  expect(fold(a)[0]).toBe(first[0])
  expect(times).toBe(1)
  expect(fold(b)[0]).not.toBe(first[0])
  expect(fold(b, 'otherwise')[0]).not.toBe(first[0])
  expect(times).toBe(3)
})

test.each([
  ['another', tensor(3, 4), tensor(3, 4), true],
  ['other numbers', tensor(3, 4), tensor(3, 5), false],
  ['another shape', tensor(3, 4), Tensor.int64([3, 4], [2, 1]), false],
  ['another type', tensor(3), Tensor.from('int32', [1], Int32Array.of(3)), false],
  ['floats', Tensor.float32([3]), Tensor.float32([3]), false],
])('of small inputs %s may be the same', (_, a, b, isSame) => {
  const owner = {}
  const fold = (from: Tensor) => foldedOnce(owner, [from], '', () => [tensor(2)])[0]
  const first = fold(a)
  expect(fold(b) === first).toBe(isSame)
})

test('what cannot be computed is tried again', () => {
  const owner = {}
  expect(foldedOnce(owner, [], '', () => undefined)).toBeUndefined()
  expect(foldedOnce(owner, [], '', () => [tensor(1)])?.[0]?.toNumbers()).toEqual([1])
})

test('plans for several shapes have their weights in common', () => {
  const build = new ModelBuilder()
  const x = build.input('x', ['rows', 40])
  const turned = build.add('Transpose', [build.weight([30, 40])], { perm: attribute.ints([1, 0]) })
  const integers = build.constant(Tensor.from('int8', [30, 30], new Int8Array(900).fill(3)))
  const floats = build.add('Cast', [integers], { to: attribute.int(1) })
  const numbers = build.add('Mul', [floats, build.constant(Tensor.float32([0.5], []))])
  build.output(build.add('MatMul', [build.add('MatMul', [x, turned]), numbers]))
  const weightsFor = (rows: number) => {
    const plan = new Lowering()
    plan.define(x, Fact.at('float32', [rows, 40], Slot.input(0, rows * 160)))
    plan.lowerAll(build.graph.nodes)
    return plan.steps.map(({ inputs }) => inputs[1]?.constant?.tensor)
  }
  const [first, second] = weightsFor(7)
  expect(first?.shape).toEqual([40, 30])
  expect(second?.toNumbers()[0]).toBe(1.5)
  const [again, andAgain] = weightsFor(9)
  expect(again).toBe(first)
  expect(andAgain).toBe(second)
})
