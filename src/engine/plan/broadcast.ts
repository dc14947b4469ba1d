/** Operands of different shapes seen over the axes of their result, as cpp/engine/steps/broadcast.h takes them. */
import { decline } from './unplannable'

/** The common shape of operands, by ONNX's multidirectional broadcasting. */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((size) => size !== 1)
    const [first = 1] = sizes
    return sizes.every((size) => size === first) ? first : decline('shapes that do not broadcast')
  })
}

/** rank, sizes, and the strides of each operand; axes along which all operands go on evenly are one. */
export function broadcastParameters(
  shape: readonly number[],
  operands: readonly (readonly number[])[],
): number[] {
  const strides = operands.map((operand) => broadcastStrides(operand, shape))
  const axes: { size: number; strides: number[] }[] = []
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue
    const here = { size, strides: strides.map((each) => each[axis] ?? 0) }
    const before = axes.at(-1)
    if (before?.strides.every((stride, operand) => stride === size * (here.strides[operand] ?? 0)))
      axes[axes.length - 1] = { size: before.size * size, strides: here.strides }
    else axes.push(here)
  }
  if (axes.length === 0) axes.push({ size: 1, strides: operands.map(() => 0) })
  return [
    axes.length,
    ...axes.map(({ size }) => size),
    ...operands.flatMap((_, operand) => axes.map((axis) => axis.strides[operand] ?? 0)),
  ]
}

/** Elements from one index to the next of each axis of `shape`; 0 where the operand is repeated. */
export function broadcastStrides(operand: readonly number[], shape: readonly number[]): number[] {
  const own = stridesOf(operand)
  return shape.map((_, axis) => {
    const at = axis - shape.length + operand.length
    return at < 0 || operand[at] === 1 ? 0 : (own[at] ?? 0)
  })
}

/** Elements from one index to the next of each axis, in row-major order. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis] ?? 1
  }
  return strides
}
