import type { Attribute } from './attribute'
import type { Graph } from './graph'
import type { Model } from './model'
import type { Node } from './node'
import type { Tensor } from './tensor'
import type { Value } from './value'
import { formatType } from './valueType'

/** Constants of at most this many elements are printed with their elements. */
const PRINTED_ELEMENTS = 8

/**
 * A model as text, for people and snapshots:
 *
 *     opset 21
 *     main(x: float32[batch,3]) -> (y: float32[batch,2])
 *       w: float32[3,2] = ...
 *       y = MatMul(x, w)
 */
export function printModel(model: Model): string {
  const opsets = [...model.opsetImports].map(([domain, version]) =>
    domain ? `${domain} ${version}` : `opset ${version}`,
  )
  const functions = model.functions.map((each) =>
    printGraph(each.body, `function ${safeName(each.domain)}.${safeName(each.name)}`),
  )
  return `${[opsets.join(', '), printGraph(model.graph), ...functions].join('\n')}\n`
}

/** A graph as text, its subgraphs indented below their nodes. */
export function printGraph(graph: Graph, title = safeName(graph.name) || 'graph', indent = ''): string {
  const inputs = graph.inputs.map((value) => `${safeName(value.name)}: ${formatType(value.type)}`)
  const outputs = graph.outputs.map((value) => `${safeName(value.name)}: ${formatType(value.type)}`)
  const lines = [`${indent}${title}(${inputs.join(', ')}) -> (${outputs.join(', ')})`]
  for (const value of graph.values) {
    if (value.initializer) lines.push(`${indent}  ${safeName(value.name)}: ${printTensor(value.initializer)}`)
    if (value.sparseInitializer)
      lines.push(`${indent}  ${safeName(value.name)}: sparse [${value.sparseInitializer.shape}]`)
  }
  for (const node of graph) lines.push(...printNode(node, `${indent}  `))
  return lines.join('\n')
}

function printNode(node: Node, indent: string): string[] {
  const outputs = node.outputs.map(nameOf).join(', ')
  const kept = [...node.attributes].filter(([, each]) => each.type !== 'graph' && each.type !== 'graphs')
  const attributes = kept.map(([name, each]) => `${safeName(name)}=${printAttribute(each)}`).sort()
  const call = `${node.domain ? `${safeName(node.domain)}.` : ''}${safeName(node.opType)}`
  const inner = [...node.attributes].flatMap(([name, each]) =>
    (each.type === 'graph' ? [each.value] : each.type === 'graphs' ? each.value : []).map((graph) =>
      printGraph(graph, `${safeName(name)}: ${safeName(graph.name)}`, `${indent}  `),
    ),
  )
  const suffix = attributes.length > 0 ? ` {${attributes.join(', ')}}` : ''
  return [`${indent}${outputs} = ${call}(${node.inputs.map(nameOf).join(', ')})${suffix}`, ...inner]
}

function nameOf(value: Value | undefined): string {
  return value ? safeName(value.name) : '_'
}

function printAttribute(attribute: Attribute): string {
  switch (attribute.type) {
    case 'reference':
      return `@${safeName(attribute.to)}`
    case 'string':
      return typeof attribute.value === 'string'
        ? JSON.stringify(attribute.value)
        : `${attribute.value.length} bytes`
    case 'tensor':
      return printTensor(attribute.value)
    case 'floats':
    case 'ints':
      return `[${attribute.value.slice(0, 16).join(',')}${attribute.value.length > 16 ? ',...' : ''}]`
    case 'float':
    case 'int':
      return String(attribute.value)
    default:
      return `<${attribute.type}>`
  }
}

function printTensor(tensor: Tensor): string {
  return `${tensor.dataType}[${tensor.shape.join(',')}] = ${printElements(tensor)}`
}

function printElements(tensor: Tensor): string {
  if (tensor.size > PRINTED_ELEMENTS) return '...'
  if (tensor.dataType === 'string') return `[${tensor.strings.map((text) => JSON.stringify(text)).join(',')}]`
  return `[${Array.from(tensor.elements as ArrayLike<number | bigint>).join(',')}]`
}

/** A name as it is where it is a plain word, else quoted with control characters escaped. */
function safeName(name: string): string {
  return name === '' || /^[\w./:@-]+$/.test(name) ? name : JSON.stringify(name)
}
