/** The sketches of all nodes of a graph, and what its borders keep. */
import { bitsPerElement, type Graph, type Node, type Value } from '../../ir'
import { SizeElements } from '../sizeElements'
import type { TypeView } from '../types'
import { Places } from './place'
import type { Pin } from './relations'
import { rules } from './rules'
import { Sketch, type Surroundings } from './sketch'

export interface DrawingOptions {
  readonly types: TypeView
  readonly opset: number
  /** Nodes whose outputs keep all channels. */
  readonly keeps?: (node: Node) => boolean
}

export interface Drawing {
  readonly graph: Graph
  readonly opset: number
  readonly places: Places
  readonly sizes: SizeElements
  /** In execution order. */
  readonly sketches: readonly Sketch[]
  /** What the graph keeps besides what its nodes say. */
  readonly borders: readonly Pin[]
  isWeight(value: Value): boolean
}

/** Broadcasting became what it is now in opset 7; of older models nothing is understood. */
export const SMALLEST_OPSET = 7

/** Inputs whose numbers are sizes, which the rules of these operators understand. */
const READS_SIZES: Readonly<Record<string, number>> = { Reshape: 1, Expand: 1, Resize: 3 }

export function draw(graph: Graph, { types, opset, keeps = () => false }: DrawingOptions): Drawing {
  const places = new Places(types)
  const sizes = new SizeElements((value) => places.of(value)?.map((place) => place.size), {
    graph,
    hasComputed: true,
  })
  const isWeight = weightsOf(graph)
  const around: Surroundings = { places, sizes, opset, isWeight }
  const sketches = graph.nodes.map((node) => drawNode(node, around, keeps))
  const borders = [...borderPins(graph, places), ...graph.nodes.flatMap((node) => sizePins(node, around))]
  return { graph, opset, places, sizes, sketches, borders, isWeight }
}

function drawNode(node: Node, around: Surroundings, keeps: (node: Node) => boolean): Sketch {
  const sketch = new Sketch(node, around)
  const reason = whyUnknown(node, around.opset) ?? rules.get(node.opType)?.(sketch)
  if (reason) sketch.pinAll(reason)
  else sketch.finish(`${node.opType} works along these channels`)
  if (keeps(node)) sketch.pinOutputs('kept as asked')
  for (const [index, input] of node.inputs.entries())
    if (input?.constant && bitsPerElement(input.constant.dataType) < 8)
      sketch.pin('they are packed into bytes', ...(sketch.input(index) ?? []))
  return sketch
}

function whyUnknown({ domain, opType }: Node, opset: number): string | undefined {
  if (opset < SMALLEST_OPSET) return `opset ${opset} is not understood`
  return domain === '' && rules.has(opType) ? undefined : `${opType} is not understood`
}

/** Whether a value is a constant or made of constants alone. */
function weightsOf(graph: Graph): (value: Value) => boolean {
  const made = new Set<Value>()
  const isWeight = (value: Value) => value.constant !== undefined || made.has(value)
  for (const node of graph) {
    const inputs = node.inputs.filter((input) => input !== undefined)
    const isMade = inputs.length > 0 && node.subgraphs.length === 0 && inputs.every(isWeight)
    for (const output of isMade ? node.outputs : []) if (output) made.add(output)
  }
  return isWeight
}

/** The signature of a graph stays, and what graphs around and inside it share with it. */
function borderPins(graph: Graph, places: Places): Pin[] {
  const pins: Pin[] = []
  const pin = (value: Value, reason: string) => {
    for (const place of places.of(value) ?? []) pins.push({ place, reason })
  }
  for (const value of graph.inputs) pin(value, 'they are an input of the graph')
  for (const value of graph.outputs) pin(value, 'they are an output of the graph')
  for (const value of valuesOf(graph)) {
    if (value.uses.some(({ node }) => node.graph !== graph)) pin(value, 'another graph reads them too')
    if (value.graph !== graph && !value.constant) pin(value, 'they come from the graph around')
    if (value.sparseInitializer) pin(value, 'they are stored as a sparse tensor')
  }
  return pins
}

function valuesOf(graph: Graph): Set<Value> {
  return new Set([
    ...graph.values,
    ...graph.nodes.flatMap((node) => node.inputs.filter((input) => input !== undefined)),
  ])
}

/** Axes whose sizes a node computes with in a way that is not understood. */
function sizePins(node: Node, { places, sizes }: Surroundings): Pin[] {
  const reason = `${node.opType} computes with their number`
  const pins = (value: Value | undefined) =>
    (sizes.of(value) ?? []).flatMap((element) => {
      const place = element.kind === 'axis' ? places.of(element.of)?.[element.axis] : undefined
      return place ? [{ place, reason }] : []
    })
  if (sizes.handsOn(node)) return isSeenOutside(node.output()) ? pins(node.output()) : []
  const understood = node.domain === '' ? READS_SIZES[node.opType] : undefined
  return node.inputs.flatMap((input, index) => (index === understood ? [] : pins(input)))
}

function isSeenOutside(value: Value | undefined): boolean {
  return (
    value !== undefined && (value.isGraphOutput || value.uses.some(({ node }) => node.graph !== value.graph))
  )
}
