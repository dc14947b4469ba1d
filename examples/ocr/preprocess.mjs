// Pictures to the float arrays PP-OCR's models take: [1, 3, height, width], channels in the order blue, green, red.

import sharp from 'sharp'

/** @typedef {{ data: Float32Array, dims: number[] }} Array4 float32 values and their shape [1, 3, height, width] */

/** Scale of the recognizer and the classifier: 0..255 to -1..1. */
const centered = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] }

/** ImageNet's means and deviations. PaddleOCR applies them in this order to blue, green, red; the detector learned it so. */
const imageNet = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] }

const roundUp = (value, multiple) => Math.ceil(value / multiple) * multiple

/**
 * Interleaved RGB bytes to planes of normalized floats. Pixels of the wider array that the picture doesn't reach stay 0.
 * @param {Uint8Array} pixels RGB, row by row
 * @param {{ width: number, height: number, paddedWidth?: number }} size of the picture, and of the array if wider
 * @param {{ mean: number[], deviation: number[] }} scale
 * @returns {Array4}
 */
export function toPlanes(pixels, { width, height, paddedWidth = width }, { mean, deviation }) {
  const data = new Float32Array(3 * height * paddedWidth)
  for (let plane = 0; plane < 3; plane++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const value = pixels[(row * width + column) * 3 + (2 - plane)] / 255
        data[(plane * height + row) * paddedWidth + column] = (value - mean[plane]) / deviation[plane]
      }
    }
  }
  return { data, dims: [1, 3, height, paddedWidth] }
}

/** RGB bytes of a picture at the given size; its proportions are not kept. */
const pixelsAt = (image, width, height) =>
  image
    .toColourspace('srgb')
    .removeAlpha()
    .resize({ width, height, fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer()

/**
 * A text line for the recognizer: 48 pixels high, proportions kept, the width padded on the right to a multiple of 8
 * (the recognizer's stride) with 0, which is mid-gray, as PaddleOCR pads.
 * @param {string | Buffer} picture a file's path, or its bytes
 * @returns {Promise<Array4>}
 */
export async function prepareLine(picture) {
  const image = sharp(picture)
  const source = await image.metadata()
  const height = 48
  const width = Math.max(1, Math.round((source.width * height) / source.height))
  const pixels = await pixelsAt(image, width, height)
  return toPlanes(pixels, { width, height, paddedWidth: roundUp(width, 8) }, centered)
}

/**
 * A text line for the angle classifier: 48 high, at most 192 wide, padded on the right to 192.
 * @param {string | Buffer} picture a file's path, or its bytes
 * @param {{ upsideDown?: boolean }} [options] turn the line by 180 degrees first
 * @returns {Promise<Array4>}
 */
export async function prepareClassifier(picture, { upsideDown = false } = {}) {
  const source = await sharp(picture).metadata()
  const height = 48
  const width = Math.max(1, Math.min(192, Math.ceil((source.width * height) / source.height)))
  const turned = upsideDown ? await sharp(picture).rotate(180).png().toBuffer() : picture
  const pixels = await pixelsAt(sharp(turned), width, height)
  return toPlanes(pixels, { width, height, paddedWidth: 192 }, centered)
}

/**
 * A page for the detector: both sides rounded to the nearest multiple of 32.
 * @param {string | Buffer} picture a file's path, or its bytes
 * @returns {Promise<Array4>}
 */
export async function prepareDetector(picture) {
  const image = sharp(picture)
  const source = await image.metadata()
  const width = Math.max(32, Math.round(source.width / 32) * 32)
  const height = Math.max(32, Math.round(source.height / 32) * 32)
  return toPlanes(await pixelsAt(image, width, height), { width, height }, imageNet)
}
