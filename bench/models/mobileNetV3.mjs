// MobileNetV3-Large (Howard et al. 2019): inverted residuals, some with squeeze-and-excitation, and HardSwish.

import { ConvolutionalBuilder, scaled } from './convolutional.mjs'

/** Of each block: kernel, expanded channels, channels, squeeze-and-excitation, activation, stride. */
const BLOCKS = [
  [3, 16, 16, false, 'Relu', 1],
  [3, 64, 24, false, 'Relu', 2],
  [3, 72, 24, false, 'Relu', 1],
  [5, 72, 40, true, 'Relu', 2],
  [5, 120, 40, true, 'Relu', 1],
  [5, 120, 40, true, 'Relu', 1],
  [3, 240, 80, false, 'HardSwish', 2],
  [3, 200, 80, false, 'HardSwish', 1],
  [3, 184, 80, false, 'HardSwish', 1],
  [3, 184, 80, false, 'HardSwish', 1],
  [3, 480, 112, true, 'HardSwish', 1],
  [3, 672, 112, true, 'HardSwish', 1],
  [5, 672, 160, true, 'HardSwish', 2],
  [5, 960, 160, true, 'HardSwish', 1],
  [5, 960, 160, true, 'HardSwish', 1],
]

function block(builder, x, from, [size, expanded, channels, excites, activation, stride], width) {
  const [wide, to] = [scaled(expanded, width), scaled(channels, width)]
  const opened = wide === from ? x : builder.unit(x, { channels: [from, wide] }, activation)
  const filtered = builder.unit(opened, { channels: [wide, wide], size, stride, group: wide }, activation)
  const gated = excites
    ? builder.squeezeExcite(filtered, wide, scaled(wide / 4, 1), { gate: 'HardSigmoid' })
    : filtered
  const projected = builder.unit(gated, { channels: [wide, to] }, '')
  return { to, x: from === to && stride === 1 ? builder.node('Add', [x, projected]) : projected }
}

/**
 * Input `input` float32 [batch, 3, size, size], output `logits` float32 [batch, classes]; opset 17.
 * @param {{ seed?: number, width?: number, size?: number, classes?: number }} [options] `width` multiplies channels
 */
export function mobileNetV3({ seed = 3, width = 1, size = 224, classes = 1000 } = {}) {
  const builder = new ConvolutionalBuilder('mobilenet_v3_large', seed)
  let from = scaled(16, width)
  let x = builder.unit(builder.image(size), { channels: [3, from], size: 3, stride: 2 }, 'HardSwish')
  for (const shape of BLOCKS) {
    const made = block(builder, x, from, shape, width)
    x = made.x
    from = made.to
  }
  const [wide, last] = [scaled(960, width), scaled(1280, width)]
  const pooled = builder.node('GlobalAveragePool', [builder.unit(x, { channels: [from, wide] }, 'HardSwish')])
  const hidden = builder.node('HardSwish', [builder.conv(pooled, { channels: [wide, last], bias: true })])
  builder.classify(hidden, last, classes)
  return builder.model(17)
}
