/** What a comparison found. */
import type { Closeness, OutputParity } from '../calibrate/parity'
import { printable } from '../report/printable'
import type { Latency } from '../report/reportData'
import { textTable } from '../report/textTable'
import { toJson } from '../report/toJson'
import { formatDb, formatMetric, formatMilliseconds, formatRatio, formatShare } from '../report/units'

/** Median seconds of one run on the sample of median size, one thread, interleaved. */
export type CompareLatency = Latency

/** The result at one optimization level against the original at `'all'`. */
export type LevelParity =
  | Pick<Closeness, 'snrDb' | 'agreement' | 'maxAbsolute'>
  /** Why onnxruntime does not run the result at that level. */
  | { readonly refused: string }

export interface Metrics {
  readonly original: number
  readonly result: number
}

export interface ComparisonData {
  /** Each output at level `'all'`. */
  readonly outputs: readonly OutputParity[]
  /** Over all outputs; see {@link Closeness}. */
  readonly overall: Closeness
  readonly sampleCount: number
  /** Whether the samples were made up. */
  readonly isSynthetic: boolean
  readonly levels: Readonly<Record<string, LevelParity>>
  readonly metrics?: Metrics
  readonly latency?: CompareLatency
}

export class Comparison implements ComparisonData {
  readonly outputs: readonly OutputParity[]
  readonly overall: Closeness
  readonly sampleCount: number
  readonly isSynthetic: boolean
  readonly levels: Readonly<Record<string, LevelParity>>
  readonly metrics?: Metrics
  readonly latency?: CompareLatency

  constructor(data: ComparisonData) {
    this.outputs = data.outputs
    this.overall = data.overall
    this.sampleCount = data.sampleCount
    this.isSynthetic = data.isSynthetic
    this.levels = data.levels
    if (data.metrics) this.metrics = data.metrics
    if (data.latency) this.latency = data.latency
  }

  /** Signal-to-noise ratio over all floating-point outputs, in dB; Infinity when equal. */
  get snrDb(): number {
    return this.overall.snrDb
  }

  /** The comparison as text for terminals; names out of the model are escaped. */
  toString(): string {
    const samples = `${this.sampleCount} ${this.isSynthetic ? 'MADE-UP samples: give your own to learn anything about accuracy' : 'samples'}`
    const parts = [samples, outputTable(this.outputs), levelTable(this.levels)]
    const { metrics, latency } = this
    if (metrics)
      parts.push(`metric ${formatMetric(metrics.result)}, original ${formatMetric(metrics.original)}`)
    if (latency) parts.push(latencyLine(latency))
    return parts.filter((part) => part !== '').join('\n\n')
  }

  /** Plain data; numbers that JSON has no word for are the texts `"Infinity"`, `"-Infinity"`, `"NaN"`. */
  toJSON(): ComparisonData & { readonly snrDb: number } {
    return toJson({ ...this, snrDb: this.snrDb }) as ComparisonData & { readonly snrDb: number }
  }
}

function outputTable(outputs: readonly OutputParity[]): string {
  const rows = outputs.map((output) => [output.name, ...closenessCells(output), output.cosine.toFixed(6)])
  return textTable(['output', 'SNR', 'largest error', 'same choice', 'cosine'], rows)
}

function levelTable(levels: Readonly<Record<string, LevelParity>>): string {
  const rows = Object.entries(levels).map(([level, found]) =>
    'refused' in found ? [level, printable(found.refused), '', ''] : [level, ...closenessCells(found)],
  )
  return rows.length === 0 ? '' : textTable(['optimization', 'SNR', 'largest error', 'same choice'], rows)
}

function closenessCells({
  snrDb,
  maxAbsolute,
  agreement,
}: Pick<Closeness, 'snrDb' | 'agreement' | 'maxAbsolute'>): string[] {
  return [formatDb(snrDb), maxAbsolute.toPrecision(3), formatShare(agreement)]
}

function latencyLine({ originalSeconds, resultSeconds, ratio }: CompareLatency): string {
  const line = `one thread: ${formatMilliseconds(resultSeconds)} against ${formatMilliseconds(originalSeconds)} of the original (${formatRatio(ratio)})`
  return ratio > 1.03 ? `!! THE RESULT IS SLOWER. ${line}` : line
}
