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

/** Leaves sequences of different lengths to onnxruntime. */
export function checkLengths(node: Node, plan: Lowering, steps: number): void {
  const lengths = plan.optional(node, 4)
  if (lengths && plan.numbers(lengths).some((length) => length !== steps))
    decline('sequences of different lengths')
}

export function sizesOf(node: Node, plan: Lowering): RecurrentSizes {
  const [x, w, r] = [0, 1, 2].map((index) => plan.floats(node, index)) as [Fact, Fact, Fact]
  const isBatchFirst = node.int('layout', 0) !== 0
  const [steps, batch] = isBatchFirst ? [x.dim(1), x.dim(0)] : [x.dim(0), x.dim(1)]
  const [directions, gates, hidden] = [r.dim(0), node.is('GRU') ? 3 : 4, r.dim(2)]
  const asked = node.string('direction', 'forward') === 'bidirectional' ? 2 : 1
  const rows = gates * hidden
  const fits = `${w.shape};${r.shape}` === `${[asked, rows, x.dim(2)]};${[asked, rows, hidden]}`
  if (x.rank !== 3 || x.size === 0 || hidden === 0 || !fits) decline('weights that do not fit')
  checkLengths(node, plan, steps)
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
