/**
 * Arithmetic on a few integers, as graphs work out shapes by it: done here, for a program of one step takes a hundred times
 * as long to make. What is not here, or fails, is left to that.
 */
import { type DataType, dataTypeFromCode, type Node, Tensor } from '../../ir'

/** Scalars and vectors of at most so many numbers. */
export const MOST_NUMBERS = 16

interface Integers {
  readonly dataType: DataType
  /** None of a scalar, one of a vector. */
  readonly shape: readonly number[]
  readonly numbers: readonly bigint[]
}

type Operation = (node: Node, inputs: readonly (Integers | undefined)[]) => Integers | undefined

/** What a node makes of constants; undefined where they are others, or are handled elsewhere. */
export function shapeResult(node: Node, inputs: readonly (Tensor | undefined)[]): Tensor | undefined {
  const operation = node.domain === '' ? OPERATIONS[node.opType] : undefined
  if (!operation || node.outputs.length !== 1) return undefined
  const integers = inputs.map((tensor) => tensor && integersOf(tensor))
  if (inputs.some((tensor, index) => tensor && !integers[index])) return undefined
  const result = operation(node, integers)
  return result && tensorOf(result)
}

function integersOf(tensor: Tensor): Integers | undefined {
  const { dataType, shape, size } = tensor
  const isFew = shape.length <= 1 && size <= MOST_NUMBERS
  if (!isFew || (dataType !== 'int64' && dataType !== 'int32')) return undefined
  return { dataType, shape, numbers: Array.from(tensor.elements as Int32Array | BigInt64Array, BigInt) }
}

function tensorOf({ dataType, shape, numbers }: Integers): Tensor {
  return dataType === 'int64'
    ? Tensor.from(dataType, shape, BigInt64Array.from(numbers))
    : Tensor.from(dataType, shape, Int32Array.from(numbers, Number))
}

/** Of a vector: numbers at indices counted from the end where they are negative. */
const gather: Operation = (node, [data, indices]) => {
  if (data?.shape.length !== 1 || !indices || !isFirstAxis(node.int('axis', 0))) return undefined
  const numbers = indices.numbers.map((index) => data.numbers.at(Number(index)))
  if (numbers.includes(undefined)) return undefined
  return { dataType: data.dataType, shape: indices.shape, numbers: numbers as bigint[] }
}

const concat: Operation = (node, inputs) => {
  const [first] = inputs
  if (!first || !isFirstAxis(node.int('axis', 1))) return undefined
  if (inputs.some((each) => each?.shape.length !== 1 || each.dataType !== first.dataType)) return undefined
  const numbers = inputs.flatMap((each) => each?.numbers ?? [])
  return { dataType: first.dataType, shape: [numbers.length], numbers }
}

const slice: Operation = (_, [data, starts, ends, axes, steps]) => {
  if (data?.shape.length !== 1 || starts?.numbers.length !== 1 || ends?.numbers.length !== 1) return undefined
  const isPlain = !axes || (axes.numbers.length === 1 && isFirstAxis(Number(axes.numbers[0])))
  if (!isPlain || (steps && `${steps.numbers}` !== '1')) return undefined
  const numbers = data.numbers.slice(Number(starts.numbers[0]), Number(ends.numbers[0]))
  return { dataType: data.dataType, shape: [numbers.length], numbers }
}

const cast: Operation = (node, [x]) => {
  const to = dataTypeFromCode(node.int('to', 0))
  if (!x || (to !== 'int64' && to !== 'int32')) return undefined
  const bits = to === 'int64' ? 64 : 32
  return { dataType: to, shape: x.shape, numbers: x.numbers.map((each) => BigInt.asIntN(bits, each)) }
}

/** Two operands of the same size, or one of a single number. */
function binary(of: (a: bigint, b: bigint) => bigint | undefined): Operation {
  return (_, [a, b]) => {
    if (!a || !b || a.dataType !== b.dataType) return undefined
    const [m, n] = [a.numbers.length, b.numbers.length]
    if (m !== n && m !== 1 && n !== 1) return undefined
    const size = m === 1 ? n : m
    const bits = a.dataType === 'int64' ? 64 : 32
    const numbers: bigint[] = []
    for (let at = 0; at < size; at++) {
      const result = of(a.numbers[m === 1 ? 0 : at] as bigint, b.numbers[n === 1 ? 0 : at] as bigint)
      if (result === undefined) return undefined
      numbers.push(BigInt.asIntN(bits, result))
    }
    const shape = a.shape.length > 0 || b.shape.length > 0 ? [size] : []
    return { dataType: a.dataType, shape, numbers }
  }
}

const isFirstAxis = (axis: number) => axis === 0 || axis === -1

const OPERATIONS: Readonly<Record<string, Operation>> = {
  Gather: gather,
  Concat: concat,
  Slice: slice,
  Cast: cast,
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => (b === 0n ? undefined : a / b)),
}
