/** Scores, their masked softmax and what they weigh become one step: scores are many, and so never leave the caches. */

import type { Slot } from '../plan/slot'
import type { ByteRule, Step } from '../plan/step'
import { copiedRows, denseRows, type Rows } from './rowAxes'

/** A product of two values by pairs of matrices, and nothing done to its result. */
interface PlainProduct {
  readonly step: Step
  readonly items: number
  readonly m: number
  readonly n: number
  readonly depth: number
  /** Outer, inner and item step of each side, as the step has them. */
  readonly left: readonly number[]
  readonly right: readonly number[]
}

/** A softmax of rows, perhaps scaled and masked. */
interface RowSoftmax {
  readonly step: Step
  readonly n: number
  /** What is done to the scores before, as the step has it. */
  readonly masking: readonly number[]
}

interface Attention {
  readonly scores: PlainProduct
  readonly softmax: RowSoftmax
  readonly context: PlainProduct
}

/** The steps with attentions joined. */
export function joinAttention(steps: readonly Step[], kept: ReadonlySet<Slot>): readonly Step[] {
  const softmaxes = steps.flatMap((step) => rowSoftmax(step) ?? [])
  if (softmaxes.length === 0) return steps
  const uses = usesOf(steps)
  const found = softmaxes.flatMap((softmax) => attentionOf(softmax, uses, kept))
  const joined = new Map(found.map((attention) => [attention.context.step, joinedStep(attention)]))
  const gone = new Set(found.flatMap(({ scores, softmax }) => [scores.step, softmax.step]))
  return steps.flatMap((step) => (gone.has(step) ? [] : [joined.get(step) ?? step]))
}

function rowSoftmax(step: Step): RowSoftmax | undefined {
  const { kernel, parameters } = step
  const [first = 0, n = 0, inner = 0] = parameters
  if (kernel === 'maskedSoftmax') return { step, n: first, masking: parameters.slice(1) }
  return kernel === 'softmax.linear' && inner === 1 ? { step, n, masking: [1, 1, first, 0] } : undefined
}

/** Who writes values, who reads them as a first input, and how many read any part of them. */
interface Uses {
  readonly writers: ReadonlyMap<Slot, Step>
  readonly readers: ReadonlyMap<Slot, Step>
  readonly counts: ReadonlyMap<Slot, number>
}

function usesOf(steps: readonly Step[]): Uses {
  const writers = new Map<Slot, Step>()
  const readers = new Map<Slot, Step>()
  const counts = new Map<Slot, number>()
  for (const step of steps) {
    const [[from], [to]] = [step.inputs, step.outputs]
    if (from && !readers.has(from)) readers.set(from, step)
    if (to && !writers.has(to)) writers.set(to, step)
    for (const { root } of step.inputs) counts.set(root, (counts.get(root) ?? 0) + 1)
  }
  return { writers, readers, counts }
}

function attentionOf(
  softmax: RowSoftmax,
  { writers, readers, counts }: Uses,
  kept: ReadonlySet<Slot>,
): Attention[] {
  const [raw] = softmax.step.inputs
  const [weights] = softmax.step.outputs
  if (!raw || !weights) return []
  const [scores, context] = [plainProduct(writers.get(raw)), plainProduct(readers.get(weights))]
  if (!scores || !context) return []
  // Values of their own memory, each read by one step, as its first input alone.
  const isAlone = [raw, weights].every(
    (slot) => slot.root === slot && counts.get(slot) === 1 && !kept.has(slot),
  )
  const { items, m, n } = scores
  const fits = context.items === items && context.m === m && context.depth === n && softmax.n === n
  const asWritten = `${context.left}` === `${[n, 1, m * n]}`
  return isAlone && fits && asWritten ? [{ scores, softmax, context }] : []
}

function plainProduct(step: Step | undefined): PlainProduct | undefined {
  if (step?.kernel !== 'matmul') return undefined
  const [items = 0, m = 0, n = 0, depth = 0, ...rest] = step.parameters
  const [isPacked, rightItems] = rest.slice(3)
  const isPlain = rest.slice(8).every((number) => number === 0)
  if (isPacked !== 0 || rightItems !== items || items === 0 || !isPlain) return undefined
  return { step, items, m, n, depth, left: rest.slice(0, 3), right: rest.slice(5, 8) }
}

function joinedStep({ scores, softmax, context }: Attention): Step {
  const [queries, keys] = scores.step.inputs as [Slot, Slot]
  const [, values] = context.step.inputs as [Slot, Slot]
  const { items, m, n, depth } = scores
  const operands = [
    ...[items, m, n, depth, context.n],
    ...[...scores.left, ...scores.right, ...context.right],
    ...softmax.masking,
  ]
  return {
    ...storing(operands, { items, rows: m, columns: context.n }),
    inputs: [queries, keys, values, ...softmax.step.inputs.slice(1)],
    outputs: context.step.outputs,
    nodes: [...scores.step.nodes, ...softmax.step.nodes, ...context.step.nodes],
    note: undefined,
  }
}

type Storing = Pick<Step, 'kernel' | 'parameters' | 'withBytes' | 'withCopy'>

/** The part of a step that says where rows go, and that they go as bytes where there is a rule. */
function storing(operands: readonly number[], rows: Rows, moved?: number[], rule?: ByteRule): Storing {
  return {
    kernel: rule ? 'attention.bytes' : 'attention',
    parameters: [...operands, ...(moved ?? denseRows(rows)), ...(rule ?? [])],
    withBytes: rule
      ? undefined
      : (bytes, keepsFloats) => (keepsFloats ? undefined : storing(operands, rows, moved, bytes)),
    withCopy: moved
      ? undefined
      : (axes) => {
          const to = copiedRows(axes, rows)
          return to && storing(operands, rows, to, rule)
        },
  }
}
