/**
 * A choice that is already made:
 *
 *     y = If(true) {then_branch: b = f(x); else_branch: …}   ->   y = f(x)
 */
import { scalarOf } from '../../../analysis'
import { cloneAttribute, type Graph, type Node, type Value } from '../../../ir'
import { decline, defineRule, graphOf } from '../../../rewrite'

interface Found {
  readonly nodes: readonly Node[]
  readonly branch: Graph
}

export const inlineIf = defineRule<Found>({
  name: 'inline If',
  opTypes: ['If'],
  match(node) {
    const condition = scalarOf(node.input(0))
    const branch =
      condition === undefined
        ? undefined
        : node.attributeOf(condition ? 'then_branch' : 'else_branch', 'graph')
    if (!branch) return undefined
    if (branch.outputs.length < node.outputs.length) return decline(node, 'the branch has too few outputs')
    return { nodes: [node], branch }
  },
  rewrite({ nodes: [node], branch }) {
    if (!node) return
    const graph = graphOf(node)
    const values = new Map<Value, Value>()
    for (const value of branch.values)
      if (value.initializer) values.set(value, graph.addInitializer(value.initializer, value.name))
    for (const inner of branch) copyBefore(node, inner, values)
    const outputs = [...node.outputs]
    outputs.forEach((output, index) => {
      node.setOutput(index, undefined)
      const source = branch.outputs[index]
      if (output && source)
        graph.add('Identity', [values.get(source) ?? source], { outputs: [output], before: node })
    })
    graph.remove(node)
  },
})

function copyBefore(node: Node, inner: Node, values: Map<Value, Value>): void {
  const graph = graphOf(node)
  const outputs = inner.outputs.map((output) => {
    const copy = output && graph.createValue(output.name, output.type)
    if (output && copy) values.set(output, copy)
    return copy
  })
  const { opType, domain, overload, name } = inner
  const attributes = Object.fromEntries(
    [...inner.attributes].map(([key, attribute]) => [key, cloneAttribute(attribute, graph, values)]),
  )
  const inputs = inner.inputs.map((input) => input && (values.get(input) ?? input))
  graph.add(opType, inputs, { outputs, attributes, domain, overload, name, before: node })
}
