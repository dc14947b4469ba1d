/**
 * Multiply-accumulates of nodes for one sample: from their types, a batch of unknown size counting as one, and where
 * other sizes depend on what is fed, from how many elements the samples make.
 */
import { multiplyAccumulates, TypeView } from '../../../analysis'
import { type Dimension, type Graph, type Node, tensorType, type Value } from '../../../ir'
import type { PassContext } from '../../pass'
import type { MacsOf } from './costs'

const PRODUCTS = ['Conv', 'ConvTranspose', 'MatMul', 'Gemm']

export interface KnownMacs {
  readonly macsOf: MacsOf
  /** Nodes of which it is not known. */
  readonly unknown: readonly Node[]
}

export async function knownMacs(
  context: PassContext,
  types: TypeView,
  graphs: readonly Graph[],
): Promise<KnownMacs> {
  const nodes = graphs.flatMap((graph) => graph.nodes.filter((node) => node.is(...PRODUCTS)))
  const single = ofOneBatch(types, nodes)
  const known = new Map<Node, number>()
  for (const node of nodes) {
    const count = multiplyAccumulates(node, single)
    if (count !== undefined) known.set(node, count)
  }
  const open = nodes.filter((node) => !known.has(node) && node.graph === context.graph)
  if (open.length > 0 && context.sampleCount > 0) await addSampled(context, single, open, known)
  return { macsOf: (node) => known.get(node), unknown: nodes.filter((node) => !known.has(node)) }
}

/** The types of what nodes read and make, for a batch of one. */
function ofOneBatch(types: TypeView, nodes: readonly Node[]): TypeView {
  const single = new TypeView()
  const bound = (size: Dimension, axis: number) => (axis === 0 && typeof size !== 'number' ? 1 : size)
  for (const value of new Set(nodes.flatMap((node) => [...node.inputs, ...node.outputs]))) {
    const shape = value && types.shapeOf(value)
    if (value && shape)
      single.record(value, tensorType(types.dataTypeOf(value) ?? 'float32', shape.map(bound)))
  }
  return single
}

/** From the number of elements that nodes read and make in a sample. */
async function addSampled(
  { model, runtime, sampleCount }: PassContext,
  types: TypeView,
  nodes: readonly Node[],
  known: Map<Node, number>,
): Promise<void> {
  const values = new Set(nodes.flatMap(({ inputs, outputs }) => [inputs[0], outputs[0]]))
  const named = [...values].flatMap((value) => (value && !value.constant ? [{ value: value.name }] : []))
  const statistics = await runtime.collect(model, named)
  const elementsOf = (value: Value | undefined) => {
    const elements = value && statistics.of(value.name)?.elements
    return elements === undefined ? (value?.constant?.size ?? 0) : elements / sampleCount
  }
  for (const node of nodes) {
    const count = fromElements(node, types, elementsOf)
    if (count !== undefined) known.set(node, count)
  }
}

function fromElements(
  node: Node,
  types: TypeView,
  elementsOf: (value: Value | undefined) => number,
): number | undefined {
  const [x, weight, y] = [node.input(0), node.input(1), node.output()]
  const shape = weight && types.shapeOf(weight)
  if (node.is('Conv', 'ConvTranspose')) {
    const perElement = shape?.slice(1).reduce<number>((all, size) => all * Number(size), 1)
    return perElement && perElement * elementsOf(node.is('Conv') ? y : x)
  }
  const summed = x && types.shapeOf(x)?.at(-1)
  if (typeof summed === 'number') return summed * elementsOf(y)
  const outputs = shape?.at(-1)
  // [m, k] · [k, n]: m·k·n from the m·k elements of the first.
  return typeof outputs === 'number' ? outputs * elementsOf(x) : undefined
}
