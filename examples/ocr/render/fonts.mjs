// The typefaces of the two sets: no family is in both, so held-out lines are another rendering.

import { fileURLToPath } from 'node:url'
import { GlobalFonts } from '@napi-rs/canvas'

const families = {
  calibration: {
    latin: [
      ['roboto', 400],
      ['roboto', 700],
      ['merriweather', 400],
      ['open-sans', 400],
      ['lora', 500],
      ['source-code-pro', 400],
      ['bitter', 600],
      ['oswald', 400],
      ['patrick-hand', 400],
      ['playfair-display', 500],
      ['ibm-plex-sans', 400],
      ['inter', 500],
      ['cousine', 400],
    ],
    chinese: [['zcool-kuaile', 400]],
  },
  'held-out': {
    latin: [
      ['eb-garamond', 500],
      ['noto-sans', 400],
      ['noto-sans', 700],
      ['noto-serif', 400],
      ['jetbrains-mono', 400],
      ['crimson-text', 600],
      ['work-sans', 500],
      ['rubik', 400],
      ['rubik', 700],
      ['libre-baskerville', 400],
      ['archivo-black', 400],
      ['comic-neue', 700],
      ['zilla-slab', 500],
      ['arvo', 400],
      ['courier-prime', 400],
      ['kalam', 400],
      ['raleway', 500],
    ],
    chinese: [['zcool-xiaowei', 400]],
  },
}

function register([family, weight], subset) {
  const file = `@fontsource/${family}/files/${family}-${subset}-${weight}-normal.woff2`
  const name = `onnxpress ${family} ${weight}`
  if (!GlobalFonts.registerFromPath(fileURLToPath(import.meta.resolve(file)), name)) {
    throw new Error(`Expected a readable font file for ${family} ${weight}, found none at ${file}`)
  }
  return { name }
}

/**
 * Registers the fonts of one set.
 * @param {'calibration' | 'held-out'} set
 */
export function loadFonts(set) {
  return {
    latin: families[set].latin.map((font) => register(font, 'latin')),
    chinese: families[set].chinese.map((font) => register(font, 'chinese-simplified')),
  }
}
