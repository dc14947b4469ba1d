/** LSTM and GRU: one product for the inputs of all steps, and then a step for each direction that goes through time. */
import { type Node, Tensor } from '../../ir'
import { Fact } from '../plan/fact'
import type { Lowering, Operand } from '../plan/lowering'
import type { Slot } from '../plan/slot'
import { decline } from '../plan/unplannable'
import type { WeightSource } from '../plan/weights'
import { multiplied } from './matmul'
import { type RecurrentSizes, recurrentStrides, requirePlain, resultShapes, sizesOf } from './recurrentSizes'
import type { Rules } from './rule'

const FLOAT_BYTES = 4

/** What is added to the gates' sums: with the inputs, and with the states. */
interface Biases {
  readonly inputs: Fact | undefined
  readonly states: Fact | undefined
}

/**
 * Biases of inputs and of states, [directions, 2, gates · hidden], are added at the same place, but for that of a GRU's new
 * state, which its reset gate is multiplied with.
 */
export function biasesOf(node: Node, plan: Lowering, { directions, gates, hidden }: RecurrentSizes): Biases {
  const given = plan.optional(node, 3)
  if (!given) return { inputs: undefined, states: undefined }
  const both = plan.knownTensor(given)?.toNumbers() ?? decline('biases that are no constants')
  const row = gates * hidden
  const isBehindReset = (at: number) => node.is('GRU') && at % row >= 2 * hidden
  const length = directions * row
  const biases = (biasOf: (ofInput: number, ofState: number, at: number) => number) => {
    const numbers = Array.from({ length }, (_, at) => {
      const first = at + Math.floor(at / row) * row
      return biasOf(both[first] ?? 0, both[first + row] ?? 0, at)
    })
    return Fact.constant(Tensor.float32(numbers, [length]))
  }
  return {
    inputs: biases((ofInput, ofState, at) => ofInput + (isBehindReset(at) ? 0 : ofState)),
    states: node.is('GRU') ? biases((_, ofState, at) => (isBehindReset(at) ? ofState : 0)) : undefined,
  }
}

/** What inputs add to the sums of the gates: for each step and item a row of all directions. */
function inputSums(node: Node, plan: Lowering, sizes: RecurrentSizes, bias: Fact | undefined): Fact {
  const [x, weights] = [plan.floats(node, 0), plan.floats(node, 1)]
  const [m, n] = [sizes.steps * sizes.batch, sizes.directions * sizes.gates * sizes.hidden]
  const depth = x.dim(2)
  const operand = { outer: depth, inner: 1, item: 0, items: 1 }
  const product = {
    left: { fact: x, ...operand },
    right: { fact: weights, ...operand },
    ...{ items: 1, m, n, depth, shape: [m, n] },
  }
  return multiplied(plan, product, { bias, residual: undefined, activation: [0, 0, 0] })
}

function initial(node: Node, plan: Lowering, index: number, sizes: RecurrentSizes): Fact | undefined {
  const state = node.input(index) && plan.floats(node, index)
  if (state && state.size !== sizes.directions * sizes.batch * sizes.hidden)
    return decline('an initial state that does not fit')
  return state
}

/** Outputs that somebody reads: all states, the last one, the last cell. */
function createResults(node: Node, plan: Lowering, sizes: RecurrentSizes): (Fact | undefined)[] {
  return resultShapes(sizes).map((shape, index) => {
    const output = node.output(index)
    if (!output || output.isUnused) return undefined
    const fact = plan.create('float32', shape)
    plan.define(output, fact)
    return fact
  })
}

/** What tells a direction's step through time from that of another layer. */
export interface DirectionStep {
  readonly kernel: string
  /** What stands in front of the initial state and cell: sums of inputs, and how the state is multiplied. */
  readonly operands: readonly Operand[]
  /** How far sums are apart that belong to the next step and to the next item. */
  readonly sums: readonly number[]
  /** The number behind the strides, which is the kernel's own. */
  readonly own: number
  readonly hasBias: boolean
}

/** A step through time for each direction, which all write parts of the same results. */
export function addDirections(
  node: Node,
  plan: Lowering,
  sizes: RecurrentSizes,
  stepOf: (direction: number) => DirectionStep,
): void {
  const { directions, steps, batch, hidden } = sizes
  const states = [initial(node, plan, 5, sizes), initial(node, plan, 6, sizes)]
  const results = createResults(node, plan, sizes)
  const strides = recurrentStrides(sizes)
  const areThere = [...states, ...results].map((fact) => (fact ? 1 : 0))
  const isReverse = node.string('direction', 'forward') === 'reverse'
  for (let direction = 0; direction < directions; direction++) {
    const { kernel, operands, sums, own, hasBias } = stepOf(direction)
    const part = (fact: Fact | undefined) => partFrom(plan, fact, direction * strides.direction)
    plan.step(kernel, [...operands, ...states.flatMap(part)], results.flatMap(part), [
      ...[steps, batch, hidden, isReverse || direction === 1 ? 1 : 0],
      ...[...sums, ...strides.y, strides.state, own, hasBias ? 1 : 0, ...areThere],
    ])
  }
}

function lower(node: Node, plan: Lowering): void {
  requirePlain(node, plan)
  const sizes = sizesOf(node, plan, 1)
  const { directions, gates, hidden } = sizes
  const row = gates * hidden
  const tensor = plan.knownTensor(plan.floats(node, 2)) ?? decline('weights that are no constants')
  const weights: WeightSource = {
    tensor,
    form: 'gemm.right',
    parameters: [directions, row, hidden, hidden, 1, row * hidden],
  }
  const biases = biasesOf(node, plan, sizes)
  const sums = inputSums(node, plan, sizes, biases.inputs)
  addDirections(node, plan, sizes, (direction) => {
    const part = (fact: Fact | undefined) => partFrom(plan, fact, direction * row)
    return {
      kernel: `recurrent.${node.opType.toLowerCase()}`,
      operands: [...part(sums), weights, ...part(biases.states)],
      sums: recurrentStrides(sizes).sums,
      own: direction,
      hasBias: biases.states !== undefined,
    }
  })
}

/** The memory of a value, where there is one, from one of its floats on. */
function partFrom(plan: Lowering, fact: Fact | undefined, start: number): Slot[] {
  if (!fact) return []
  const slot = plan.slotOf(fact)
  return [start === 0 ? slot : slot.view(start * FLOAT_BYTES, slot.bytes - start * FLOAT_BYTES)]
}

export const recurrent: Rules = { LSTM: { lower }, GRU: { lower } }
