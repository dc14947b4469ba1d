/**
 * Outputs of a run are garbage as soon as they are reduced, but V8 sees only small objects and lets many megabytes
 * behind them pile up. So the host counts, and collects when it is worth it.
 */

/** Collecting costs a few milliseconds; below this many bytes it is not worth it. */
const WORTHWHILE_BYTES = 64 * 2 ** 20

let pending = 0

/** Says that `bytes` more are garbage. */
export function collectGarbage(bytes: number): void {
  pending += bytes
  if (pending < WORTHWHILE_BYTES) return
  pending = 0
  globalThis.gc?.()
}
