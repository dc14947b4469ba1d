/** What nobody reads goes: nodes, constants, values, functions. ONNX has no operation with side effects. */
import { allGraphs, functionKey, type Graph, type Model } from '../../ir'
import type { RuleContext } from '../../rewrite'

/** Removes what is not needed for a model's outputs; returns how many nodes and functions went. */
export function removeDeadCode(model: Model, context: Pick<RuleContext, 'keeps'>): number {
  const functions = removeUnusedFunctions(model)
  let removed = functions
  for (const graph of [...allGraphs(model)]) removed += removeDeadNodes(graph, context)
  for (const graph of allGraphs(model)) forgetDeadValues(graph)
  return removed
}

function removeDeadNodes(graph: Graph, context: Pick<RuleContext, 'keeps'>): number {
  let removed = 0
  for (const node of graph.nodes.reverse()) {
    if (context.keeps(node) || node.outputs.some((output) => output && !output.isUnused)) continue
    graph.remove(node)
    removed++
  }
  return removed
}

function forgetDeadValues(graph: Graph): void {
  for (const value of [...graph.values]) {
    if (value.isUnused && !value.isGraphInput && !value.producer) graph.forget(value)
  }
}

/** Functions that neither the graph nor a function that it calls, directly or not, calls. */
function removeUnusedFunctions(model: Model): number {
  const byKey = new Map(model.functions.map((each) => [functionKey(each), each]))
  const called = new Set<string>()
  const open: Graph[] = [model.graph]
  for (let graph = open.pop(); graph; graph = open.pop()) {
    for (const node of graph) {
      open.push(...node.subgraphs)
      const key = functionKey({ domain: node.domain, name: node.opType, overload: node.overload })
      const body = byKey.get(key)?.body
      if (!body || called.has(key)) continue
      called.add(key)
      open.push(body)
    }
  }
  const before = model.functions.length
  model.functions = model.functions.filter((each) => called.has(functionKey(each)))
  return before - model.functions.length
}
