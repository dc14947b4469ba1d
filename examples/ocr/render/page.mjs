// Draws a page of several lines, with a box around each: what a text detector looks for.

import { createCanvas } from '@napi-rs/canvas'
import { drawLook } from './looks.mjs'
import { css, paintPaper } from './paper.mjs'

/** Page sizes in pixels, [width, height]: multiples of 32, as the detector wants. */
const sizes = [
  [320, 320],
  [480, 320],
  [384, 512],
  [480, 640],
]

/** Sets one line at a corner; returns its box as [left, top, right, bottom], or nothing where it does not fit. */
function setLine(context, text, [left, top], [right, bottom]) {
  const { width, actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = context.measureText(text)
  if (left + width > right || top + up + down > bottom) return undefined
  context.fillText(text, left, top + up)
  return [left, top, left + width, top + up + down].map(Math.round)
}

/**
 * Draws one page: lines of different faces and sizes, one under another, some indented.
 * @param {import('./random.mjs').Random} random
 * @param {(chinese: boolean) => string} draw gives the next text
 * @param {ReturnType<typeof import('./fonts.mjs').loadFonts>} fonts
 * @param {'calibration' | 'held-out'} set
 */
export function drawPage(random, draw, fonts, set) {
  const [width, height] = random.pick(sizes)
  const look = drawLook(random, set)
  const context = createCanvas(width, height).getContext('2d')
  paintPaper(context, look)
  context.fillStyle = css(look.ink)
  const lines = []
  let top = random.between(12, 30)
  for (let tries = 0; tries < 40 && top < height - 30; tries++) {
    const chinese = random.chance(0.15)
    const font = random.pick(chinese ? fonts.chinese : fonts.latin)
    const size = random.pick([14, 16, 18, 20, 24, 30])
    context.font = `${size}px "${font.name}"`
    const text = draw(chinese)
    const box = setLine(context, text, [random.between(12, 70), top], [width - 10, height - 10])
    if (!box) continue
    lines.push({ text, box })
    top = box[3] + random.between(6, 26)
  }
  const data = context.getImageData(0, 0, width, height).data
  return { picture: { data, width, height }, look: { ...look, jpegQuality: 0 }, lines }
}
