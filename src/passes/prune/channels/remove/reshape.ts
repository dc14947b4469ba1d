/**
 * Reshape to shapes with fewer channels. A shuffle whose axes between cannot follow becomes the reordering that it is:
 *
 *     Reshape → Transpose → Reshape   →   Gather(x, order)
 */
import { type Shuffle, shuffleOf } from '../../../../analysis/channels'
import { attribute, type Node, Tensor, type Value } from '../../../../ir'
import { forgetIfUnused, graphOf, removeUnused, replaceNode } from '../../../../rewrite'
import { coneOf } from '../../../simplify/cone'
import type { Kept } from './kept'
import type { Rewriting } from './operators'
import type { SizeVectors } from './sizes'

export function rewriteReshape(node: Node, { kept, sizes }: Rewriting): void {
  const { drawing } = kept.analysis
  const shuffle = shuffleOf(node, {
    sizesOf: (value) => drawing.places.of(value)?.map((place) => place.size),
    elementsOf: (value) => drawing.sizes.of(value),
  })
  const channels = shuffle && kept.value(shuffle.input)[shuffle.axis]
  if (shuffle && channels) rewriteShuffle(shuffle, channels, sizes, kept)
  else sizes.change(node, 1, targetChanges(node, kept))
}

/** Elements of a target that would not give the sizes that are wanted. */
function targetChanges(node: Node, kept: Kept): Map<number, number> {
  const [x, y] = [node.input(0), node.output()]
  const changes = new Map<number, number>()
  const target = kept.analysis.drawing.sizes.of(node.input(1)) ?? []
  for (const [axis, element] of target.entries()) {
    const wanted = kept.sizeAfter(y, axis)
    if (element.kind !== 'literal' || element.number === -1 || wanted === undefined) continue
    const isCopy = element.number === 0 && node.int('allowzero', 0) === 0
    const given = isCopy ? kept.sizeAfter(x, axis) : element.number
    if (given !== wanted) changes.set(axis, wanted)
  }
  return changes
}

/** The factors that are left, where what is left is laid out as such. */
function rewriteShuffle(shuffle: Shuffle, channels: Int32Array, sizes: SizeVectors, kept: Kept): void {
  const [first, turn, last] = shuffle.nodes
  const factors = leftFactors(shuffle.factors, channels)
  if (!factors) {
    toGather(shuffle, channels)
    return
  }
  const middle = new Map(factors.map((size, at) => [shuffle.axis + at, size]))
  sizes.change(first, 1, literalsOnly(first, middle, kept))
  sizes.change(last, 1, literalsOnly(last, new Map([[shuffle.axis, channels.length]]), kept))
  forgetTypes([first.output(), turn.output()])
}

function literalsOnly(node: Node, changes: ReadonlyMap<number, number>, kept: Kept): Map<number, number> {
  const target = kept.analysis.drawing.sizes.of(node.input(1)) ?? []
  const isSpelledOut = (at: number) => {
    const element = target[at]
    return element?.kind === 'literal' && element.number > 0
  }
  return new Map([...changes].filter(([at]) => isSpelledOut(at)))
}

/** Sizes of the factors when the channels that are left are all combinations of what is left of each factor. */
export function leftFactors(factors: readonly number[], channels: Int32Array): number[] | undefined {
  const strides = factors.map((_, at) => factors.slice(at + 1).reduce((all, size) => all * size, 1))
  const left = factors.map(
    (size, at) =>
      new Set(Array.from(channels, (channel) => Math.floor(channel / (strides[at] as number)) % size)).size,
  )
  return left.reduce((all, size) => all * size, 1) === channels.length ? left : undefined
}

function toGather({ nodes, input, axis, order }: Shuffle, channels: Int32Array): void {
  const [first, turn, last] = nodes
  const position = new Map(Array.from(channels, (channel, at) => [channel, at]))
  const left = order.flatMap((channel) => position.get(channel) ?? [])
  const target = last.input(1) as Value
  const indices = graphOf(last).addInitializer(Tensor.int64(left), `${last.name || 'shuffle'}_order`)
  replaceNode(last, 'Gather', [input, indices], { axis: attribute.int(axis) })
  removeUnused([turn, first, ...coneOf(target)])
  forgetIfUnused(target)
}

function forgetTypes(values: readonly (Value | undefined)[]): void {
  for (const value of values) if (value) value.type = undefined
}
