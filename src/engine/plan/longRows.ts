/** Constants that are broadcast along short rows: repeated until rows are long, since each takes a call of a kernel. */
import { countElements, Tensor } from '../../ir'
import { broadcastParameters, broadcastStrides } from './broadcast'
import { Fact } from './fact'

/** Elements of rows that are long. */
const LONG = 64

/** A constant is not made larger than this. */
const MOST_ELEMENTS = 1 << 14

/**
 * A float32 operand of an operation on elements; a constant with more of its own axes where that makes rows longer.
 * @param shape of the result
 * @param other shape of the other operand
 */
export function withLongRows(operand: Fact, shape: readonly number[], other: readonly number[]): Fact {
  const { constant } = operand
  if (constant?.dataType !== 'float32' || constant.size === 1) return operand
  const [axes = 1, ...numbers] = broadcastParameters(shape, [other, constant.shape])
  const row = numbers[axes - 1] ?? 1
  const whole = shapeOfRows(constant.shape, shape)
  if (row >= LONG || countElements(whole) > Math.min(MOST_ELEMENTS, countElements(shape) / 4)) return operand
  return Fact.constant(Tensor.from('float32', whole, repeated(constant, whole)))
}

/** A constant's own axes, and the last ones of the result as far as they make a long row. */
function shapeOfRows(own: readonly number[], shape: readonly number[]): number[] {
  let elements = 1
  return shape
    .map((size, axis) => {
      const at = axis - shape.length + own.length
      return { size, own: at < 0 ? 1 : (own[at] ?? 1) }
    })
    .reverse()
    .map(({ size, own: mine }) => {
      const isInRow = elements < LONG
      elements *= size
      return isInRow ? size : mine
    })
    .reverse()
}

function repeated(constant: Tensor, shape: readonly number[]): Float32Array {
  const elements = constant.elements as Float32Array
  const strides = broadcastStrides(constant.shape, shape)
  const index = new Array<number>(shape.length).fill(0)
  return Float32Array.from({ length: countElements(shape) }, () => {
    const at = index.reduce((sum, each, axis) => sum + each * (strides[axis] ?? 0), 0)
    advance(index, shape)
    return elements[at] ?? 0
  })
}

/** Goes on to the next index in row-major order. */
function advance(index: number[], shape: readonly number[]): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const next = (index[axis] ?? 0) + 1
    if (next < (shape[axis] ?? 1)) {
      index[axis] = next
      return
    }
    index[axis] = 0
  }
}
