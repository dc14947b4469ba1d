import { OnnxpressError } from '../errors'
import { functionKey, type ModelFunction } from '../ir/function'
import type { Graph } from '../ir/graph'
import type { Model } from '../ir/model'
import { allNodes } from '../ir/traverse'
import { BOMB_RATIO, type Limits } from './limits'

/** Below this many nodes no ratio is worth worrying about. */
const HARMLESS_NODES = 10_000

/**
 * Counts what runtimes get when they expand every call of a function, without expanding anything: a kilobyte of
 * functions that call each other twice stands for millions of nodes.
 * @throws OnnxpressError `BAD_MODEL` when functions call themselves, `LIMIT_EXCEEDED` when the count passes the limit.
 */
export function checkExpansion(model: Model, limits: Limits): void {
  if (model.functions.length === 0) return
  const functions = new Map(model.functions.map((each) => [functionKey(each), each]))
  const calls = new Map(model.functions.map((each) => [each, callsIn(each.body, functions)]))
  const sizes = new Map<ModelFunction, number>()
  for (const each of model.functions) measure(each, calls, sizes)
  const main = callsIn(model.graph, functions)
  const present = [main, ...calls.values()].reduce((sum, { nodes }) => sum + nodes, 0)
  const expanded = Math.max(expand(main, sizes), ...sizes.values())
  const limit = Math.min(limits.expandedNodes, Math.max(HARMLESS_NODES, present * BOMB_RATIO))
  if (expanded <= limit) return
  throw new OnnxpressError(
    'LIMIT_EXCEEDED',
    `Expected at most ${limit} nodes once functions are expanded, found ${expanded} from ${present} in the file; ` +
      'raise limits.expandedNodes if the file can be trusted',
  )
}

/** Nodes of a body, and which functions it calls. */
interface Calls {
  readonly nodes: number
  readonly to: readonly ModelFunction[]
}

function callsIn(graph: Graph, functions: ReadonlyMap<string, ModelFunction>): Calls {
  const to: ModelFunction[] = []
  let nodes = 0
  for (const node of allNodes(graph)) {
    nodes++
    const called = functions.get(
      functionKey({ domain: node.domain, name: node.opType, overload: node.overload }),
    )
    if (called) to.push(called)
  }
  return { nodes, to }
}

/** Numbers saturate at infinity, which no limit allows. */
function expand(calls: Calls, sizes: ReadonlyMap<ModelFunction, number>): number {
  return calls.to.reduce((sum, called) => sum + (sizes.get(called) ?? 0), calls.nodes)
}

/** Sizes of a function and those it calls, the called ones first; without recursion, as chains may be long. */
function measure(
  start: ModelFunction,
  calls: ReadonlyMap<ModelFunction, Calls>,
  sizes: Map<ModelFunction, number>,
): void {
  const path = [{ each: start, next: 0 }]
  const onPath = new Set([start])
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const body = calls.get(top.each) as Calls
    const called = sizes.has(top.each) ? undefined : body.to[top.next++]
    if (!called) {
      if (!sizes.has(top.each)) sizes.set(top.each, expand(body, sizes))
      onPath.delete(top.each)
      path.pop()
    } else if (onPath.has(called)) throw recursive(called)
    else if (!sizes.has(called)) {
      onPath.add(called)
      path.push({ each: called, next: 0 })
    }
  }
}

function recursive({ domain, name }: ModelFunction): OnnxpressError {
  const at = `${domain}.${name}`
  return new OnnxpressError(
    'BAD_MODEL',
    `Expected functions without recursion, found ${JSON.stringify(at)} calling itself`,
    { at },
  )
}
