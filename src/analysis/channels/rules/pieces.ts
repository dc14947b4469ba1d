/** Axes of two shapes that hold the same elements, cut into pieces that both are made of. */
import type { Place } from '../place'
import type { Sketch } from '../sketch'

/**
 * Axes that are cut anew on both sides are made of common pieces, where the sizes divide each other:
 *
 *     [64, height, width] → [32, 2 · height · width]      64 = 32 · 2
 */
export function drawPieces(sketch: Sketch, a: readonly Place[], b: readonly Place[]): void {
  const [left, right] = [new Cutting(a), new Cutting(b)]
  if (!cutAlike(sketch, left, right)) sketch.pin('it cuts axes in a way that no axis follows', ...a, ...b)
  else
    for (const cutting of [left, right])
      for (const [place, pieces] of cutting.pieces) sketch.block(place, pieces)
}

/** Axes from the outermost on, with the pieces that were cut off them so far. */
class Cutting {
  readonly pieces: [Place, Place[]][]
  at = 0
  private rest: number | undefined

  constructor(places: readonly Place[]) {
    this.pieces = places.map((place) => [place, []])
    this.rest = places[0]?.size
  }

  /** Whether nothing is left, or nothing but what takes any size. */
  get isDone(): boolean {
    return this.at === this.pieces.length || (this.isOpenEnd && this.uncut === undefined)
  }

  /** What is left of the axis that is being cut; undefined where its size is not known. */
  get left(): number | undefined {
    return this.rest
  }

  /** Whether the rest is one axis of unknown size, so that it takes all that is left on the other side. */
  get isOpenEnd(): boolean {
    return this.rest === undefined && this.at === this.pieces.length - 1
  }

  /** The axis itself, where nothing was cut off it yet. */
  get uncut(): Place | undefined {
    const [place, pieces] = this.pieces[this.at] ?? []
    return pieces?.length === 0 ? place : undefined
  }

  /** Takes a piece of that size off, or all of an axis of unknown size. */
  take(piece: Place, size: number | undefined): void {
    this.collect(piece)
    if (this.rest !== undefined && size !== undefined && this.rest > size) this.rest /= size
    else this.rest = this.pieces[++this.at]?.[0].size
  }

  collect(piece: Place): void {
    this.pieces[this.at]?.[1].push(piece)
  }
}

function cutAlike(sketch: Sketch, a: Cutting, b: Cutting): boolean {
  for (let count = 0; !(a.isDone && b.isDone); count++) {
    if (a.at === a.pieces.length || b.at === b.pieces.length) return false
    const ends = [a, b].filter(({ isOpenEnd }) => isOpenEnd)
    const open = ends.find(({ uncut }) => !uncut) ?? ends[0]
    const other = open === a ? b : a
    const size = open ? other.left : smaller(a.left, b.left)
    const whole = open ? other.uncut : [a, b].find(({ uncut }) => uncut?.size === size)?.uncut
    if (size === undefined && !open) return false
    const piece = whole ?? sketch.virtual(`piece ${count} of what is cut anew`, size ?? 1)
    other.take(piece, size)
    if (open) open.collect(piece)
    else (other === a ? b : a).take(piece, size)
  }
  return true
}

/** The smaller size, where it divides the larger. */
function smaller(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined
  const size = Math.min(a, b)
  return Math.max(a, b) % size === 0 ? size : undefined
}
