import { OnnxpressError } from '../errors'
import { functionKey } from './function'
import type { Graph } from './graph'
import type { Model } from './model'
import type { Node } from './node'
import type { Value } from './value'

/** Checks a whole model; see {@link Model.verify}. */
export function verifyModel(model: Model): void {
  verifyGraph(model.graph)
  const seen = new Set<string>()
  for (const each of model.functions) {
    const key = functionKey(each)
    if (seen.has(key)) throw broken(`Two functions are called ${key}`, key)
    seen.add(key)
    verifyGraph(each.body)
  }
}

/** The values that exist when a node runs: those of its graph so far, and of the graphs around it. */
class Scope {
  private readonly values = new Set<Value>()

  constructor(private readonly outer: Scope | undefined) {}

  add(value: Value): void {
    this.values.add(value)
  }

  has(value: Value): boolean {
    return this.values.has(value) || (this.outer?.has(value) ?? false)
  }
}

function verifyGraph(graph: Graph, outer?: Scope): void {
  const ready = new Scope(outer)
  for (const input of graph.inputs) ready.add(input)
  for (const value of graph.values) verifyValue(value, graph, ready)
  for (const node of graph) verifyNode(node, graph, ready)
  for (const output of graph.outputs) {
    if (!ready.has(output)) throw broken(`Graph output ${quote(output)} is never made`, output.name)
  }
}

function verifyValue(value: Value, graph: Graph, ready: Scope): void {
  if (value.graph !== graph || graph.own(value.name) !== value)
    throw broken(`Value ${quote(value)} is filed wrongly`, value.name)
  const constant = value.initializer ?? value.sparseInitializer
  if (!constant) return
  if (value.producer)
    throw broken(`Value ${quote(value)} is made by a node and by an initializer`, value.name)
  if (value.initializer && value.initializer.name !== value.name)
    throw broken(`Initializer of ${quote(value)} has another name`, value.name)
  ready.add(value)
}

function verifyNode(node: Node, graph: Graph, ready: Scope): void {
  if (node.graph !== graph) throw broken(`Node ${node.label} is filed wrongly`, node.label)
  node.inputs.forEach((input, index) => {
    if (!input) return
    if (!ready.has(input))
      throw broken(`Node ${node.label} reads ${quote(input)} before it is made`, node.label)
    if (!node.isKnownTo(input, index)) {
      throw broken(`Value ${quote(input)} does not know that ${node.label} reads it`, node.label)
    }
  })
  for (const inner of node.subgraphs) {
    if (inner.parentNode !== node)
      throw broken(`A subgraph of ${node.label} does not know its node`, node.label)
    verifyGraph(inner, ready)
  }
  for (const output of node.outputs) {
    if (!output) continue
    if (output.producer !== node)
      throw broken(`Value ${quote(output)} does not know that ${node.label} makes it`, node.label)
    if (ready.has(output)) throw broken(`Value ${quote(output)} is made twice`, node.label)
    ready.add(output)
  }
}

function quote(value: Value): string {
  return JSON.stringify(value.name)
}

function broken(message: string, at: string): OnnxpressError {
  return new OnnxpressError('INVALID_GRAPH', message, { at })
}
