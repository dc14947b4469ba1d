import { Tensor } from '../../ir'
import { filled } from '../plan/copy'
import { Fact } from '../plan/fact'
import { decline } from '../plan/unplannable'
import type { Rules } from './rule'

export const constants: Rules = {
  Constant: {
    isLazy: () => true,
    lower(node, plan) {
      const tensor = node.tensor('value') ?? decline('a constant that is no tensor')
      plan.define(node.output(), Fact.constant(tensor))
    },
  },
  ConstantOfShape: {
    lower(node, plan) {
      const value = node.tensor('value') ?? Tensor.float32([0], [1])
      plan.define(node.output(), filled(plan, Fact.constant(value), plan.numbers(plan.input(node, 0))))
    },
  },
  Range: {
    lower(node, plan) {
      const [start = 0, limit = 0, delta = 1] = [0, 1, 2].flatMap((index) =>
        plan.numbers(plan.input(node, index)),
      )
      const { dataType } = plan.input(node, 0)
      const length = Math.max(Math.ceil((limit - start) / delta), 0)
      if (!(length <= 2 ** 24)) return decline('a range without end')
      const numbers = Array.from({ length }, (_, index) => start + index * delta)
      const tensor =
        dataType === 'int64'
          ? Tensor.int64(numbers)
          : dataType === 'float32'
            ? Tensor.float32(numbers, [length])
            : decline(`elements of type ${dataType}`)
      plan.define(node.output(), Fact.constant(tensor))
    },
  },
}
