// U-Net (Ronneberger et al. 2015), padded: down by pooling, up by ConvTranspose, with a skip at each level.

import { ConvolutionalBuilder } from './convolutional.mjs'

function twice(builder, x, from, to) {
  const first = builder.unit(x, { channels: [from, to], size: 3 })
  return builder.unit(first, { channels: [to, to], size: 3 })
}

/**
 * Input `input` float32 [batch, 3, size, size], output `mask` float32 [batch, 2, size, size]; opset 17.
 * @param {{ seed?: number, width?: number, levels?: number, size?: number }} [options] `width`: channels of the first
 *   level, which double with each of the `levels`
 */
export function uNet({ seed = 15, width = 64, levels = 4, size = 256 } = {}) {
  const builder = new ConvolutionalBuilder('unet', seed)
  const skips = []
  let [x, channels] = [twice(builder, builder.image(size), 3, width), width]
  for (let level = 0; level < levels; level++) {
    skips.push(x)
    x = twice(builder, builder.pool(x, 'MaxPool', 2, 2), channels, 2 * channels)
    channels *= 2
  }
  for (const skip of skips.reverse()) {
    const up = builder.deconv(x, { channels: [channels, channels / 2] })
    x = twice(builder, builder.concat([skip, up]), channels, channels / 2)
    channels /= 2
  }
  const logits = builder.conv(x, { channels: [channels, 2], bias: true })
  builder.output(builder.node('Sigmoid', [logits]), 'mask', ['batch', 2, size, size])
  return builder.model(17)
}
