// GoogLeNet with BatchNorm (Szegedy et al. 2015, "Going Deeper with Convolutions"): branches that are concatenated.

import { ConvolutionalBuilder, scaled } from './convolutional.mjs'

/** Of each module: 1×1, before 3×3, 3×3, before 5×5, 5×5, behind pooling; or `pool` between modules. */
const MODULES = [
  [64, 96, 128, 16, 32, 32],
  [128, 128, 192, 32, 96, 64],
  'pool',
  [192, 96, 208, 16, 48, 64],
  [160, 112, 224, 24, 64, 64],
  [128, 128, 256, 24, 64, 64],
  [112, 144, 288, 32, 64, 64],
  [256, 160, 320, 32, 128, 128],
  'pool',
  [256, 160, 320, 32, 128, 128],
  [384, 192, 384, 48, 128, 128],
]

function inceptionModule(builder, x, from, [single, narrow3, wide3, narrow5, wide5, pooled]) {
  const branches = [
    builder.unit(x, { channels: [from, single] }),
    builder.unit(builder.unit(x, { channels: [from, narrow3] }), { channels: [narrow3, wide3], size: 3 }),
    builder.unit(builder.unit(x, { channels: [from, narrow5] }), { channels: [narrow5, wide5], size: 5 }),
    builder.unit(builder.pool(x, 'MaxPool', 3, 1, 1), { channels: [from, pooled] }),
  ]
  return builder.concat(branches)
}

/**
 * Input `input` float32 [batch, 3, size, size], output `logits` float32 [batch, classes]; opset 17.
 * @param {{ seed?: number, width?: number, size?: number, classes?: number }} [options] `width` multiplies channels
 */
export function inception({ seed = 14, width = 1, size = 224, classes = 1000 } = {}) {
  const builder = new ConvolutionalBuilder('inception', seed)
  const [stem, inner, last] = [64, 64, 192].map((channels) => scaled(channels, width))
  let x = builder.unit(builder.image(size), { channels: [3, stem], size: 7, stride: 2 })
  x = builder.unit(builder.pool(x, 'MaxPool', 3, 2, 1), { channels: [stem, inner] })
  x = builder.pool(builder.unit(x, { channels: [inner, last], size: 3 }), 'MaxPool', 3, 2, 1)
  let from = last
  for (const shape of MODULES) {
    if (shape === 'pool') {
      x = builder.pool(x, 'MaxPool', 3, 2, 1)
      continue
    }
    const widths = shape.map((channels) => scaled(channels, width))
    x = inceptionModule(builder, x, from, widths)
    from = widths[0] + widths[2] + widths[4] + widths[5]
  }
  builder.classify(x, from, classes)
  return builder.model(17)
}
