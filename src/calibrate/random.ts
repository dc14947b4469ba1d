/** Seeded random numbers: the same seed gives the same numbers on every machine. */

/** Uniform numbers from 0 up to 1 (Steele & Vigna 2021's mixing of a Weyl sequence, 32 bits). */
export function uniformNumbers(seed: number): () => number {
  let state = Math.trunc(seed) >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}

/** Standard normal numbers (Box & Muller 1958). */
export function normalNumbers(seed: number): () => number {
  const uniform = uniformNumbers(seed)
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}
