/**
 * What follows a value and costs nothing when it is quantized:
 *
 *     h → Relu → y, h → Clip(0, m) → y      the saturation of QuantizeLinear clips, if y's range starts at 0
 *     h → Mul a → Add b → y                 y = a·h + b, so q(y) = round(h / (s/a)) + (z + b/s): other numbers in
 *                                           QuantizeLinear than in the DequantizeLinear after it (exact if b/s is whole)
 */
import type { Node, Value } from '../../ir'

export interface Tail {
  /** The value that QuantizeLinear is to read. */
  readonly source: Value
  /** Nodes between `source` and `result`, which go. */
  readonly nodes: readonly Node[]
  /** The value whose range counts. */
  readonly result: Value
  /** result = factor · source + shift, but for clipping; factor is above 0. */
  readonly factor: number
  readonly shift: number
}

/** The tail of a value that only one node reads, or undefined when there is none. */
export function tailOf(source: Value): Tail | undefined {
  const reader = onlyReader(source)
  if (!reader) return undefined
  if (isClipping(reader))
    return { source, nodes: [reader], result: reader.outputs[0] as Value, factor: 1, shift: 0 }
  return affineTail(source)
}

function affineTail(source: Value): Tail | undefined {
  const nodes: Node[] = []
  let result = source
  let factor = 1
  let shift = 0
  for (let reader = onlyReader(result); reader; reader = onlyReader(result)) {
    const constant = scalarOperand(reader, result)
    if (constant === undefined || (reader.is('Mul') && constant <= 0)) break
    if (reader.is('Mul')) [factor, shift] = [factor * constant, shift * constant]
    else shift += constant
    nodes.push(reader)
    result = reader.outputs[0] as Value
  }
  return nodes.length > 0 ? { source, nodes, result, factor, shift } : undefined
}

/** A ReLU, or a Clip from 0 with constant bounds. */
export function isClipping(node: Node): boolean {
  if (node.is('Relu')) return true
  const [, low, high] = node.inputs
  return node.is('Clip') && low?.constant?.toNumbers()[0] === 0 && (!high || high.constant !== undefined)
}

/** The constant number that an Add or Mul applies to `value`. */
function scalarOperand(node: Node, value: Value): number | undefined {
  if (!node.is('Add', 'Mul')) return undefined
  const constant = node.inputs.find((input) => input !== value)?.constant
  const rank = value.rank
  if (constant?.dataType !== 'float32' || constant.size !== 1) return undefined
  // A constant of more axes than the value would add axes to the result.
  if (constant.shape.length > (rank ?? 1)) return undefined
  const [number] = constant.toNumbers()
  return Number.isFinite(number) ? number : undefined
}

function onlyReader(value: Value): Node | undefined {
  return value.isGraphOutput || value.uses.length !== 1 ? undefined : value.uses[0]?.node
}
