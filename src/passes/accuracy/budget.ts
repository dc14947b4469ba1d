/**
 * What may be lost, and whether a candidate keeps within it.
 *
 * The measure is the caller's own metric where there is one. Else it is what the outputs are for: where they are
 * probabilities (they come out of a Softmax), the share of arg-max positions that stay the same, since a
 * signal-to-noise ratio says little about decisions; otherwise the signal-to-noise ratio.
 */
import type { Graph, Value } from '../../ir'
import type { Measurement } from '../pass'
import type { AccuracyOptions } from './accuracyOptions'

export type Criterion = 'metric' | 'agreement' | 'snr'

export interface Budget {
  readonly criterion: Criterion
  /** Largest drop of metric or agreement, as a ratio. */
  readonly maxDrop: number
  readonly minSnrDb: number
  readonly originalMetric: number | undefined
}

export function makeBudget(
  graph: Graph,
  options: AccuracyOptions,
  originalMetric: number | undefined,
): Budget {
  const isDecision = options.minSnrDb === undefined && graph.outputs.some(isProbability)
  const criterion = originalMetric !== undefined ? 'metric' : isDecision ? 'agreement' : 'snr'
  const { maxDrop = 0.005, minSnrDb = 20 } = options
  return { criterion, maxDrop, minSnrDb, originalMetric }
}

/** How far a candidate is from the budget's edge: 0 or less when it keeps within. Comparable between candidates. */
export function excess(budget: Budget, measured: Measurement): number {
  const found = excessOf(budget, measured)
  return Number.isNaN(found) ? Number.POSITIVE_INFINITY : found
}

function excessOf(budget: Budget, measured: Measurement): number {
  if (budget.criterion === 'metric')
    return (budget.originalMetric ?? 0) - (measured.metric ?? Number.NEGATIVE_INFINITY) - budget.maxDrop
  if (budget.criterion === 'agreement') return 1 - (measured.agreement ?? 0) - budget.maxDrop
  return budget.minSnrDb - measured.snrDb
}

/** The budget in words, for the report. */
export function describeBudget(budget: Budget): string {
  if (budget.criterion === 'metric')
    return `the metric at most ${budget.maxDrop} below ${budget.originalMetric}`
  if (budget.criterion === 'agreement')
    return `at least ${((1 - budget.maxDrop) * 100).toFixed(2)}% of arg-max positions unchanged`
  return `outputs at least ${budget.minSnrDb} dB above their noise`
}

const CARRIERS = new Set([
  'Identity',
  'Reshape',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Flatten',
  'Slice',
  'Cast',
])

/** Whether a value comes out of a Softmax, directly or only moved. */
function isProbability(value: Value): boolean {
  const node = value.producer
  if (node?.domain !== '') return false
  if (node.is('Softmax', 'LogSoftmax')) return true
  return CARRIERS.has(node.opType) && node.inputs[0] !== undefined && isProbability(node.inputs[0])
}
