/** A small line plot as inline SVG. */

export interface Point {
  readonly x: number
  readonly y: number
}

export type Curve = readonly Point[]

const WIDTH = 460
const HEIGHT = 130
const MARGIN = { left: 52, right: 16, top: 12, bottom: 30 }

/**
 * One curve, on axes that suit all of `family`, so that plots beside each other can be compared. x runs from 0 to 1.
 * @param units what stands beside the axes
 */
export function linePlot(
  curve: Curve,
  family: readonly Curve[],
  units: { readonly x: string; readonly y: string },
): string {
  const all = family.flat().map(({ y }) => y)
  const [low, high] = [Math.min(0, ...all), Math.max(1, ...all)]
  const across = (x: number) => MARGIN.left + x * (WIDTH - MARGIN.left - MARGIN.right)
  const down = (y: number) => MARGIN.top + ((high - y) / (high - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom)
  const places = curve.map(({ x, y }) => `${across(x).toFixed(1)},${down(y).toFixed(1)}`)
  const dots = curve.map(
    ({ x, y }, index) =>
      `<circle cx="${across(x).toFixed(1)}" cy="${down(y).toFixed(1)}" r="3" fill="#4c7ef3"><title>${x}: ${y.toFixed(1)} ${units.y} (${index + 1})</title></circle>`,
  )
  const axis = (x: number, y: number, text: string, anchor: string) =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}">${text}</text>`
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" role="img">
<path d="M${across(0)},${down(high)} V${down(low)} H${across(1)}" fill="none" stroke="#8892a0"/>
${axis(MARGIN.left - 6, down(high) + 4, `${high.toFixed(0)} ${units.y}`, 'end')}
${axis(MARGIN.left - 6, down(low) + 4, low.toFixed(0), 'end')}
${axis(across(0), HEIGHT - 12, '0', 'middle')}
${axis(across(1), HEIGHT - 12, `1 ${units.x}`, 'end')}
<polyline points="${places.join(' ')}" fill="none" stroke="#4c7ef3" stroke-width="2"/>
${dots.join('\n')}
</svg>`
}
