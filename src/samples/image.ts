/** Images as tensors, by `sharp`, which is an optional peer. */
import { OnnxpressError } from '../errors'
import { fromFloat32 } from '../native'
import type { FeedTensor, ModelInput } from '../runtime'
import { badSamples } from './badSamples'
import { type Arrangement, arrange } from './pixels'
import type { Preprocess } from './preprocess'

/** Pixels of one image: larger ones are refused before they are decoded. */
const MOST_PIXELS = 2 ** 27

export type ReadImage = (path: string) => Promise<FeedTensor>

/**
 * A function that reads images for an input.
 * @throws OnnxpressError `BAD_SAMPLES` without a `preprocess` block: how a model wants its images cannot be guessed
 */
export function imageReader(path: string, input: ModelInput, preprocess: Preprocess | undefined): ReadImage {
  if (!preprocess)
    throw badSamples(
      path,
      'images need a preprocess block in the recipe, such as { resize: { width: 224, height: 224 }, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }',
    )
  const type = preprocess.dtype ?? input.type ?? 'float32'
  const isFloat = type.startsWith('float')
  const arrangement: Arrangement = {
    layout: preprocess.layout ?? 'NCHW',
    channels: preprocess.channels ?? 'RGB',
    scale: preprocess.scale ?? (isFloat ? 1 / 255 : 1),
    mean: preprocess.mean ?? 0,
    std: preprocess.std ?? 1,
  }
  return async (file) => {
    const { pixels, width, height } = await decode(file, preprocess)
    const elements = arrange(pixels, width, height, arrangement)
    const colors = arrangement.channels === 'gray' ? 1 : 3
    const dims = arrangement.layout === 'NCHW' ? [1, colors, height, width] : [1, height, width, colors]
    return { type, dims, data: await cast(elements, type, file) }
  }
}

interface Decoded {
  readonly pixels: Buffer
  readonly width: number
  readonly height: number
}

async function decode(path: string, { resize, channels }: Preprocess): Promise<Decoded> {
  const sharp = await loadSharp(path)
  try {
    const image = sharp(path, { limitInputPixels: MOST_PIXELS, failOn: 'error' })
      .rotate()
      .flatten({ background: '#ffffff' })
      .toColourspace(channels === 'gray' ? 'b-w' : 'srgb')
    const { width, height, fit = 'fill' } = resize ?? {}
    const isBoth = width !== undefined && height !== undefined
    const sized =
      width === undefined && height === undefined
        ? image
        : image.resize({ ...(width && { width }), ...(height && { height }), ...(isBoth && { fit }) })
    const { data, info } = await sized.raw().toBuffer({ resolveWithObject: true })
    return { pixels: data, width: info.width, height: info.height }
  } catch (cause) {
    throw badSamples(path, `cannot be decoded as an image: ${(cause as Error).message}`, cause)
  }
}

async function loadSharp(path: string) {
  try {
    return (await import('sharp')).default
  } catch (cause) {
    const message = `Reading ${path} needs the package sharp, which cannot be loaded: run \`npm install sharp\``
    throw new OnnxpressError('NOT_AVAILABLE', message, { path, cause })
  }
}

async function cast(elements: Float32Array, type: string, path: string): Promise<ArrayBufferView> {
  switch (type) {
    case 'float32':
      return elements
    case 'float16':
      return fromFloat32(elements, 'float16')
    case 'float64':
      return Float64Array.from(elements)
    case 'uint8':
      return Uint8Array.from(Uint8ClampedArray.from(elements))
    case 'int8':
      return Int8Array.from(elements, (element) => Math.max(-128, Math.min(127, Math.round(element))))
    default:
      throw badSamples(path, `an image cannot become a tensor of ${type}; set dtype in the preprocess block`)
  }
}
