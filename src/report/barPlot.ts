/** A bar plot as inline SVG. */
import { escapeHtml } from './escapeHtml'
import { cutToFit, printable } from './printable'
import type { RankedLayer } from './rankedLayers'

/** More bars than this help nobody. */
const MOST_BARS = 60
const ROW = 18
const LABEL = 320
const WIDTH = 900
const VALUE = 80

/** One bar a layer, in the order given. Numbers below 0 have no bar. */
export function barPlot(layers: readonly RankedLayer[]): string {
  const shown = layers.slice(0, MOST_BARS)
  const largest = Math.max(...shown.map(({ db }) => db), Number.MIN_VALUE)
  const bars = shown.map(({ name, db }, index) => {
    const y = index * ROW
    const width = Math.max(0, (db / largest) * (WIDTH - LABEL - VALUE))
    const label = escapeHtml(cutToFit(printable(name), 42))
    return `<text x="${LABEL - 8}" y="${y + 13}" text-anchor="end">${label}<title>${escapeHtml(name)}</title></text>
<rect x="${LABEL}" y="${y + 3}" width="${width.toFixed(1)}" height="${ROW - 6}" fill="#4c7ef3"/>
<text x="${LABEL + width + 6}" y="${y + 13}">${db.toFixed(2)} dB</text>`
  })
  const more = layers.length > MOST_BARS ? `<p>and ${layers.length - MOST_BARS} more</p>` : ''
  return `<svg viewBox="0 0 ${WIDTH} ${shown.length * ROW}" width="100%" role="img">
${bars.join('\n')}
</svg>${more}`
}
