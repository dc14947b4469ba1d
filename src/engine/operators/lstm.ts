/** LSTM: one product for the inputs of all steps, and then a step for each direction that goes through time. */
import { type Node, Tensor } from '../../ir'
import { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import type { Slot } from '../plan/slot'
import { decline } from '../plan/unplannable'
import type { WeightSource } from '../plan/weights'
import { multiplied } from './matmul'
import type { Rules } from './rule'

interface Sizes {
  readonly directions: number
  readonly steps: number
  readonly batch: number
  readonly hidden: number
  /** Whether the batch is the first axis of everything, and not behind steps and directions. */
  readonly isBatchFirst: boolean
}

const FLOAT_BYTES = 4

/** Leaves to onnxruntime what the kernel does not have. */
function requirePlain(node: Node, plan: Lowering): void {
  const functions = node.attributeOf('activations', 'strings') ?? []
  const usual = ['sigmoid', 'tanh', 'tanh']
  if (functions.some((name, index) => `${name}`.toLowerCase() !== usual[index % 3]))
    decline(`activations ${functions}`)
  if (node.float('clip', 0) !== 0) decline('sums that are clipped')
  if (node.int('input_forget', 0) !== 0) decline('coupled gates')
  if (plan.optional(node, 7)) decline('peepholes')
}

function sizesOf(node: Node, plan: Lowering): Sizes {
  const [x, w, r] = [0, 1, 2].map((index) => plan.floats(node, index)) as [Fact, Fact, Fact]
  const isBatchFirst = node.int('layout', 0) !== 0
  const [steps, batch] = isBatchFirst ? [x.dim(1), x.dim(0)] : [x.dim(0), x.dim(1)]
  const [directions, hidden] = [r.dim(0), r.dim(2)]
  const asked = node.string('direction', 'forward') === 'bidirectional' ? 2 : 1
  const fits = `${w.shape};${r.shape}` === `${[asked, 4 * hidden, x.dim(2)]};${[asked, 4 * hidden, hidden]}`
  if (x.rank !== 3 || x.size === 0 || hidden === 0 || !fits) decline('weights that do not fit')
  const lengths = plan.optional(node, 4)
  if (lengths && plan.numbers(lengths).some((length) => length !== steps))
    decline('sequences of different lengths')
  return { directions, steps, batch, hidden, isBatchFirst }
}

/** Biases of inputs and of states, [directions, 2, gates], are added at the same place. */
function biasOf(node: Node, plan: Lowering, { directions, hidden }: Sizes): Fact | undefined {
  const given = plan.optional(node, 3)
  if (!given) return undefined
  const gates = 4 * hidden
  const both = plan.knownTensor(given)?.toNumbers() ?? decline('biases that are no constants')
  const sums = Float32Array.from({ length: directions * gates }, (_, at) => {
    const first = at + Math.floor(at / gates) * gates
    return (both[first] ?? 0) + (both[first + gates] ?? 0)
  })
  return Fact.constant(Tensor.from('float32', [sums.length], sums))
}

/** What inputs add to the sums of the gates: for each step and item a row of all directions. */
function inputSums(node: Node, plan: Lowering, sizes: Sizes): Fact {
  const [x, weights] = [plan.floats(node, 0), plan.floats(node, 1)]
  const [m, n, depth] = [sizes.steps * sizes.batch, sizes.directions * 4 * sizes.hidden, x.dim(2)]
  const operand = { outer: depth, inner: 1, item: 0, items: 1 }
  const product = {
    left: { fact: x, ...operand },
    right: { fact: weights, ...operand },
    ...{ items: 1, m, n, depth, shape: [m, n] },
  }
  const bias = biasOf(node, plan, sizes)
  return multiplied(plan, product, { bias, residual: undefined, activation: [0, 0, 0] })
}

/** How far elements are apart that belong to the next step, item or direction. */
function stridesOf({ directions, steps, batch, hidden, isBatchFirst }: Sizes) {
  const row = directions * 4 * hidden
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

function initial(node: Node, plan: Lowering, index: number, sizes: Sizes): Fact | undefined {
  const state = node.input(index) && plan.floats(node, index)
  if (state && state.size !== sizes.directions * sizes.batch * sizes.hidden)
    return decline('an initial state that does not fit')
  return state
}

/** Outputs that somebody reads; y, state and cell. */
function createResults(node: Node, plan: Lowering, sizes: Sizes): (Fact | undefined)[] {
  const { directions, steps, batch, hidden, isBatchFirst } = sizes
  const state = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
  const y = isBatchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden]
  return [y, state, state].map((shape, index) => {
    const output = node.output(index)
    if (!output || output.isUnused) return undefined
    const fact = plan.create('float32', shape)
    plan.define(output, fact)
    return fact
  })
}

function lower(node: Node, plan: Lowering): void {
  requirePlain(node, plan)
  const sizes = sizesOf(node, plan)
  const { directions, steps, batch, hidden } = sizes
  const tensor = plan.knownTensor(plan.floats(node, 2)) ?? decline('weights that are no constants')
  const weights: WeightSource = {
    tensor,
    form: 'gemm.right',
    parameters: [directions, 4 * hidden, hidden, hidden, 1, 4 * hidden * hidden],
  }
  const states = [initial(node, plan, 5, sizes), initial(node, plan, 6, sizes)]
  const sums = inputSums(node, plan, sizes)
  const results = createResults(node, plan, sizes)
  const strides = stridesOf(sizes)
  const flags = [...states, ...results].map((fact) => (fact ? 1 : 0))
  const isReverse = node.string('direction', 'forward') === 'reverse'
  for (let direction = 0; direction < directions; direction++) {
    const part = (fact: Fact | undefined) =>
      fact ? [from(plan.slotOf(fact), direction * strides.direction)] : []
    plan.step(
      'lstm',
      [from(plan.slotOf(sums), direction * 4 * hidden), weights, ...states.flatMap(part)],
      results.flatMap(part),
      [
        ...[steps, batch, hidden, isReverse || direction === 1 ? 1 : 0],
        ...[...strides.sums, ...strides.y, strides.state, direction, ...flags],
      ],
    )
  }
}

/** The memory of a value from one of its floats on. */
function from(slot: Slot, start: number): Slot {
  return start === 0 ? slot : slot.view(start * FLOAT_BYTES, slot.bytes - start * FLOAT_BYTES)
}

export const lstm: Rules = { LSTM: { lower } }
