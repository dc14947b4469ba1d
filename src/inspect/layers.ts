/** The weights one by one, in the order in which they are read. */
import { allNodes, type Model, type Node, type Tensor } from '../ir'
import type { LayerFacts } from '../report/inspection'
import { constantsOf, type NamedConstant } from '../report/modelFacts'
import type { Macs } from './macs'
import type { WeightFacts } from './weights'
import { weightUse } from './weightUse'

export function listLayers(
  model: Model,
  weights: ReadonlyMap<Tensor, WeightFacts>,
  { ofNode }: Macs,
): LayerFacts[] {
  const readers = firstReaders(model)
  const read = [...constantsOf(model)].flatMap((constant) => {
    const reader = readers.get(constant.name)
    const weight = weights.get(constant.tensor)
    return reader && weight ? { constant, reader, weight } : []
  })
  return read
    .sort((a, b) => a.reader.order - b.reader.order)
    .map(({ constant, reader, weight }) => {
      const user = userOf(model, constant)
      const macs = user && ofNode.get(user)
      return layerFacts(constant, reader.node, weight, macs)
    })
}

interface Reader {
  readonly node: Node
  /** Position in execution order. */
  readonly order: number
}

function firstReaders(model: Model): Map<string, Reader> {
  const readers = new Map<string, Reader>()
  let order = 0
  for (const node of allNodes(model.graph)) {
    order++
    for (const input of node.inputs)
      if (input && !readers.has(input.name)) readers.set(input.name, { node, order })
  }
  return readers
}

/** The layer that multiplies with a weight, which may be decoded before; undefined for biases and the like. */
function userOf({ graph }: Model, { name, tensor }: NamedConstant): Node | undefined {
  const value = graph.own(name)
  return value && weightUse(value, tensor.shape)?.node
}

function layerFacts(
  { name, tensor }: NamedConstant,
  node: Node,
  { zeros, patterns }: WeightFacts,
  macs: number | undefined,
): LayerFacts {
  const { dataType, shape, byteLength, size } = tensor
  return {
    node: node.label,
    opType: node.opType,
    weight: name,
    dataType,
    shape,
    parameters: size,
    bytes: byteLength,
    zeroRatio: zeros / size,
    patterns,
    ...(macs ? { macs } : {}),
  }
}
