/**
 * Channel shuffles (Zhang et al. 2018, "ShuffleNet", §3.1):
 *
 *     Reshape [n, g·c, …] → [n, g, c, …]   Transpose → [n, c, g, …]   Reshape → [n, c·g, …]
 *
 * Together they only reorder channels, so any channel can go, which the axes between could not follow.
 */
import type { Node, Value } from '../../ir'
import type { SizeElement } from '../sizeElements'

export interface Shuffle {
  /** The Reshape, the Transpose and the Reshape. */
  readonly nodes: readonly [Node, Node, Node]
  readonly input: Value
  readonly axis: number
  /** Sizes that the axis is laid out as. */
  readonly factors: readonly number[]
  /** The order in which the Transpose puts them. */
  readonly permutation: readonly number[]
  /** Channel `order[k]` of the input becomes channel `k`. */
  readonly order: readonly number[]
}

type Sizes = readonly (number | undefined)[]

/** What is known of values when a shuffle is looked for. */
export interface ShuffleFacts {
  sizesOf(value: Value): Sizes | undefined
  elementsOf(value: Value | undefined): readonly SizeElement[] | undefined
}

/** The shuffle that a Reshape is the last node of. */
export function shuffleOf(last: Node, facts: ShuffleFacts): Shuffle | undefined {
  const turn = onlyMaker(last, 'Transpose')
  const first = turn && onlyMaker(turn, 'Reshape')
  const input = first?.input(0)
  const [x, laid] = [input && facts.sizesOf(input), first?.output() && facts.sizesOf(first.output() as Value)]
  const perm = turn?.ints('perm', undefined)
  if (!first || !turn || !input || !x || !laid || !perm || laid.length <= x.length) return undefined
  const axis = perm.findIndex((from, to) => from !== to)
  const factors = laid.slice(axis, axis + laid.length - x.length + 1)
  const permutation = perm.slice(axis, axis + factors.length).map((from) => from - axis)
  if (!factors.every((size) => size !== undefined)) return undefined
  const isShuffle =
    perm.slice(axis + factors.length).every((from, at) => from === at + axis + factors.length) &&
    x[axis] === product(factors) &&
    isShapeAgain(facts.elementsOf(last.input(1)), x, facts)
  if (!isShuffle) return undefined
  return {
    nodes: [first, turn, last],
    input,
    axis,
    factors,
    permutation,
    order: orderOf(factors, permutation),
  }
}

/** Whether a Reshape is the first node of a shuffle. */
export function startsShuffle(first: Node, facts: ShuffleFacts): boolean {
  const turn = first.output()?.consumers[0]
  const last = turn?.is('Transpose') ? turn.output()?.consumers[0] : undefined
  return last?.is('Reshape') === true && shuffleOf(last, facts)?.nodes[0] === first
}

/** The node of that type that makes a node's first input for it alone. */
function onlyMaker(node: Node, opType: string): Node | undefined {
  const value = node.input(0)
  const isOnly = value?.uses.length === 1 && !value.isGraphOutput && value.producer?.graph === node.graph
  return isOnly && value.producer?.is(opType) ? value.producer : undefined
}

/** Whether a target is the shape from before, as far as it says. */
function isShapeAgain(target: readonly SizeElement[] | undefined, x: Sizes, facts: ShuffleFacts): boolean {
  return (
    target?.length === x.length &&
    target.every((element, axis) => {
      const size = element.kind === 'axis' ? facts.sizesOf(element.of)?.[element.axis] : undefined
      if (element.kind !== 'literal') return size === x[axis]
      return element.number <= 0 || x[axis] === undefined || element.number === x[axis]
    })
  )
}

/** Where each channel comes from when an axis is laid out as `factors`, which are then permuted. */
export function orderOf(factors: readonly number[], permutation: readonly number[]): number[] {
  const strides = factors.map((_, at) => product(factors.slice(at + 1)))
  let order = [0]
  for (const from of permutation) {
    const steps = Array.from(
      { length: factors[from] as number },
      (_, step) => step * (strides[from] as number),
    )
    order = order.flatMap((base) => steps.map((step) => base + step))
  }
  return order
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1)
}
