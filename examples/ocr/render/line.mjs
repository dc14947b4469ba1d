// Draws one line of text on its paper.

import { createCanvas } from '@napi-rs/canvas'
import { css, paintPaper } from './paper.mjs'

/** Lines wider than this are set in smaller type; narrower ones get more paper. */
const widest = 640
const narrowest = 120

function measure(text, font, size) {
  const context = createCanvas(8, 8).getContext('2d')
  context.font = `${size}px "${font.name}"`
  return context.measureText(text)
}

/** The type's size: smaller when the line would not fit in width, or tall letters in height. */
function fitSize(text, font, look) {
  const {
    width,
    actualBoundingBoxAscent: up,
    actualBoundingBoxDescent: down,
  } = measure(text, font, look.fontSize)
  const room = widest - look.margins[0] - look.margins[1]
  const tilt = Math.abs(Math.sin(look.rotation)) * Math.min(width, room)
  return look.fontSize * Math.min(1, room / width, (look.height - 4 - tilt) / (up + down))
}

/**
 * Draws a line; text sits in the middle of the paper, turned and sheared about the paper's center.
 * @param {string} text
 * @param {{ name: string }} font
 * @param {import('./looks.mjs').Look} look
 * @returns RGBA pixels with their width and height
 */
export function drawLine(text, font, look) {
  const size = fitSize(text, font, look)
  const metrics = measure(text, font, size)
  const [left, right] = look.margins
  const width = Math.min(widest, Math.max(narrowest, Math.ceil(metrics.width + left + right)))
  const context = createCanvas(width, look.height).getContext('2d')
  paintPaper(context, look)
  context.translate(width / 2, look.height / 2)
  context.rotate(look.rotation)
  context.transform(1, 0, look.shear, 1, 0, 0)
  context.font = `${size}px "${font.name}"`
  context.fillStyle = css(look.ink)
  const middle = (metrics.actualBoundingBoxAscent - metrics.actualBoundingBoxDescent) / 2
  context.fillText(text, left - (left + right + metrics.width) / 2, middle)
  return { data: context.getImageData(0, 0, width, look.height).data, width, height: look.height }
}
