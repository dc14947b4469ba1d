/** A report as one page of HTML. */

import { barPlot } from './barPlot'
import { escapeHtml } from './escapeHtml'
import { groupSkips } from './groupSkips'
import { page } from './page'
import { SHARE_HEADER, shareRows } from './passShares'
import { rankingOf } from './rankedLayers'
import type { Execution, PassReport, ReportData } from './reportData'
import { toJson } from './toJson'
import { figureRows, qualityLine } from './toText'

/** Everything that comes from the model or the caller is escaped. */
export function toHtml(report: ReportData): string {
  const { warnings, quality, execution, passes } = report
  return page(
    'onnxpress report',
    `${warnings.map((warning) => `<p class="warning">${escapeHtml(warning)}</p>`).join('\n')}
${table(['', 'original', 'result', 'ratio'], figureRows(report))}
${quality ? `<p>${escapeHtml(qualityLine(quality))}</p>` : ''}
${sharesHtml(report)}
${execution ? executionHtml(execution) : ''}
${passes.map(passHtml).join('\n')}`,
  )
}

function sharesHtml(report: ReportData): string {
  const rows = shareRows(report)
  return rows.length > 0 ? `<h2>What each pass did to the model</h2>${table(SHARE_HEADER, rows)}` : ''
}

function executionHtml(execution: Execution): string {
  const title = '<h2>What onnxruntime runs</h2>'
  if (execution.skipped !== undefined) return `${title}<p>Not read back: ${escapeHtml(execution.skipped)}</p>`
  const { layers } = execution
  const inFloat = layers.filter((layer) => layer.runsIn !== 'int8')
  const rows = Object.entries(execution.int8Operations).map(([name, count]) => [name, String(count)])
  return `${title}
<p>${layers.length - inFloat.length} of ${layers.length} layers with weights in int8.</p>
${rows.length > 0 ? table(['int8 operation', 'nodes'], rows) : ''}
${skipsHtml(inFloat.map(({ at, reason = '' }) => ({ at, reason })))}
${execution.latencySkipped === undefined ? '' : `<p>No latency was taken: ${escapeHtml(execution.latencySkipped)}</p>`}`
}

function passHtml(pass: PassReport): string {
  const options = pass.options
    ? `<p><code>${escapeHtml(JSON.stringify(toJson(pass.options)))}</code></p>`
    : ''
  const ranking = rankingOf(pass.details)
  return `<h2>${escapeHtml(pass.name)}</h2>
<p>${pass.changed} changed, ${pass.skipped.length} left alone, ${pass.seconds.toFixed(1)} s</p>
${options}
${skipsHtml(pass.skipped)}
${ranking ? `<h3>${escapeHtml(ranking.title)}</h3>${barPlot(ranking.layers)}` : ''}`
}

function skipsHtml(skipped: PassReport['skipped']): string {
  if (skipped.length === 0) return ''
  const rows = groupSkips(skipped).map(
    ({ reason, places }) =>
      `<tr><td class="number">${places.length}</td><td>${escapeHtml(reason)}<br><code class="places">${places.map(escapeHtml).join(', ')}</code></td></tr>`,
  )
  return `<table>${rows.join('\n')}</table>`
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = header.map((cell) => `<th>${escapeHtml(cell)}</th>`).join('')
  const body = rows.map(
    (row) =>
      `<tr>${row.map((cell, index) => `<td${index > 0 ? ' class="number"' : ''}>${escapeHtml(cell)}</td>`).join('')}</tr>`,
  )
  return `<table><tr>${head}</tr>${body.join('\n')}</table>`
}
