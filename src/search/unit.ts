/** The parts of a model that are measured one by one. */
import type { Model, Node } from '../ir'
import { type Keep, keepPredicate } from '../passes/keep'
import { findLayers } from '../passes/layer/layer'

export interface Unit {
  /** Names it in every copy of the model. */
  readonly key: string
  /** For people. */
  readonly name: string
  readonly opType: string
  /** Weights that belong to it. */
  readonly parameters: number
  /** Whether a node, in any copy of the model, belongs to it. */
  has(node: Node): boolean
}

/** Each layer with a constant weight by itself, in execution order. */
export function layerUnits({ graph }: Model, keep?: Keep): Unit[] {
  return findLayers(graph, keepPredicate(keep)).layers.map(({ key, node, weight }) => ({
    key,
    name: node.label,
    opType: node.opType,
    parameters: weight.constant?.size ?? 0,
    has: (other) => other.outputs[0]?.name === key,
  }))
}
