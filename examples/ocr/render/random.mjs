// Seeded random numbers: the same seed renders the same set on every machine.

/**
 * A small seeded generator (mulberry32).
 * @param {number} seed any 32-bit integer
 */
export function createRandom(seed) {
  let state = seed >>> 0

  /** Uniform in [0, 1). */
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  return {
    next,
    /** Uniform in [low, high). */
    between: (low, high) => low + (high - low) * next(),
    /** A whole number in low..high, both included. */
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    /** True with the given probability. */
    chance: (probability) => next() < probability,
    /** One element of the list. */
    pick: (list) => list[Math.floor(next() * list.length)],
    /** Normally distributed, mean 0 and deviation 1 (Box-Muller). */
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
}

/** @typedef {ReturnType<typeof createRandom>} Random */
