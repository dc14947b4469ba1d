/** A report as text. */
import { groupSkips } from './groupSkips'
import { SHARE_HEADER, shareRows } from './passShares'
import { cutToFit, printable } from './printable'
import { rankingOf } from './rankedLayers'
import type { Execution, PassReport, Quality, ReportData } from './reportData'
import { textTable } from './textTable'
import {
  formatBytes,
  formatCount,
  formatDb,
  formatMetric,
  formatMilliseconds,
  formatRatio,
  formatShare,
} from './units'

/** Names shown for each reason; the rest are counted. */
const SHOWN_PLACES = 3
/** Layers shown of a ranking. */
const SHOWN_LAYERS = 12

/** Warnings first, then figures, then each pass. */
export function toText(report: ReportData): string {
  const parts = [
    report.warnings.map((warning) => `!! ${printable(warning)}`).join('\n'),
    textTable(['', 'original', 'result', 'ratio'], figureRows(report)),
    report.quality ? qualityLine(report.quality) : '',
    sharesText(report),
    report.execution ? executionText(report.execution) : '',
    ...report.passes.map(passText),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function sharesText(report: ReportData): string {
  const rows = shareRows(report)
  return rows.length > 0 ? textTable(SHARE_HEADER, rows) : ''
}

/** Rows of original, result and their ratio. */
export function figureRows({ original, result, execution }: ReportData): string[][] {
  const row = (name: string, a: number, b: number, format: (value: number) => string) => [
    name,
    format(a),
    format(b),
    formatRatio(b / a),
  ]
  const rows = [
    row('bytes', original.bytes, result.bytes, formatBytes),
    row('parameters', original.parameters, result.parameters, formatCount),
    row('nodes', original.nodes, result.nodes, formatCount),
    ['opset', String(original.opset), String(result.opset), ''],
  ]
  const latency = execution?.latency
  if (latency)
    rows.push(row('latency, one thread', latency.originalSeconds, latency.resultSeconds, formatMilliseconds))
  return rows
}

export function qualityLine({ snrDb, agreement, metric, originalMetric, sampleCount }: Quality): string {
  const words = [`outputs against the original on ${sampleCount} samples: SNR ${formatDb(snrDb)}`]
  if (agreement !== undefined) words.push(`same choice ${formatShare(agreement)}`)
  if (metric !== undefined)
    words.push(`metric ${formatMetric(metric)} (original ${formatMetric(originalMetric)})`)
  return words.join(', ')
}

function executionText(execution: Execution): string {
  if (execution.skipped !== undefined)
    return `onnxruntime's own graph was not read back: ${printable(execution.skipped)}`
  const { layers } = execution
  const inFloat = layers.filter((layer) => layer.runsIn !== 'int8')
  const operations = Object.entries(execution.int8Operations).map(([name, count]) => `${count} ${name}`)
  const lines = [
    `onnxruntime runs ${layers.length - inFloat.length} of ${layers.length} layers with weights in int8` +
      (operations.length > 0 ? ` (${printable(operations.join(', '))})` : ''),
    ...groupLines(inFloat.map(({ at, reason = '' }) => ({ at, reason }))),
  ]
  if (execution.latencySkipped !== undefined)
    lines.push(`  no latency was taken: ${printable(execution.latencySkipped)}`)
  return lines.join('\n')
}

function passText(pass: PassReport): string {
  const skipped = pass.skipped.length > 0 ? `, ${pass.skipped.length} left alone:` : ''
  return [
    `${printable(pass.name)}: ${formatCount(pass.changed)} changed in ${pass.seconds.toFixed(1)} s${skipped}`,
    ...detailLines(pass),
    ...groupLines(pass.skipped),
    ...rankingLines(pass),
  ].join('\n')
}

/** Details that are plain words and numbers. */
function detailLines({ details = {} }: PassReport): string[] {
  const plain = Object.entries(details).filter(([, value]) => /^(string|number|boolean)$/.test(typeof value))
  const words = plain.map(([name, value]) => printable(`${name} ${value}`))
  return words.length > 0 ? [`  ${words.join(', ')}`] : []
}

function groupLines(skipped: PassReport['skipped']): string[] {
  return groupSkips(skipped).map(({ reason, places }) => {
    const shown = places.slice(0, SHOWN_PLACES).map((place) => cutToFit(printable(place), 48))
    const more = places.length > SHOWN_PLACES ? `, and ${places.length - SHOWN_PLACES} more` : ''
    return `  ${String(places.length).padStart(4)} × ${printable(reason)}\n         ${shown.join(', ')}${more}`
  })
}

function rankingLines(pass: PassReport): string[] {
  const ranking = rankingOf(pass.details)
  if (!ranking) return []
  const rows = ranking.layers.slice(0, SHOWN_LAYERS).map(({ name, db }) => [name, `${db.toFixed(2)} dB`])
  const left = ranking.layers.length - rows.length
  return [
    `  ${ranking.title}:`,
    textTable(['layer', 'dB'], rows, '    '),
    ...(left > 0 ? [`    and ${left} more`] : []),
  ]
}
