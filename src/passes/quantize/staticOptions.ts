/** Options of `quantize.static`, checked as soon as they are given. */
import type { RangeMethod } from '../../calibrate/statistics'
import { badArgument } from '../../errors'
import { type AccuracyOptions, checkAccuracyOptions } from '../accuracy/accuracyOptions'
import type { Keep } from '../keep'
import type { ActivationType } from './numbers'

export interface StaticOptions {
  /** How ranges are taken from the samples; `minMax` if left out. */
  readonly range?: RangeMethod
  /** Share of elements inside the range, for `percentile`; 0.9999 if left out. */
  readonly percentile?: number
  /** `uint8` if left out, which onnxruntime's x86 kernels are fastest with. */
  readonly activations?: ActivationType
  /** 7-bit weights, for processors without VNNI, whose 16-bit sums of products would saturate. */
  readonly reduceRange?: boolean
  /** Nodes to leave alone. */
  readonly keep?: Keep
  /** What may be lost; false switches accuracy control off. */
  readonly accuracy?: AccuracyOptions | false
}

const METHODS: readonly RangeMethod[] = ['minMax', 'movingAverage', 'percentile', 'entropy', 'mse']
const WHERE = 'quantize.static'

/** @throws OnnxpressError `BAD_ARGUMENT` that names the option. */
export function checkStaticOptions(options: StaticOptions): void {
  const { range, percentile, activations, accuracy } = options
  if (range !== undefined && !METHODS.includes(range))
    throw badArgument(`range to be one of ${METHODS.join(', ')}`, WHERE, range)
  if (percentile !== undefined && !(percentile > 0.5 && percentile <= 1)) {
    throw badArgument('percentile between 0.5 and 1', WHERE, percentile)
  }
  if (activations !== undefined && activations !== 'uint8' && activations !== 'int8') {
    throw badArgument('activations to be uint8 or int8', WHERE, activations)
  }
  if (accuracy) checkAccuracyOptions(accuracy, WHERE)
}
