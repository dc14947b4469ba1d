/**
 * Sizes of axes need no narrower type before they are widened again:
 *
 *     Cast(Slice(Cast(Shape(x), to int32)), to int64)   ->   Cast(Slice(Shape(x)), to int64)
 *
 * with any Slice, Gather, Squeeze, Unsqueeze in between. The two differ only for axes of 2^31 and more elements, whose
 * size int32 cannot hold.
 */
import { type DataType, dataTypeCode, type Node, type Value } from '../../../ir'
import { defineRule, graphOf, type RuleContext, removeUnused } from '../../../rewrite'

interface Found {
  readonly nodes: readonly Node[]
  /** What lies between the two casts. */
  readonly between: readonly Value[]
}

const MOVES = ['Slice', 'Gather', 'Squeeze', 'Unsqueeze', 'Identity']

export const castOfSizes = defineRule<Found>({
  name: 'keep sizes in int64',
  opTypes: ['Cast'],
  match(node) {
    const output = node.output()
    if (node.int('to', 0) !== dataTypeCode('int32') || !output || !isSizes(node.input(0))) return undefined
    const between = readersUpToCasts(output, node)
    return between && { nodes: [node], between }
  },
  rewrite({ nodes: [node], between }, context) {
    if (!node) return
    graphOf(node).replaceUses(node.output() as Value, node.input(0) as Value)
    for (const value of between) retype(value, 'int64', context)
    removeUnused([node])
  },
})

/** Whether a value is the shape of something, or elements of it. */
function isSizes(value: Value | undefined): boolean {
  const producer = value?.producer
  if (producer?.is('Shape', 'Size')) return true
  return !!producer?.is(...MOVES) && isSizes(producer.input(0))
}

/** The values between a value and the casts that end all its ways; undefined where a way ends elsewhere. */
function readersUpToCasts(start: Value, cast: Node): Value[] | undefined {
  const between: Value[] = []
  const open = [start]
  for (let value = open.pop(); value; value = open.pop()) {
    if (value.isGraphOutput || value.uses.length === 0) return undefined
    for (const { node, index } of value.uses) {
      if (node.graph !== cast.graph) return undefined
      if (node.is('Cast')) continue
      const output = node.output()
      if (!node.is(...MOVES) || index !== 0 || !output) return undefined
      between.push(output)
      open.push(output)
    }
  }
  return between
}

function retype(value: Value, dataType: DataType, { types }: RuleContext): void {
  const known = types.typeOf(value)
  if (known?.kind === 'tensor') types.record(value, { ...known, dataType })
  if (value.type?.kind === 'tensor') value.type = { ...value.type, dataType }
}
