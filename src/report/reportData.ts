/** What a report holds, as plain data. */
import type { Measurement, Skip } from '../passes/pass'

/** What a model is, in figures. */
export interface ModelFacts {
  /** Of the file, external data included. */
  readonly bytes: number
  /** Nodes, those of subgraphs included. */
  readonly nodes: number
  /** Elements of constants that are not integers of shapes and indices. */
  readonly parameters: number
  readonly opset: number
  /** How often each operation occurs, most frequent first. */
  readonly operations: Readonly<Record<string, number>>
}

/** What a model has become after a pass. */
export interface PassState {
  readonly bytes: number
  readonly parameters: number
  readonly nodes: number
  /**
   * How close its outputs are to the original's; left out where they cannot have moved, where there is nothing to
   * measure with, and after the last pass that moves them, which the report's `quality` tells of.
   */
  readonly measured?: Measurement
}

/** What one pass did. */
export interface PassReport {
  readonly name: string
  readonly options?: Readonly<Record<string, unknown>>
  readonly changed: number
  readonly skipped: readonly Skip[]
  readonly details?: Readonly<Record<string, unknown>>
  readonly seconds: number
  /** With verification: each pass's share in the result is what it changed of this. */
  readonly after?: PassState
}

/** A layer with weights, as onnxruntime runs it. */
export interface LayerExecution {
  /** The node's name, or its type and first output. */
  readonly at: string
  readonly opType: string
  /** Operation that onnxruntime runs in its place; undefined where it cannot be told. */
  readonly runsAs: string | undefined
  readonly runsIn: 'int8' | 'float' | 'unknown'
  /** Why it does not run in int8. */
  readonly reason?: string
}

/** What onnxruntime makes of the result on this machine. */
export interface Execution {
  /** Why the optimized graph was not read back. */
  readonly skipped?: string
  /** How often each operation occurs in the optimized graph, most frequent first. */
  readonly operations: Readonly<Record<string, number>>
  /** The operations among them that compute with integers of at most 8 bits. */
  readonly int8Operations: Readonly<Record<string, number>>
  /** Layers with weights: Conv, ConvTranspose, Gemm, MatMul. */
  readonly layers: readonly LayerExecution[]
  readonly latency?: Latency
  /** Why no time was taken. */
  readonly latencySkipped?: string
}

/** Median seconds of one run on the sample of median size, one thread, interleaved. */
export interface Latency {
  readonly originalSeconds: number
  readonly resultSeconds: number
  /** `resultSeconds / originalSeconds`: below 1 is faster. */
  readonly ratio: number
}

/** How close the result is to the original over the samples that it was made with. */
export interface Quality extends Measurement {
  /** The caller's metric of the original. */
  readonly originalMetric: number | undefined
  readonly sampleCount: number
}

export interface ReportData {
  readonly original: ModelFacts
  readonly result: ModelFacts
  readonly passes: readonly PassReport[]
  /** What must not be overlooked, the gravest first. */
  readonly warnings: readonly string[]
  readonly quality?: Quality
  readonly execution?: Execution
  readonly seconds: number
}
