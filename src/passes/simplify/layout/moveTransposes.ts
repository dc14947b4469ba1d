/**
 * Transposes on both sides of what works on elements, whatever their order, go:
 *
 *     Transpose(Relu(Transpose(x) {perm=0,2,3,1}) · c) {perm=0,3,1,2}   ->   Relu(x) · c
 *
 * All nodes that hang together so are moved at once, where fewer Transposes are left then. This is what converters from
 * frameworks leave that have channels last.
 */
import { attribute, type Graph, type Node, type Value, type ValueType } from '../../../ir'
import { bypass, defineRule, graphOf, type RuleContext, removeUnused } from '../../../rewrite'
import { inverse, isIdentity, type Permutation, permuted } from './permutation'
import { Region, transposeOf } from './region'
import { transposed } from './transposed'

interface Found {
  readonly nodes: readonly Node[]
  readonly region: Region
}

export const moveTransposes = defineRule<Found>({
  name: 'move Transposes',
  opTypes: ['Transpose'],
  match(node, context) {
    const [perm, output] = [transposeOf(node), node.output()]
    if (!perm || !output || isIdentity(perm)) return undefined
    const graph = graphOf(node)
    const known = stayingIn(graph, inverse(perm))
    if (known.has(output)) return undefined
    const region = new Region(graph, inverse(perm), context, output)
    if (region.nodes.size > 0 && region.cost < 0) return { nodes: [node, ...region.nodes.keys()], region }
    for (const value of region.read) known.add(value)
    return undefined
  },
  rewrite({ region }, context) {
    for (const value of region.read) readMoved(region, value, context)
    for (const movable of region.nodes.values()) movable.move()
    for (const value of region.made) makeMoved(region, value, context)
  },
})

interface Staying {
  /** How many nodes the graph had. */
  readonly nodes: number
  readonly byOrder: Map<string, Set<Value>>
}

const staying = new WeakMap<Graph, Staying>()

/**
 * Values that were looked at for that order to no avail: all Transposes around a region would find the same. Forgotten
 * once the graph has another number of nodes.
 */
function stayingIn(graph: Graph, order: Permutation): Set<Value> {
  const nodes = graph.nodeCount
  const before = staying.get(graph)
  const { byOrder } = before?.nodes === nodes ? before : { byOrder: new Map<string, Set<Value>>() }
  if (before?.byOrder !== byOrder) staying.set(graph, { nodes, byOrder })
  const values = byOrder.get(`${order}`) ?? new Set()
  byOrder.set(`${order}`, values)
  return values
}

/** Lets the region read a value of others with its axes in the new order. */
function readMoved(region: Region, value: Value, context: RuleContext): void {
  const { order } = region
  const { producer } = value
  const source = region.sourceOf(value)
  const whole = source ?? { of: value, order }
  const moved = isIdentity(whole.order) ? whole.of : transposed(region.graph, whole.of, whole.order, value)
  if (moved !== whole.of) retype(moved, permutedType(context.types.typeOf(value), order), context)
  const outside = new Set(region.outside(value))
  for (const use of value.uses) if (!outside.has(use)) use.node.setInput(use.index, moved)
  if (producer && source) removeUnused([producer])
}

/** Gives a value that the region makes to others with its axes in the old order. */
function makeMoved(region: Region, value: Value, context: RuleContext): void {
  const outside = region.outside(value)
  const type = context.types.typeOf(value)
  const moved = value.isGraphOutput ? besideOutput(region, value) : value
  retype(moved, permutedType(type, region.order), context)
  const others = outside.filter(({ node }) => !reorder(region, node, moved))
  if (others.length === 0) return
  const old = value.isGraphOutput ? value : transposed(region.graph, moved, inverse(region.order))
  if (old !== value) retype(old, type, context)
  for (const { node, index } of others) node.setInput(index, old)
}

/** Changes a Transpose that reads a moved value, or does without; says whether it is one. */
function reorder(region: Region, node: Node, moved: Value): boolean {
  const order = region.orderBehind(node)
  if (!order) return false
  node.setInput(0, moved)
  if (!isIdentity(order) || bypass(node, moved) !== undefined)
    node.setAttribute('perm', attribute.ints(order))
  return true
}

/** A new value in place of one that callers read, which is made of it. All others read the new one. */
function besideOutput(region: Region, value: Value): Value {
  const producer = value.producer as Node
  const moved = region.graph.createValue(value.name)
  for (const { node, index } of value.uses) node.setInput(index, moved)
  producer.setOutput(producer.outputs.indexOf(value), moved)
  const perm = attribute.ints(inverse(region.order))
  region.graph.add('Transpose', [moved], { attributes: { perm }, outputs: [value], before: producer.next })
  return moved
}

function permutedType(type: ValueType | undefined, order: Permutation): ValueType | undefined {
  if (type?.kind !== 'tensor' || !type.shape) return type
  const { axisDenotations, ...rest } = type
  return {
    ...rest,
    shape: permuted(order, type.shape),
    ...(axisDenotations && { axisDenotations: permuted(order, axisDenotations) }),
  }
}

/** What the file says of a value, where it says something, and what is known of it. */
function retype(value: Value, type: ValueType | undefined, { types }: RuleContext): void {
  if (value.type) value.type = type
  types.record(value, type)
}
