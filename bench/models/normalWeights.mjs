// Seeded random weights that are made piece by piece whenever somebody reads them: a model of any size costs no memory
// until it is written.

/** Elements made from one seed; any part of a tensor can then be made without what comes before it. */
const BLOCK = 65536

/** Bytes of one float32. */
const BYTES = 4

/**
 * A well-mixed 32-bit number of two (the finalizer of MurmurHash3).
 * @param {number} seed
 * @param {number} index
 */
function mix(seed, index) {
  let hash = Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/**
 * Fills an array with nearly normal numbers of mean 0: sums of four uniform ones, so none lies beyond 3.5 deviations.
 * @param {Float32Array} numbers
 * @param {number} seed
 * @param {number} deviation
 */
export function fillNormal(numbers, seed, deviation) {
  // A sum of four uniform 16-bit integers has variance 4 · 65536² / 12.
  const scale = deviation / (65536 * Math.sqrt(1 / 3))
  let state = mix(seed, 0) || 1
  for (let at = 0; at < numbers.length; at++) {
    let sum = 0
    for (let draw = 0; draw < 2; draw++) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      sum += (state & 0xffff) + (state >>> 16)
    }
    numbers[at] = (sum - 131070) * scale
  }
}

/** A tensor's bytes, made when they are read (onnxpress's `ByteSource`). */
export class NormalWeights {
  /**
   * @param {number} size number of float32 elements
   * @param {{ seed: number, deviation: number, mean?: number }} distribution
   */
  constructor(size, { seed, deviation, mean = 0 }) {
    this.size = size
    this.seed = seed
    this.deviation = deviation
    this.mean = mean
  }

  get byteLength() {
    return this.size * BYTES
  }

  read() {
    const numbers = new Float32Array(this.size)
    for (let start = 0; start < this.size; start += BLOCK) this.#fill(numbers.subarray(start), start / BLOCK)
    return new Uint8Array(numbers.buffer)
  }

  async load() {
    return this.read()
  }

  /** @param {number} pieceBytes */
  async *pieces(pieceBytes) {
    const blocks = Math.max(1, Math.floor(pieceBytes / (BLOCK * BYTES)))
    for (let start = 0; start < this.size; start += blocks * BLOCK) {
      const numbers = new Float32Array(Math.min(blocks * BLOCK, this.size - start))
      for (let at = 0; at < numbers.length; at += BLOCK)
        this.#fill(numbers.subarray(at), (start + at) / BLOCK)
      const bytes = new Uint8Array(numbers.buffer)
      for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
    }
  }

  /** Fills the first block of `numbers`, which is block `index` of the tensor. */
  #fill(numbers, index) {
    const block = numbers.subarray(0, BLOCK)
    fillNormal(block, mix(this.seed, index), this.deviation)
    if (this.mean !== 0) for (let at = 0; at < block.length; at++) block[at] += this.mean
  }
}
