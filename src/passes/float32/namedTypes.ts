/** Where nodes name element types. */
import { type Attribute, type DataType, dataTypeFromCode } from '../../ir'

/** Attributes that hold the code of an element type: that of a result, or in which something is computed. */
const NAMES = new Set(['to', 'dtype', 'output_dtype', 'stash_type', 'precision', 'softmax_precision'])

/** The element type that an attribute names, if it does. */
export function typeNamedBy(name: string, attribute: Attribute): DataType | undefined {
  return attribute.type === 'int' && NAMES.has(name) ? dataTypeFromCode(Number(attribute.value)) : undefined
}
