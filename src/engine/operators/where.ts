/** One of two values for each element. */
import { byteLengthOf, type Node, Tensor } from '../../ir'
import { broadcastParameters, broadcastShape } from '../plan/broadcast'
import { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import type { Rules } from './rule'

/** yes where the condition holds, else no; of one type, and broadcast. */
export function chosen(plan: Lowering, condition: Fact, yes: Fact, no: Fact): Fact {
  const element = yes.dataType === 'string' ? 0 : byteLengthOf(yes.dataType, 1)
  if (yes.dataType !== no.dataType || ![1, 4, 8].includes(element))
    return decline(`elements of type ${yes.dataType}`)
  const operands = [condition, yes, no]
  const shapes = operands.map((operand) => operand.shape)
  const shape = broadcastShape(shapes)
  const y = plan.create(yes.dataType, shape)
  if (y.size > 0) plan.step('where', operands, [y], [element, ...broadcastParameters(shape, shapes)])
  return y
}

/** What lies above or below a diagonal of the last two axes; all else is 0. */
function triangle(node: Node, plan: Lowering): void {
  const x = plan.input(node, 0)
  const diagonal = plan.optional(node, 1)
  const [k = 0] = diagonal ? plan.numbers(diagonal) : []
  const [rows, columns] = [x.dim(-2), x.dim(-1)]
  if (x.rank < 2) decline('fewer than two axes')
  const isUpper = node.int('upper', 1) !== 0
  const isKept = (at: number) => {
    const distance = (at % columns) - Math.floor(at / columns)
    return (isUpper ? distance >= k : distance <= k) ? 1 : 0
  }
  const mask = Tensor.from(
    'bool',
    [rows, columns],
    Uint8Array.from({ length: rows * columns }, (_, at) => isKept(at)),
  )
  const zero = Fact.constant(Tensor.from(x.dataType, [], new Uint8Array(byteLengthOf(x.dataType, 1))))
  plan.define(node.output(), chosen(plan, Fact.constant(mask), x, zero))
}

export const where: Rules = {
  Where: {
    lower(node, plan) {
      const [condition, yes, no] = [plan.input(node, 0), plan.input(node, 1), plan.input(node, 2)]
      plan.define(node.output(), chosen(plan, condition, yes, no))
    },
  },
  Trilu: { lower: triangle },
}
