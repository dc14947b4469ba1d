/** Curves of what is lost over what is taken, made convex. */

/** A point of a curve; `x` rises along it. */
export interface Point {
  readonly x: number
  readonly y: number
}

/**
 * The corners of a curve's lower convex hull, from its first point on; edges between them are ever steeper. On such curves the
 * cheapest step first is optimal (Fox 1966, "Discrete optimization via marginal analysis").
 */
export function lowerHull<P extends Point>(points: readonly P[]): P[] {
  const hull: P[] = []
  for (const point of points) {
    while (hull.length > 1 && slope(hull.at(-2) as P, point) <= slope(hull.at(-2) as P, hull.at(-1) as P))
      hull.pop()
    hull.push(point)
  }
  return hull
}

/** Of the line through two points. */
export function slope(from: Point, to: Point): number {
  return (to.y - from.y) / (to.x - from.x)
}
