/** A copy of a model that gives other values than the original does. */
import { OnnxpressError } from '../errors'
import type { Graph, Model, Value } from '../ir'

/**
 * A copy of a model whose outputs are what `pick` names, in that order and each once; the weights are shared.
 * @param pick may also add nodes to the copy's graph and return their outputs
 */
export function withOutputs<M extends Model>(model: M, pick: (graph: Graph) => readonly Value[]): M {
  const copy = model.clone()
  const wanted = new Set(pick(copy.graph))
  dropOutputs(copy.graph)
  for (const value of wanted) copy.graph.addOutput(value)
  return copy
}

/**
 * The value of that name in the main graph.
 * @throws OnnxpressError `BAD_ARGUMENT` when there is none.
 */
export function valueNamed(graph: Graph, name: string): Value {
  const value = graph.own(name)
  if (value) return value
  throw new OnnxpressError('BAD_ARGUMENT', `The model's main graph has no value ${JSON.stringify(name)}`, {
    at: name,
  })
}

/** @internal Leaves a graph without outputs, for others to be added. */
export function dropOutputs(graph: Graph): void {
  for (const value of (graph.outputs as Value[]).splice(0)) value.outputCount--
}
