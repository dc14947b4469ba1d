/**
 * Nodes that give back what they get:
 *
 *     Identity(x), Dropout(x) at inference, Cast to the type that x has, Transpose in the order that x has,
 *     Reshape, Expand, Slice, Pad, Tile that keep the shape, Concat, Sum, Max, Min, Mean, Split of one
 *                                                                                          ->   x
 */
import { numbersOf, scalarOf } from '../../../analysis'
import { dataTypeCode, type Node, type Value } from '../../../ir'
import { bypass, decline, defineRule, type RuleContext } from '../../../rewrite'
import { isIdentity } from '../layout/permutation'

type Test = (node: Node, x: Value, context: RuleContext) => boolean

const isUnary: Test = (node) => node.inputs.length === 1

const TESTS: Record<string, Test> = {
  Identity: () => true,
  Dropout: isInferenceDropout,
  Cast: (node, x, { types }) => isSameType(node, types.dataTypeOf(x)),
  Transpose: (node) => isIdentity(node.ints('perm', [-1])),
  Concat: isUnary,
  Sum: isUnary,
  Max: isUnary,
  Min: isUnary,
  Mean: isUnary,
  Split: (node) => node.outputs.length === 1,
  Reshape: keepsShape,
  Expand: expandsNothing,
  Tile: (node) => numbersOf(node.input(1))?.every((count) => count === 1) ?? false,
  Pad: padsNothing,
  Slice: slicesNothing,
}

export const noOperation = defineRule<{ nodes: readonly Node[]; x: Value }>({
  name: 'remove no-operation',
  opTypes: Object.keys(TESTS),
  match(node, context) {
    const x = node.input(0)
    return x && TESTS[node.opType]?.(node, x, context) ? { nodes: [node], x } : undefined
  },
  rewrite({ nodes: [node], x }) {
    const reason = bypass(node as Node, x)
    return reason === undefined ? undefined : decline(node as Node, reason)
  },
})

function isInferenceDropout(node: Node, _: Value, { model }: RuleContext): boolean {
  if (node.int('is_test', model.opset < 7 ? 0 : 1) === 0) return false
  const training = node.input(2)
  const mask = node.output(1)
  return (!training || scalarOf(training) === 0) && (!mask || mask.isUnused)
}

function isSameType(node: Node, from: Parameters<typeof dataTypeCode>[0] | undefined): boolean {
  return from !== undefined && node.int('to', 0) === dataTypeCode(from)
}

/** Whether at most one axis differs from what is already there, namely one that Reshape works out itself. */
function keepsShape(node: Node, x: Value, { types }: RuleContext): boolean {
  const target = numbersOf(node.input(1))
  const shape = types.shapeOf(x)
  if (!target || !shape || target.length !== shape.length || node.int('allowzero', 0) !== 0) return false
  const open = target.filter((size, axis) => size !== 0 && size !== shape[axis])
  return open.length === 0 || (open.length === 1 && open[0] === -1)
}

function expandsNothing(node: Node, x: Value, { types }: RuleContext): boolean {
  const target = numbersOf(node.input(1))
  const shape = types.shapeOf(x)
  if (!target || !shape || target.length > shape.length) return false
  const offset = shape.length - target.length
  return target.every((size, axis) => size === 1 || size === shape[axis + offset])
}

function padsNothing(node: Node): boolean {
  const pads = node.ints('pads', undefined) ?? numbersOf(node.input(1))
  return pads?.every((pad) => pad === 0) ?? false
}

function slicesNothing(node: Node, x: Value, { types }: RuleContext): boolean {
  const starts = node.ints('starts', undefined) ?? numbersOf(node.input(1))
  const ends = node.ints('ends', undefined) ?? numbersOf(node.input(2))
  const steps = node.input(4) ? numbersOf(node.input(4)) : []
  const axes =
    node.ints('axes', undefined) ?? (node.input(3) ? numbersOf(node.input(3)) : starts?.map((_, i) => i))
  if (!starts || !ends || !axes || !steps?.every((step) => step === 1)) return false
  const shape = types.shapeOf(x)
  const reaches = (end: number, axis: number) => {
    const size = shape?.at(axis)
    return end >= LARGEST_INT32 || (typeof size === 'number' && end >= size)
  }
  return starts.every((start, i) => start === 0 && reaches(ends[i] as number, axes[i] as number))
}

/** Exporters write this, or the largest int64, for "to the end". */
const LARGEST_INT32 = 2 ** 31 - 1
