/**
 * Nodes that compute the same from the same become one:
 *
 *     a = f(x) {p};  b = f(x) {p}   ->   a = f(x) {p},   b read as a
 */
import { type Attribute, type Graph, type Node, type Tensor, type Value, withSubgraphs } from '../../ir'
import { bypass, type RuleContext } from '../../rewrite'

/** Operations that differ from run to run; and those of quantization, of which runtimes want one for each reader. */
const NEVER = /^(Random|Multinomial|Bernoulli|Dropout|QuantizeLinear|DequantizeLinear|Constant$)/

/** Constants up to this many bytes are compared by what they hold, larger ones by being the same. */
const SMALL_BYTES = 64

/** Merges equal nodes of a graph and its subgraphs; returns how many went. */
export function mergeCommonSubexpressions(graph: Graph, context: Pick<RuleContext, 'keeps'>): number {
  let merged = 0
  for (const each of [...withSubgraphs(graph)]) merged += mergeIn(each, context)
  return merged
}

function mergeIn(graph: Graph, context: Pick<RuleContext, 'keeps'>): number {
  const ids = new Map<Value, number>()
  const seen = new Map<string, Node>()
  let merged = 0
  for (const node of graph) {
    const key = context.keeps(node) ? undefined : keyOf(node, ids)
    const twin = key === undefined ? undefined : seen.get(key)
    if (twin && mergeInto(twin, node)) merged++
    else if (key !== undefined && !twin) seen.set(key, node)
  }
  return merged
}

function mergeInto(twin: Node, node: Node): boolean {
  // Outputs that only the later node gives would be lost; graph outputs keep their own node.
  const pairs = node.outputs.map((output, index) => [output, twin.output(index), index] as const)
  if (pairs.some(([output, other]) => output && (!other || output.isGraphOutput))) return false
  for (const [output, other, index] of pairs) if (output && other) bypass(node, other, index)
  return true
}

function keyOf(node: Node, ids: Map<Value, number>): string | undefined {
  if (node.domain !== '' || NEVER.test(node.opType) || node.subgraphs.length > 0) return undefined
  const attributes: string[] = []
  for (const [name, attribute] of node.attributes) {
    const text = textOf(attribute)
    if (text === undefined) return undefined
    attributes.push(`${name}=${text}`)
  }
  const inputs = node.inputs.map((input) => (input ? inputKey(input, ids) : ''))
  return JSON.stringify([node.opType, inputs, attributes.sort(), node.outputs.map((output) => !!output)])
}

function inputKey(value: Value, ids: Map<Value, number>): string {
  const { constant } = value
  if (constant && constant.dataType !== 'string' && constant.byteLength <= SMALL_BYTES)
    return tensorText(constant)
  const id = ids.get(value) ?? ids.size
  ids.set(value, id)
  return `#${id}`
}

function tensorText(tensor: Tensor): string {
  return `${tensor.dataType}[${tensor.shape}]${Buffer.from(tensor.bytes).toString('base64')}`
}

function textOf(attribute: Attribute): string | undefined {
  switch (attribute.type) {
    case 'float':
    case 'int':
    case 'floats':
    case 'ints':
      return `${attribute.type}:${attribute.value}`
    case 'string':
      return `string:${Buffer.from(attribute.value).toString('base64')}`
    case 'reference':
      return `reference:${attribute.to}`
    case 'tensor':
      return attribute.value.dataType !== 'string' && attribute.value.byteLength <= SMALL_BYTES
        ? tensorText(attribute.value)
        : undefined
    default:
      return undefined
  }
}
