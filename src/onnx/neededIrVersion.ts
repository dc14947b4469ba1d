import type { Attribute } from '../ir/attribute'
import type { DataType } from '../ir/dataType'
import type { Graph } from '../ir/graph'
import type { Model } from '../ir/model'
import { allGraphs } from '../ir/traverse'
import type { Value } from '../ir/value'
import type { ValueType } from '../ir/valueType'

/** IR versions that brought element types (onnx.proto, `enum Version`); all others were there from the start. */
const OF_DATA_TYPE: Partial<Record<DataType, number>> = {
  bfloat16: 4,
  float8e4m3fn: 9,
  float8e4m3fnuz: 9,
  float8e5m2: 9,
  float8e5m2fnuz: 9,
  uint4: 10,
  int4: 10,
  float4e2m1: 11,
  float8e8m0: 12,
  uint2: 13,
  int2: 13,
}
const INITIALIZERS_BESIDE_INPUTS = 4
const SPARSE = 6
const FUNCTIONS = 8
const OPTIONAL_TYPES = 8
const FUNCTION_DEFAULTS = 9
const OVERLOADS = 10

/** The lowest IR version in which all that the model uses exists, so that passes need not think of it. */
export function neededIrVersion(model: Model): number {
  let needed = 0
  for (const each of model.functions) {
    needed = Math.max(
      needed,
      FUNCTIONS,
      each.defaults.size > 0 ? FUNCTION_DEFAULTS : 0,
      each.overload ? OVERLOADS : 0,
    )
  }
  for (const graph of allGraphs(model)) needed = Math.max(needed, ofGraph(graph))
  return needed
}

function ofGraph(graph: Graph): number {
  let needed = 0
  for (const value of graph.values) needed = Math.max(needed, ofValue(value))
  for (const node of graph) {
    for (const attribute of node.attributes.values()) needed = Math.max(needed, ofAttribute(attribute))
  }
  return needed
}

function ofValue(value: Value): number {
  const { initializer, sparseInitializer, type } = value
  const constant = initializer ?? sparseInitializer
  return Math.max(
    constant && !value.isGraphInput ? INITIALIZERS_BESIDE_INPUTS : 0,
    sparseInitializer ? Math.max(SPARSE, ofDataType(sparseInitializer.values.dataType)) : 0,
    initializer ? ofDataType(initializer.dataType) : sparseInitializer ? 0 : ofType(type),
  )
}

function ofAttribute(attribute: Attribute): number {
  switch (attribute.type) {
    case 'tensor':
      return ofDataType(attribute.value.dataType)
    case 'tensors':
      return attribute.value.reduce((most, each) => Math.max(most, ofDataType(each.dataType)), 0)
    case 'sparseTensor':
    case 'sparseTensors':
      return SPARSE
    case 'type':
      return ofType(attribute.value)
    default:
      return 0
  }
}

function ofType(type: ValueType | undefined): number {
  switch (type?.kind) {
    case 'tensor':
      return ofDataType(type.dataType)
    case 'sparseTensor':
      return Math.max(OPTIONAL_TYPES, ofDataType(type.dataType))
    case 'optional':
      return Math.max(OPTIONAL_TYPES, ofType(type.element))
    case 'sequence':
      return ofType(type.element)
    case 'map':
      return ofType(type.value)
    default:
      return 0
  }
}

function ofDataType(dataType: DataType | undefined): number {
  return (dataType && OF_DATA_TYPE[dataType]) ?? 0
}
