/**
 * Constants written as nodes become initializers, which passes and runtimes look for:
 *
 *     w = Constant() {value=…}   ->   w: initializer
 */
import { nodeBytes, tensorBytes } from '../../../analysis'
import { type Node, type SparseTensor, Tensor, type Value } from '../../../ir'
import { type Decline, decline, defineRule, graphOf } from '../../../rewrite'
import { densify } from '../densify'

export const constantNode = defineRule<{ nodes: readonly Node[] }>({
  name: 'Constant to initializer',
  opTypes: ['Constant'],
  match(node, context) {
    const output = node.output()
    if (!output) return undefined
    if (output.isGraphOutput) return decline(node, 'the constant is an output of the graph')
    const sparse = node.attributeOf('sparse_value', 'sparseTensor')
    const growth = sparse ? denseBytes(sparse) - nodeBytes(node) - tensorBytes(sparse.values) : 0
    if (growth > 0 && !context.mayGrow(growth))
      return decline(
        node,
        `the sparse constant, written densely, would make the model ${growth} bytes larger`,
      )
    return { nodes: [node] }
  },
  rewrite({ nodes: [node] }, { types }): Decline | undefined {
    if (!node) return undefined
    const tensor = tensorOf(node)
    if (!tensor) return decline(node, 'its value is in no attribute that is known')
    if (typeof tensor === 'string') return decline(node, tensor)
    const [graph, output] = [graphOf(node), node.output() as Value]
    node.setOutput(0, undefined)
    graph.remove(node)
    output.initializer = tensor.withName(output.name)
    types.record(output, { kind: 'tensor', dataType: tensor.dataType, shape: tensor.shape })
    return undefined
  },
})

function denseBytes({ shape, values }: SparseTensor): number {
  const perElement = values.size > 0 ? values.byteLength / values.size : 1
  return shape.reduce((all, size) => all * size, 1) * perElement
}

function tensorOf(node: Node): Tensor | string | undefined {
  const sparse = node.attributeOf('sparse_value', 'sparseTensor')
  if (sparse) return densify(sparse)
  const value = node.tensor('value')
  if (value) return value
  const float = node.float('value_float', undefined)
  if (float !== undefined) return Tensor.float32([float])
  const int = node.attributeOf('value_int', 'int')
  if (int !== undefined) return Tensor.from('int64', [], BigInt64Array.of(int))
  return listOf(node) ?? textOf(node)
}

function listOf(node: Node): Tensor | undefined {
  const floats = node.floats('value_floats', undefined)
  if (floats) return Tensor.float32(floats, [floats.length])
  const ints = node.attributeOf('value_ints', 'ints')
  return ints && Tensor.from('int64', [ints.length], BigInt64Array.from(ints))
}

function textOf(node: Node): Tensor | undefined {
  const text = node.string('value_string', undefined)
  if (text !== undefined) return Tensor.fromStrings([], [text])
  const texts = node.attributeOf('value_strings', 'strings')
  return (
    texts &&
    Tensor.fromStrings(
      [texts.length],
      texts.map((each) => (typeof each === 'string' ? each : Buffer.from(each).toString('latin1'))),
    )
  )
}
