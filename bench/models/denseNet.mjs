// DenseNet-121 (Huang et al. 2017): every layer reads what all layers of its block before it have made.

import { ConvolutionalBuilder } from './convolutional.mjs'

const BLOCKS = [6, 12, 24, 16]

/** Channels inside a layer, per channel that it adds. */
const BOTTLENECK = 4

/** BatchNorm and ReLU come first, then the convolution. */
function preactivated(builder, x, shape) {
  return builder.conv(builder.node('Relu', [builder.norm(x, shape.channels[0])]), shape)
}

/**
 * Input `input` float32 [batch, 3, size, size], output `logits` float32 [batch, classes]; opset 17.
 * @param {{ seed?: number, growth?: number, blocks?: number[], size?: number, classes?: number }} [options] `growth` is
 *   what each layer adds; the stem has twice as many channels
 */
export function denseNet({ seed = 121, growth = 32, blocks = BLOCKS, size = 224, classes = 1000 } = {}) {
  const builder = new ConvolutionalBuilder('densenet', seed)
  let channels = 2 * growth
  let x = builder.unit(builder.image(size), { channels: [3, channels], size: 7, stride: 2 })
  x = builder.pool(x, 'MaxPool', 3, 2, 1)
  for (const [at, layers] of blocks.entries()) {
    const parts = [x]
    for (let layer = 0; layer < layers; layer++) {
      const all = parts.length > 1 ? builder.concat(parts) : x
      const narrow = preactivated(builder, all, { channels: [channels, BOTTLENECK * growth] })
      parts.push(preactivated(builder, narrow, { channels: [BOTTLENECK * growth, growth], size: 3 }))
      channels += growth
    }
    x = builder.concat(parts)
    if (at === blocks.length - 1) break
    x = preactivated(builder, x, { channels: [channels, channels / 2] })
    channels /= 2
    x = builder.pool(x, 'AveragePool', 2, 2)
  }
  builder.classify(builder.node('Relu', [builder.norm(x, channels)]), channels, classes)
  return builder.model(17)
}
