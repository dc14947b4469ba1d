/** Takes groups of channels out of a graph for good: constants, attributes, shapes and types. */
import { type Graph, type Node, type Tensor, tensorType, type Value } from '../../../../ir'
import { addToBias } from '../../../layer/addToBias'
import { Constants } from './constants'
import type { Kept } from './kept'
import { rewriteNode } from './operators'
import { SizeVectors } from './sizes'

/** What becomes of a layer whose inputs are fewer, in terms of the outputs that it keeps. */
export interface Update {
  /** Its weight, for the inputs that are left. */
  readonly weight?: Tensor
  /** What is added to each output. */
  readonly shift?: Float64Array
}

/** Removes what is not kept, in place. */
export function removeChannels(graph: Graph, kept: Kept, updates: ReadonlyMap<Node, Update>): void {
  const rewriting = { kept, sizes: new SizeVectors(kept.analysis.drawing.sizes) }
  const constants = new Constants(kept)
  const { nodes } = graph
  for (const node of nodes) constants.slice(node)
  for (const node of nodes) if (node.graph) rewriteNode(node, rewriting)
  for (const node of nodes) for (const output of node.outputs) if (output) narrowType(output, kept)
  for (const [node, update] of updates) apply(graph, node, update)
}

/** Sizes that are spelled out become what is left. */
function narrowType(value: Value, kept: Kept): void {
  const channels = kept.value(value)
  const type = value.tensorType
  if (!type?.shape || !channels.some((each) => each)) return
  const shape = type.shape.map((size, axis) =>
    typeof size === 'number' ? (channels[axis]?.length ?? size) : size,
  )
  value.type = { ...type, shape }
}

function apply(graph: Graph, node: Node, { weight, shift }: Update): void {
  const value = node.input(1)
  if (weight && value?.constant) {
    value.initializer = weight.withName(value.name)
    value.type = tensorType(weight.dataType, weight.shape)
  }
  if (shift) addToBias(graph, node, shift)
}
