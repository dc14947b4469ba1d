/**
 * Where an activation function still listens to its input. What lies outside need not be told apart, so 8 bits are
 * better spent inside: HardSwish and HardSigmoid are constant below −3, ReLU below 0, Clip outside its bounds. Those
 * are exact; Sigmoid and Gelu are flat to within half a percent of their output's range outside theirs.
 */
import type { Range } from '../../calibrate/statistics'
import type { Node, Value } from '../../ir'

const EVERYWHERE: Range = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY }

/** The part of a value's range that at least one reader listens to. */
export function listenedZone(value: Value): Range {
  if (value.isGraphOutput || value.uses.length === 0) return EVERYWHERE
  const zones = value.consumers.map((node) => zoneOf(node, value))
  return { min: Math.min(...zones.map((zone) => zone.min)), max: Math.max(...zones.map((zone) => zone.max)) }
}

/** The part of `range` inside `zone`; 0 stays in it. */
export function intersect(range: Range, zone: Range): Range {
  const min = Math.min(0, Math.max(range.min, zone.min))
  const max = Math.max(0, Math.min(range.max, zone.max))
  return max > min ? { min, max } : range
}

function zoneOf(node: Node, value: Value): Range {
  if (node.domain !== '') return EVERYWHERE
  switch (node.opType) {
    case 'Relu':
      return { min: 0, max: Number.POSITIVE_INFINITY }
    case 'HardSwish':
      return { min: -3, max: Number.POSITIVE_INFINITY }
    case 'HardSigmoid':
      return hardSigmoidZone(node)
    case 'Clip':
      return node.inputs[0] === value ? clipZone(node) : EVERYWHERE
    case 'Sigmoid':
      return value.consumers.length === 1 ? { min: -8, max: 8 } : { min: -8, max: Number.POSITIVE_INFINITY }
    case 'Mul':
      return isSwish(node, value) ? { min: -8, max: Number.POSITIVE_INFINITY } : EVERYWHERE
    case 'Gelu':
      return { min: -4, max: Number.POSITIVE_INFINITY }
    default:
      return EVERYWHERE
  }
}

/** y = max(0, min(1, alpha · x + beta)) */
function hardSigmoidZone(node: Node): Range {
  const alpha = node.float('alpha', 0.2)
  const beta = node.float('beta', 0.5)
  return alpha > 0 ? { min: -beta / alpha, max: (1 - beta) / alpha } : EVERYWHERE
}

function clipZone(node: Node): Range {
  const bound = (index: number, missing: number) => {
    const value = node.inputs[index]
    return value ? (value.constant?.toNumbers()[0] ?? missing) : missing
  }
  return { min: bound(1, EVERYWHERE.min), max: bound(2, EVERYWHERE.max) }
}

/** Whether the node is x · Sigmoid(x) of that x. */
export function isSwish(node: Node, x: Value): boolean {
  if (!node.is('Mul')) return false
  const other = node.inputs.find((input) => input !== x)
  return other?.producer?.is('Sigmoid') === true && other.producer.inputs[0] === x
}
