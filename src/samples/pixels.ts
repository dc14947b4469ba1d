/** Bytes of an image as numbers in the order that a model wants. */

export interface Arrangement {
  readonly layout: 'NCHW' | 'NHWC'
  readonly channels: 'RGB' | 'BGR' | 'gray'
  readonly scale: number
  readonly mean: number | readonly number[]
  readonly std: number | readonly number[]
}

/**
 * `(pixel · scale − mean) / std` for every pixel, channels reordered and, for NCHW, one plane after the other.
 * @param pixels rows of interleaved bytes, red first
 */
export function arrange(pixels: Uint8Array, width: number, height: number, how: Arrangement): Float32Array {
  const stride = pixels.length / (width * height)
  const colors = how.channels === 'gray' ? 1 : 3
  const elements = new Float32Array(width * height * colors)
  for (let color = 0; color < colors; color++) {
    const table = lookup(how, color)
    const source = Math.min(how.channels === 'BGR' ? 2 - color : color, stride - 1)
    const [first, step] = how.layout === 'NCHW' ? [color * width * height, 1] : [color, colors]
    for (let index = 0; index < width * height; index++)
      elements[first + index * step] = table[pixels[index * stride + source] as number] as number
  }
  return elements
}

/** What each of the 256 bytes becomes in a channel. */
function lookup({ scale, mean, std }: Arrangement, color: number): Float32Array {
  const shift = of(mean, color)
  const divisor = of(std, color)
  return Float32Array.from({ length: 256 }, (_, byte) => (byte * scale - shift) / divisor)
}

function of(setting: number | readonly number[], color: number): number {
  return typeof setting === 'number' ? setting : (setting[color] ?? setting[0] ?? 0)
}
