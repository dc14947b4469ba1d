import { OnnxpressError } from '../../errors'
import { attribute } from '../../ir/attribute'
import type { Graph } from '../../ir/graph'
import type { Node } from '../../ir/node'
import type { Tensor } from '../../ir/tensor'
import { allNodes } from '../../ir/traverse'
import type { Value } from '../../ir/value'
import type { Step } from './adapter'
import { adapterFor } from './adapters/adapters'
import { graphOf, insert } from './edit'
import { Facts } from './facts'
import { REMOVED_AT, versionsOf } from './versions'

/** What is upgraded, and from where to where. */
export interface Scope {
  readonly opset: number
  readonly target: number
  /** Whether the graph is the body of a function, which holds no initializers. */
  readonly isFunction: boolean
  /** Keys of the model's functions: calls of those are nobody's operators. */
  readonly calls: ReadonlySet<string>
  /** Takes the nodes that have no equal at the target. */
  readonly refused: { at: string; reason: string }[]
}

/** Takes a graph and its subgraphs through the opsets one by one; returns how many nodes were rewritten. */
export function upgradeGraph(graph: Graph, scope: Scope): number {
  const touched = new Set<Node>()
  let nodes = onnxNodes(graph, scope)
  for (const node of nodes) {
    const reason = unknownReason(node, scope.opset)
    if (reason) scope.refused.push({ at: node.label, reason })
  }
  const enlarging = new Set<Node>()
  for (let version = scope.opset + 1; version <= scope.target; version++) {
    const due = dueAt(version, nodes)
    if (due.length === 0) continue
    const step: Step = {
      facts: new Facts(graph),
      enlarging,
      constant: scope.isFunction ? asNode : asInitializer,
    }
    for (const node of due) {
      touched.add(node)
      const reason = adaptNode(node, version, step)
      if (reason) scope.refused.push({ at: node.label, reason })
    }
    nodes = onnxNodes(graph, scope)
  }
  return touched.size
}

function onnxNodes(graph: Graph, scope: Scope): Node[] {
  return [...allNodes(graph)].filter((node) => node.domain === '' && !scope.calls.has(callKey(node)))
}

function callKey(node: Node): string {
  return `${node.domain}:${node.opType}:${node.overload}`
}

/** Why an operator cannot be read at an opset: nobody knows it, it came later, or it had left by then. */
function unknownReason({ opType }: Node, opset: number): string | undefined {
  const first = versionsOf(opType)?.[0]
  if (!first) return `${opType} is no operator of ONNX that this version knows`
  if (first.since > opset) return `${opType} came with opset ${first.since}, and the model imports ${opset}`
  const removed = REMOVED_AT[opType]
  return removed && opset >= removed ? `${opType} left ONNX with opset ${removed}` : undefined
}

/** The nodes whose operators change with a version; the table is asked once for each type. */
function dueAt(version: number, nodes: readonly Node[]): readonly Node[] {
  const types = new Set(nodes.map(({ opType }) => opType))
  const due = new Set([...types].filter((opType) => isDue(opType, version)))
  return due.size === 0 ? [] : nodes.filter(({ opType }) => due.has(opType))
}

function isDue(opType: string, version: number): boolean {
  return versionsOf(opType)?.some(({ since, adapt }) => adapt && since === version) ?? false
}

function adaptNode(node: Node, version: number, step: Step): string | undefined {
  const adapt = adapterFor(node.opType, version)
  if (!adapt) return `${node.opType} changed with opset ${version} in a way that this version cannot follow`
  const open = [...node.attributes].find(([, each]) => each.type === 'reference')
  if (open) return `its attribute ${JSON.stringify(open[0])} is known only where the function is called`
  try {
    const reason = adapt(node, step)
    return reason && `${reason} (opset ${version})`
  } catch (error) {
    // A malformed attribute is a reason like any other.
    if (error instanceof OnnxpressError) return error.message
    throw error
  }
}

function asInitializer(node: Node, role: string, tensor: Tensor): Value {
  return graphOf(node).addInitializer(tensor, constantName(node, role))
}

function asNode(node: Node, _role: string, tensor: Tensor): Value {
  return insert(node, 'Constant', [], { value: attribute.tensor(tensor) })
}

function constantName(node: Node, role: string): string {
  return `${node.outputs[0]?.name || node.opType}_${role}`
}
