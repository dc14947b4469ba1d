/** What nodes say about channels in attributes and in constants that hold no weights: counts, bounds, indices, shapes. */
import { numbersOf } from '../../../../analysis'
import { fromStart, GROUPS, padsOf, sliceRanges, splitSizes } from '../../../../analysis/channels'
import { attribute, type Node, Tensor } from '../../../../ir'
import { forgetIfUnused, graphOf, setConstant } from '../../../../rewrite'
import { countBefore, type Kept } from './kept'
import { rewriteReshape } from './reshape'
import type { SizeVectors } from './sizes'

export interface Rewriting {
  readonly kept: Kept
  readonly sizes: SizeVectors
}

type Rewrite = (node: Node, rewriting: Rewriting) => void

const REWRITES: Readonly<Record<string, Rewrite>> = {
  Conv: (node, { kept }) => rewriteGroups(node, 'group', kept),
  ConvTranspose: (node, { kept }) => rewriteGroups(node, 'group', kept),
  GroupNormalization: (node, { kept }) => rewriteGroups(node, 'num_groups', kept),
  Split: rewriteSplit,
  Slice: rewriteSlice,
  Gather: rewriteGather,
  Pad: rewritePad,
  Reshape: rewriteReshape,
  Expand: (node, rewriting) => rewriteTarget(node, 1, rewriting),
  Resize: (node, rewriting) => rewriteTarget(node, 3, rewriting),
}

/** Rewrites a node for the channels that are kept. Its constants that hold weights are not touched. */
export function rewriteNode(node: Node, rewriting: Rewriting): void {
  if (node.domain === '') REWRITES[node.opType]?.(node, rewriting)
}

function rewriteGroups(node: Node, name: string, kept: Kept): void {
  const groups = kept.virtual(node, GROUPS)
  if (groups) node.setAttribute(name, attribute.int(groups.length))
}

function rewriteSplit(node: Node, { kept }: Rewriting): void {
  const x = node.input(0)
  const axis = fromStart(node.int('axis', 0), kept.value(x).length)
  if (!kept.value(x)[axis]) return
  const before = splitSizes(node, kept.sizeBefore(x, axis)) ?? []
  const sizes = node.outputs.map((output, index) => kept.value(output)[axis]?.length ?? before[index] ?? 0)
  node.removeAttribute('num_outputs')
  const isAttribute = node.attributes.has('split') || kept.analysis.drawing.opset < SPLIT_INPUT
  if (isAttribute) node.setAttribute('split', attribute.ints(sizes))
  else setInput(node, 1, Tensor.int64(sizes), 'split')
}

function rewriteSlice(node: Node, { kept }: Rewriting): void {
  const x = node.input(0)
  const before = kept.value(x).map((_, axis) => kept.sizeBefore(x, axis))
  const ranges = sliceRanges(node, before) ?? []
  const channels = ranges.map(({ axis }) => kept.value(x)[axis])
  if (!channels.some((each) => each)) return
  const starts = node.ints('starts', undefined) ?? numbersOf(node.input(1)) ?? []
  const ends = node.ints('ends', undefined) ?? numbersOf(node.input(2)) ?? []
  const bound = (given: number, at: number, of: 'start' | 'end') =>
    channels[at] ? countBefore(channels[at], ranges[at]?.[of] ?? 0) : given
  setInts(
    node,
    { name: 'starts', index: 1 },
    starts.map((given, at) => bound(given, at, 'start')),
  )
  setInts(
    node,
    { name: 'ends', index: 2 },
    ends.map((given, at) => bound(given, at, 'end')),
  )
}

/** Indices of channels that are gone have gone with their own axis; the others are counted anew. */
function rewriteGather(node: Node, { kept }: Rewriting): void {
  const indices = node.input(1)?.constant
  const places = kept.input(node, 0)
  const axis = fromStart(node.int('axis', 0), places.length)
  const channels = places[axis]
  if (!channels || !indices) return
  const size = kept.sizeBefore(node.input(0), axis) ?? 0
  const numbers = indices.toNumbers().map((index) => countBefore(channels, fromStart(index, size)))
  setConstant(node, 1, sameType(indices, numbers), 'indices')
}

function sameType({ dataType, shape }: Tensor, numbers: readonly number[]): Tensor {
  if (dataType === 'int32') return Tensor.from('int32', shape, Int32Array.from(numbers))
  return Tensor.int64(numbers, shape)
}

function rewritePad(node: Node, { kept }: Rewriting): void {
  const [x, y] = [kept.value(node.input(0)), kept.value(node.output())]
  const pads = padsOf(node, x.length)
  if (!pads || !y.some((channels) => channels)) return
  const changed = pads.map(([before, after], axis) => {
    const channels = y[axis]
    if (!channels || before + after === 0) return [before, after]
    const size = kept.sizeBefore(node.input(0), axis) ?? 0
    const [first, end] = [countBefore(channels, before), countBefore(channels, before + size)]
    return [first, channels.length - end]
  })
  const axes = node.input(3)
  node.setInput(3, undefined)
  forgetIfUnused(axes)
  setInts(node, { name: 'pads', index: 1 }, [
    ...changed.map(([before = 0]) => before),
    ...changed.map(([, after = 0]) => after),
  ])
}

/** Sizes that are spelled out; 1 in Expand leaves an axis as it is. */
function rewriteTarget(node: Node, index: number, { kept, sizes }: Rewriting): void {
  const y = node.output()
  const target = kept.analysis.drawing.sizes.of(node.input(index)) ?? []
  const axes = node.ints('axes', undefined)
  const rank = kept.value(y).length
  const changes = new Map<number, number>()
  for (const [at, element] of target.entries()) {
    const axis = axes ? fromStart(axes[at] ?? 0, rank) : at + rank - target.length
    const channels = kept.value(y)[axis]
    if (channels && element.kind === 'literal' && element.number !== 1) changes.set(at, channels.length)
  }
  sizes.change(node, index, changes)
}

/** Numbers that older operator sets have as an attribute and newer ones as an input. */
function setInts(
  node: Node,
  { name, index }: { name: string; index: number },
  numbers: readonly number[],
): void {
  if (node.attributes.has(name)) node.setAttribute(name, attribute.ints(numbers))
  else setInput(node, index, Tensor.int64(numbers), name)
}

function setInput(node: Node, index: number, tensor: Tensor, name: string): void {
  if (node.input(index)) setConstant(node, index, tensor, name)
  else node.setInput(index, graphOf(node).addInitializer(tensor, name))
}

/** The operator set that made sizes an input of Split. */
const SPLIT_INPUT = 13
