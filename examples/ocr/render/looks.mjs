// How a line looks: its ranges of size, slant, color, blur and noise. The two sets have ranges of their own.

/** Ranges are [low, high]; sizes in pixels at the image's own scale, angles in degrees, deviations in 0..255 levels. */
const ranges = {
  calibration: {
    height: [44, 56],
    fontRatio: [0.58, 0.74],
    margin: [6, 18],
    rotation: [-1.4, 1.4],
    shear: [-0.05, 0.05],
    contrast: [90, 190],
    blur: [0.3, 0.7],
    noise: [1, 4],
    jpegQuality: [55, 92],
    probability: { dark: 0.25, gradient: 0.25, blur: 0.4, noise: 0.5, jpeg: 0.3, colored: 0.5 },
  },
  'held-out': {
    height: [38, 60],
    fontRatio: [0.52, 0.78],
    margin: [3, 24],
    rotation: [-2, 2],
    shear: [-0.09, 0.09],
    contrast: [70, 205],
    blur: [0.3, 0.95],
    noise: [1, 6],
    jpegQuality: [35, 85],
    probability: { dark: 0.35, gradient: 0.35, blur: 0.5, noise: 0.5, jpeg: 0.35, colored: 0.6 },
  },
}

const luma = ([red, green, blue]) => 0.299 * red + 0.587 * green + 0.114 * blue
const clamp = (value) => Math.max(0, Math.min(255, Math.round(value)))

/** A color of the given brightness; `tint` is how far its channels may drift apart. */
function colorOf(random, brightness, tint) {
  const raw = [0, 1, 2].map(() => brightness + random.between(-tint, tint))
  const shift = brightness - luma(raw)
  return raw.map((channel) => clamp(channel + shift))
}

/** Paper and ink: their brightness differs by a contrast drawn from the set's range. */
function drawColors(random, { contrast, probability }) {
  const dark = random.chance(probability.dark)
  const distance = random.between(...contrast)
  const ink = dark ? random.between(distance, 255) : random.between(0, 255 - distance)
  const tint = random.chance(probability.colored) ? 45 : 4
  const paper = dark ? ink - distance : ink + distance
  const far = random.chance(probability.gradient) ? paper + (dark ? -1 : 1) * random.between(-25, 35) : paper
  return {
    ink: colorOf(random, ink, tint),
    paper: colorOf(random, paper, tint),
    far: colorOf(random, far, tint),
  }
}

/**
 * Draws the look of one line.
 * @param {import('./random.mjs').Random} random
 * @param {'calibration' | 'held-out'} set
 */
export function drawLook(random, set) {
  const own = ranges[set]
  const height = random.integer(...own.height)
  const sometimes = (probability, range) => (random.chance(probability) ? random.between(...range) : 0)
  return {
    ...drawColors(random, own),
    height,
    fontSize: height * random.between(...own.fontRatio),
    margins: [random.between(...own.margin), random.between(...own.margin)],
    rotation: (random.between(...own.rotation) * Math.PI) / 180,
    shear: random.between(...own.shear),
    blur: sometimes(own.probability.blur, own.blur),
    noise: sometimes(own.probability.noise, own.noise),
    jpegQuality: Math.round(sometimes(own.probability.jpeg, own.jpegQuality)),
  }
}

/** @typedef {ReturnType<typeof drawLook>} Look */
