// What a camera and a file format do to a clean picture: blur, noise, JPEG's blocks, few colors.

import sharp from 'sharp'

const channels = 3

/** Adds noise to brightness only: the same amount on all three channels of a pixel. */
function addNoise(pixels, deviation, random) {
  for (let at = 0; at < pixels.length; at += channels) {
    const amount = Math.round(random.normal() * deviation)
    for (let channel = 0; channel < channels; channel++) {
      pixels[at + channel] = Math.max(0, Math.min(255, pixels[at + channel] + amount))
    }
  }
}

const toSharp = (data, { width, height }) => sharp(data, { raw: { width, height, channels } })

/**
 * Blurs, adds noise and passes through JPEG, each only if the look says so.
 * @param {{ data: Uint8ClampedArray, width: number, height: number }} picture RGBA pixels
 * @param {{ blur: number, noise: number, jpegQuality: number }} look
 * @param {import('./random.mjs').Random} random
 * @returns {Promise<Buffer>} RGB pixels
 */
export async function degrade(picture, look, random) {
  const raw = { width: picture.width, height: picture.height, channels: 4 }
  let image = sharp(Buffer.from(picture.data), { raw }).removeAlpha()
  if (look.blur) image = image.blur({ sigma: look.blur, precision: 'float' })
  let pixels = await image.raw().toBuffer()
  if (look.noise) addNoise(pixels, look.noise, random)
  if (look.jpegQuality) {
    const jpeg = await toSharp(pixels, picture).jpeg({ quality: look.jpegQuality }).toBuffer()
    pixels = await sharp(jpeg).raw().toBuffer()
  }
  return pixels
}

/** A PNG of few colors, as noise would otherwise make the file as large as its pixels; noise hides that they are fewer. */
export const toPng = (pixels, picture, { noise, jpegQuality }) =>
  toSharp(pixels, picture)
    .png({ palette: true, colors: noise || jpegQuality ? 16 : 48, dither: 0, effort: 10 })
    .toBuffer()

/** A JPEG, for pages. */
export const toJpeg = (pixels, picture, quality) => toSharp(pixels, picture).jpeg({ quality }).toBuffer()
