import type { Attribute } from '../ir/attribute'
import type { Graph } from '../ir/graph'
import { attributeTypeCode } from './attributeTypes'
import { fromSparseTensor, fromTensor, type PlaceTensor } from './fromTensor'
import { fromType } from './fromType'
import type { AttributeProto, GraphProto } from './proto'
import { attributeSchema } from './schema'
import { fromExtras } from './toExtras'

/** Turns an attribute's graph into its message; comes from the writer of graphs. */
export type WriteGraph = (graph: Graph) => GraphProto

/** An attribute as a message. */
export function fromAttribute(
  name: string,
  attribute: Attribute,
  place: PlaceTensor,
  write: WriteGraph,
): AttributeProto {
  const { docString, unknown } = fromExtras(attribute.extras ?? {})
  const fields = { name, docString, ...(unknown ? { unknown } : {}) }
  if (attribute.type !== 'reference') {
    const type = attributeTypeCode(attribute.type)
    return attributeSchema.of({ ...fields, type, ...contentOf(attribute, place, write) })
  }
  const type = attribute.of && attributeTypeCode(attribute.of)
  return attributeSchema.of({ ...fields, refAttrName: attribute.to, type })
}

function contentOf(
  attribute: Exclude<Attribute, { type: 'reference' }>,
  place: PlaceTensor,
  write: WriteGraph,
): Partial<AttributeProto> {
  switch (attribute.type) {
    case 'float':
      return { f: attribute.value }
    case 'int':
      return { i: attribute.value }
    case 'string':
      return { s: toBytes(attribute.value) }
    case 'tensor':
      return { t: fromTensor(attribute.value, place) }
    case 'graph':
      return { g: write(attribute.value) }
    case 'sparseTensor':
      return { sparseTensor: fromSparseTensor(attribute.value) }
    case 'type':
      return { tp: fromType(attribute.value) }
    default:
      return listOf(attribute, place, write)
  }
}

type ListAttribute = Extract<Attribute, { value: readonly unknown[] }>

function listOf(attribute: ListAttribute, place: PlaceTensor, write: WriteGraph): Partial<AttributeProto> {
  switch (attribute.type) {
    case 'floats':
      return { floats: attribute.value }
    case 'ints':
      return { ints: attribute.value }
    case 'strings':
      return { strings: attribute.value.map(toBytes) }
    case 'tensors':
      return { tensors: attribute.value.map((each) => fromTensor(each, place)) }
    case 'graphs':
      return { graphs: attribute.value.map(write) }
    case 'sparseTensors':
      return { sparseTensors: attribute.value.map((each) => fromSparseTensor(each)) }
    case 'types':
      return { typeProtos: attribute.value.map(fromType) }
    default:
      return {}
  }
}

function toBytes(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text
}
