/** Guesses the shapes of a next run: where keys and values of all tokens so far come in, axes grow by as much each time. */
import type { FeedTensor } from '../../runtime'

/** What a plan is made for. */
export type Shaped = Pick<FeedTensor, 'type' | 'dims'>
export type Shapes = ReadonlyMap<string, Shaped>

type Growth = ReadonlyMap<string, readonly number[]>

export class Foresight {
  private last: Shapes | undefined
  private growth: Growth | undefined

  /** Notes the shapes of a run. Returns those that come next, if the last two runs have grown alike. */
  next(shapes: Shapes): Shapes | undefined {
    const before = this.growth
    this.growth = this.last && growthOf(this.last, shapes)
    this.last = shapes
    const { growth } = this
    return growth && before && isSame(growth, before) ? grown(shapes, growth) : undefined
  }
}

/** How much each axis has grown; undefined where none has, or shapes are of other kinds. */
function growthOf(from: Shapes, to: Shapes): Growth | undefined {
  const growth = new Map<string, readonly number[]>()
  let isGrown = false
  for (const [name, { type, dims }] of to) {
    const before = from.get(name)
    if (before?.type !== type || before.dims.length !== dims.length) return undefined
    const by = dims.map((size, axis) => size - (before.dims[axis] ?? 0))
    isGrown ||= by.some((each) => each !== 0)
    growth.set(name, by)
  }
  return isGrown ? growth : undefined
}

function isSame(a: Growth, b: Growth): boolean {
  return a.size === b.size && [...a].every(([name, by]) => `${by}` === `${b.get(name)}`)
}

/** Undefined where an axis would be shorter than nothing. */
function grown(shapes: Shapes, growth: Growth): Shapes | undefined {
  const next = new Map<string, Shaped>()
  for (const [name, { type, dims }] of shapes) {
    const by = growth.get(name) ?? []
    next.set(name, { type, dims: dims.map((size, axis) => size + (by[axis] ?? 0)) })
  }
  const isPossible = [...next.values()].every(({ dims }) => dims.every((size) => size >= 0))
  return isPossible ? next : undefined
}
