/** What one node says about channels, as text. */
import { TypeView } from '../../../src/analysis'
import { draw } from '../../../src/analysis/channels/drawing'
import type { Place } from '../../../src/analysis/channels/place'
import type { Link } from '../../../src/analysis/channels/relations'
import type { Sketch } from '../../../src/analysis/channels/sketch'
import type { Dimension, Value } from '../../../src/ir'
import { Builder } from '../../passes/simplify/support'

export interface Said {
  /** `x.1 = y.1`, `x.1[0,1] = y.1[2,3]`, `x.1 = groups · w.1`. */
  readonly links: string[]
  /** Axes that keep their channels, and why. */
  readonly pins: Record<string, string>
  readonly sums: string[]
  readonly made: string[]
}

type Build = (g: Builder, x: Value, z: Value) => Value

/** Draws the last node of a graph over the inputs x and z; weights are called as they are named there, its output y. */
export function sayOf(
  build: Build,
  {
    x = [2, 4, 6],
    z = [4],
    opset = 21,
  }: { x?: readonly Dimension[]; z?: readonly Dimension[]; opset?: number } = {},
): Said {
  const g = new Builder(opset)
  const y = build(g, g.input('x', x), g.input('z', z))
  const { sketches } = draw(g.model.graph, { types: new TypeView(), opset })
  const sketch = sketches.find(({ node }) => node === y.producer) as Sketch
  const nameOf = (place: Place) => {
    const name = place.value ? `${place.value === y ? 'y' : place.value.name}.${place.axis}` : `${place}`
    return name
  }
  return {
    links: [
      ...sketch.links.map((link) => linkText(link, nameOf)),
      ...sketch.blocks.map(({ flat, factors }) => `${nameOf(flat)} = ${factors.map(nameOf).join(' · ')}`),
    ],
    pins: Object.fromEntries(
      sketch.pins
        .filter(({ place }) => place.isWide)
        .map(({ place, reason, channels }) => [`${nameOf(place)}${channels ? `[${channels}]` : ''}`, reason]),
    ),
    sums: sketch.sums.map(({ place, partner }) => nameOf(place) + (partner ? ` × ${nameOf(partner)}` : '')),
    made: sketch.made.map(nameOf),
  }
}

function linkText({ a, b, from, to }: Link, nameOf: (place: Place) => string): string {
  if (!from || !to) return `${nameOf(a)} = ${nameOf(b)}`
  return `${nameOf(a)}[${from}] = ${nameOf(b)}[${to}]`
}
