import type { GramRequest } from '../calibrate/gramRequest'
import type { GramStore } from '../calibrate/gramStore'
import type { SequentialGram, SequentialGramsOptions } from '../calibrate/sequence/sequentialGrams'
import type { StatisticRequest, Statistics } from '../calibrate/statistics'
import type { Graph, Model, Tensor, ValueType } from '../ir'
import type { Allowance } from './accuracy/allowance'

/** Something that a pass left alone, and why. */
export interface Skip {
  /** The node or value, by name. */
  readonly at: string
  readonly reason: string
}

/** What a pass did. Silence about what was left alone is a compressor's commonest lie: say it in `skipped`. */
export interface PassResult {
  /** Number of nodes, weights or patterns that were changed. */
  readonly changed: number
  readonly skipped: readonly Skip[]
  /** More for the report, ready to be printed as JSON. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** How close a model's outputs are to the original's, over the samples. */
export interface Measurement {
  /** Signal-to-noise ratio over all elements of all floating-point outputs, in dB; Infinity when equal. */
  readonly snrDb: number
  /** Share of equal arg-max positions along the last axis, of outputs that have one of at least two elements. */
  readonly agreement: number | undefined
  /** The user's own metric, where there is an `evaluate`. */
  readonly metric: number | undefined
}

/** Everything that must *run* reaches a pass through these functions, so that passes stay free of any runtime. */
export interface PassRuntime {
  /** Runs a model without inputs and returns its outputs by name, as constants. */
  evaluate(model: Model): Promise<Map<string, Tensor>>
  /** Types and shapes of the values of a model's main graph, by name, as onnxruntime infers them. */
  inferTypes(model: Model): Promise<Map<string, ValueType>>
  /** The same for a sample of usual size: what inference can tell of sizes are numbers. */
  sampleTypes(model: Model): Promise<Map<string, ValueType>>
  /** Statistics of the values of a model over the samples. */
  collect(model: Model, requests: readonly StatisticRequest[]): Promise<Statistics>
  /** Gram matrices of layers' inputs over the samples, kept on disk; dispose of the store when done. */
  collectGrams(model: Model, requests: readonly GramRequest[]): Promise<GramStore>
  /**
   * Gram matrices of layers' inputs, one layer after the other in the order in which the model computes them. What is
   * done to a layer's weights before the next matrix is asked for bears on the inputs of the layers behind it.
   */
  sequentialGrams(
    model: Model,
    requests: readonly GramRequest[],
    options?: Pick<SequentialGramsOptions, 'rowsPerFeature'>,
  ): AsyncIterable<SequentialGram>
  /** Compares a candidate with the original on the first `limit` samples (all, if left out). */
  measure(candidate: Model, limit?: number): Promise<Measurement>
  /** The user's own metric of the original model; undefined where there is no `evaluate`. */
  originalMetric(): Promise<number | undefined>
  /** Median seconds of one run of each candidate on the same sample, one thread, interleaved. */
  time(candidates: readonly Model[]): Promise<number[]>
  /** The same of small models on numbers made up for them; they have the same inputs, of fixed sizes. */
  timeAlone(models: readonly Model[]): Promise<number[]>
}

/** What a pass works on and with. */
export interface PassContext {
  /** The model to edit in place. */
  readonly model: Model
  /** The model's main graph. */
  readonly graph: Graph
  /** What the pass asked for in `needs`. */
  readonly statistics: Statistics
  /** Number of samples at hand; 0 when the caller gave none. */
  readonly sampleCount: number
  readonly runtime: PassRuntime
  /** What may be lost; everything, up to the default, if left out. */
  readonly allowance?: Allowance
  /** For everything random: the same seed gives the same result. */
  readonly seed: number
  readonly signal: AbortSignal
  /** Says how far the pass is, as a ratio from 0 to 1. */
  progress(ratio: number, what?: string): void
}

/** One step of a recipe. A user's own pass is an object literal of this shape. */
export interface Pass {
  readonly name: string
  /** Statistics that `apply` will want. All passes are asked first, and one sweep over the samples answers all. */
  needs?(model: Model): readonly StatisticRequest[]
  /** True when the outputs stay what they were, up to rounding: statistics gathered before it still hold. */
  readonly lossless?: boolean
  /** Options as plain data, for the report. */
  readonly options?: Readonly<Record<string, unknown>>
  apply(context: PassContext): PassResult | Promise<PassResult>
}
