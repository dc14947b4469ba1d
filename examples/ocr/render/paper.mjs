// The paper under the text: one color, or two that run into each other.

/** A color as canvas takes it. */
export const css = (color) => `rgb(${color.join(',')})`

/**
 * Fills the canvas from corner to corner.
 * @param {import('@napi-rs/canvas').SKRSContext2D} context
 * @param {import('./looks.mjs').Look} look
 */
export function paintPaper(context, { paper, far }) {
  const { width, height } = context.canvas
  const gradient = context.createLinearGradient(0, 0, width, height)
  gradient.addColorStop(0, css(paper))
  gradient.addColorStop(1, css(far))
  context.fillStyle = gradient
  context.fillRect(0, 0, width, height)
}
