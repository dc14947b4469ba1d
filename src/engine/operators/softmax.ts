import type { Node, Value } from '../../ir'
import type { Group } from '../fusion/fusion'
import { broadcastShape, broadcastStrides } from '../plan/broadcast'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { axisOf, sizeBetween } from './axis'
import type { OperatorRule, Rules } from './rule'

function along(variant: string): OperatorRule {
  return {
    lower(node, plan) {
      const x = plan.floats(node, 0)
      const axis = axisOf(node.int('axis', -1), x.rank)
      const sizes = [sizeBetween(x.shape, 0, axis), x.dim(axis), sizeBetween(x.shape, axis + 1, x.rank)]
      const y = plan.create('float32', x.shape)
      if (y.size > 0) plan.step(`softmax.${variant}`, [x], [y], sizes)
      plan.define(node.output(), y)
    },
  }
}

export const softmax: Rules = { Softmax: along('linear'), LogSoftmax: along('logarithmic') }

interface Scores {
  readonly x: Fact
  readonly factor: number
  readonly mask: Fact | undefined
}

/** Scaling, masking and softmax of an attention's scores in one step; says how many nodes that covers. */
export function lowerMaskedSoftmax(plan: Lowering, { nodes, softmax }: Group): number {
  const scores = scoresOf(plan, nodes.slice(0, -1))
  if (!softmax || !scores) return 0
  const { x, factor, mask } = scores
  const outer = x.shape.slice(0, -1)
  if (axisOf(softmax.int('axis', -1), x.rank) !== x.rank - 1 || x.size === 0) return 0
  const strides = mask ? broadcastStrides(mask.shape, x.shape) : []
  if (mask && strides.at(-1) !== 1) return 0
  const y = plan.create('float32', x.shape)
  const parameters = [
    x.dim(-1),
    factor,
    outer.length,
    ...outer,
    ...outer.map((_, axis) => strides[axis] ?? 0),
  ]
  plan.step('maskedSoftmax', mask ? [x, mask] : [x], [y], parameters)
  plan.define(softmax.output(), y)
  return nodes.length
}

/** What is scaled and masked, where the result has its shape. */
function scoresOf(plan: Lowering, nodes: readonly Node[]): Scores | undefined {
  const scaling = nodes.find((node) => node.is('Mul', 'Div'))
  const adding = nodes.find((node) => node.is('Add'))
  const factor = scaling?.inputs.find((input) => input?.constant?.size === 1)
  const scaled = scaling?.inputs.find((input) => input !== factor)
  const added = adding?.inputs.filter((input) => input && input !== scaling?.output()) ?? []
  // Of two that are not scaled, the scores are the larger one.
  const operands = [...(scaled ? [scaled] : []), ...added].map((value) => plan.fact(value as Value))
  const [x, mask] = scaled ? operands : operands.sort((a, b) => b.size - a.size)
  if (!x || x.rank === 0 || operands.some(({ dataType }) => dataType !== 'float32')) return undefined
  const shapes = [x.shape, mask?.shape ?? [], factor?.constant?.shape ?? []]
  if (`${broadcastShape(shapes)}` !== `${x.shape}`) return undefined
  const [number = 1] = factor?.constant?.toNumbers() ?? []
  return { x, factor: scaling?.is('Div') ? 1 / number : number, mask }
}
