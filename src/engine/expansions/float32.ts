/** Whether a model computes in floats of 32 bits alone, so that a constant may be added anywhere. */
import { allNodes, type DataType, type Model, type Node, withSubgraphs } from '../../ir'
import { typeNamedBy } from '../../passes/float32/namedTypes'
import { Latest } from '../plan/latest'

const OTHERS: ReadonlySet<DataType | undefined> = new Set<DataType>(['float16', 'bfloat16', 'float64'])

const known = new Latest<Model, boolean>()

export function isFloat32(model: Model): boolean {
  return known.get(model, [], () => !hasOthers(model))
}

function hasOthers({ graph }: Model): boolean {
  for (const each of withSubgraphs(graph)) {
    for (const { initializer, tensorType } of each.values)
      if (OTHERS.has(initializer?.dataType) || OTHERS.has(tensorType?.dataType)) return true
  }
  for (const node of allNodes(graph)) if (makesOthers(node)) return true
  return false
}

function makesOthers(node: Node): boolean {
  for (const [name, attribute] of node.attributes) {
    if (attribute.type === 'tensor' && OTHERS.has(attribute.value.dataType)) return true
    if (OTHERS.has(typeNamedBy(name, attribute))) return true
  }
  return false
}
