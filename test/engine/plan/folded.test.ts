import { Fact } from '../../../src/engine/plan/fact'
import { foldedOnce } from '../../../src/engine/plan/folded'
import { Lowering } from '../../../src/engine/plan/lowering'
import { Slot } from '../../../src/engine/plan/slot'
import { attribute, Tensor } from '../../../src/ir'
import { ModelBuilder } from '../support'

const tensor = (...numbers: number[]) => Tensor.float32(numbers, [numbers.length])

test('the same inputs give the same tensors, others are computed anew', () => {
  const owner = {}
  const [a, b] = [tensor(1), tensor(1)]
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
