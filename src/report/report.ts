/** What a compression did: figures, what each pass changed and left alone, what onnxruntime runs of it. */

import { toHtml } from './html'
import type { Execution, ModelFacts, PassReport, Quality, ReportData } from './reportData'
import { toJson } from './toJson'
import { toText } from './toText'

export class Report implements ReportData {
  readonly original: ModelFacts
  readonly result: ModelFacts
  readonly passes: readonly PassReport[]
  /** What must not be overlooked, the gravest first. */
  readonly warnings: readonly string[]
  readonly quality?: Quality
  readonly execution?: Execution
  /** Time that the whole compression took. */
  readonly seconds: number

  constructor(data: ReportData) {
    this.original = data.original
    this.result = data.result
    this.passes = data.passes
    this.warnings = data.warnings
    if (data.quality) this.quality = data.quality
    if (data.execution) this.execution = data.execution
    this.seconds = data.seconds
  }

  /** The report as text for terminals; names out of the model are escaped. */
  toString(): string {
    return toText(this)
  }

  /** The report as plain data. Numbers that JSON has no word for are the texts `"Infinity"`, `"-Infinity"`, `"NaN"`. */
  toJSON(): ReportData {
    return toJson({ ...this }) as ReportData
  }

  /** The report as one page of HTML that needs nothing else: no scripts, no fonts, no network. */
  toHtml(): string {
    return toHtml(this)
  }
}
