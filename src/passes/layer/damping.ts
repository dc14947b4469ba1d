import type { GramMatrix } from '../../calibrate/gramRequest'

/**
 * Share of the diagonal's mean that is added to a Gram matrix. With few rows for its features a matrix knows the samples
 * better than the inputs to come, so it is believed less.
 */
export function dampingOf({ rows, features }: GramMatrix): number {
  return rows < 2 * features ? 0.1 : 0.01
}
