/** Which recurrent layers there are kernels for, and how their operands lie. */
import type { Node } from '../../ir'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'

export interface RecurrentSizes {
  readonly directions: number
  readonly steps: number
  readonly batch: number
  readonly gates: number
  readonly hidden: number
  /** Whether the batch is the first axis of everything, and not behind steps and directions. */
  readonly isBatchFirst: boolean
}

/** Leaves to onnxruntime what the kernels do not have. */
export function requirePlain(node: Node, plan: Lowering): void {
  const functions = node.attributeOf('activations', 'strings') ?? []
  const usual = node.is('GRU') ? ['sigmoid', 'tanh'] : ['sigmoid', 'tanh', 'tanh']
  if (functions.some((name, index) => `${name}`.toLowerCase() !== usual[index % usual.length]))
    decline(`activations ${functions}`)
  if (node.float('clip', 0) !== 0) decline('sums that are clipped')
  if (node.int('input_forget', 0) !== 0) decline('coupled gates')
  if (node.is('GRU') && node.int('linear_before_reset', 0) === 0) decline('a reset before the product')
  if (plan.optional(node, 7)) decline('peepholes')
}

/**
 * @param gatesAxis of weights: 1 in ONNX's layers, [directions, gates · hidden, depth], 2 in onnxruntime's of 8 bits,
 *   [directions, depth, gates · hidden]
 */
export function sizesOf(node: Node, plan: Lowering, gatesAxis: 1 | 2): RecurrentSizes {
  const [x, w, r] = [0, 1, 2].map((index) => plan.input(node, index)) as [Fact, Fact, Fact]
  const isBatchFirst = node.int('layout', 0) !== 0
  const [steps, batch] = isBatchFirst ? [x.dim(1), x.dim(0)] : [x.dim(0), x.dim(1)]
  const directions = node.string('direction', 'forward') === 'bidirectional' ? 2 : 1
  const [gates, hidden] = [node.is('GRU') ? 3 : 4, r.dim(gatesAxis === 1 ? 2 : 1)]
  const shape = (depth: number) =>
    gatesAxis === 1 ? [directions, gates * hidden, depth] : [directions, depth, gates * hidden]
  const fits = `${w.shape};${r.shape}` === `${shape(x.dim(2))};${shape(hidden)}`
  if (x.rank !== 3 || x.size === 0 || hidden === 0 || !fits) decline('weights that do not fit')
  const lengths = plan.optional(node, 4)
  if (lengths && plan.numbers(lengths).some((length) => length !== steps))
    decline('sequences of different lengths')
  return { directions, steps, batch, gates, hidden, isBatchFirst }
}

/** Of all states, the last one, and the last cell. */
export function resultShapes({ directions, steps, batch, hidden, isBatchFirst }: RecurrentSizes): number[][] {
  const state = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
  const y = isBatchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden]
  return [y, state, state]
}

/** How far elements are apart that belong to the next step, item or direction. */
export function recurrentStrides({ directions, steps, batch, gates, hidden, isBatchFirst }: RecurrentSizes) {
  const row = directions * gates * hidden
  if (isBatchFirst)
    return {
      sums: [row, steps * row],
      y: [directions * hidden, steps * directions * hidden],
      state: directions * hidden,
      direction: hidden,
    }
  return {
    sums: [batch * row, row],
    y: [directions * batch * hidden, hidden],
    state: hidden,
    direction: batch * hidden,
  }
}
