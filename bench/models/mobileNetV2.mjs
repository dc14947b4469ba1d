// MobileNetV2 (Sandler et al. 2018): inverted residuals with depthwise convolutions and linear bottlenecks.

import { ConvolutionalBuilder, scaled } from './convolutional.mjs'

/** Of each stage: factor of expansion, channels, blocks, stride of its first block. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
]

function invertedResidual(builder, x, { from, to, expansion, stride }) {
  const wide = from * expansion
  const expanded = expansion === 1 ? x : builder.unit(x, { channels: [from, wide] }, 'Relu6')
  const filtered = builder.unit(expanded, { channels: [wide, wide], size: 3, stride, group: wide }, 'Relu6')
  const projected = builder.unit(filtered, { channels: [wide, to] }, '')
  return from === to && stride === 1 ? builder.node('Add', [x, projected]) : projected
}

/**
 * Input `input` float32 [batch, 3, size, size], output `logits` float32 [batch, classes]; opset 17.
 * @param {{ seed?: number, width?: number, size?: number, classes?: number }} [options] `width` multiplies channels
 */
export function mobileNetV2({ seed = 2, width = 1, size = 224, classes = 1000 } = {}) {
  const builder = new ConvolutionalBuilder('mobilenet_v2', seed)
  let from = scaled(32, width)
  let x = builder.unit(builder.image(size), { channels: [3, from], size: 3, stride: 2 }, 'Relu6')
  for (const [expansion, channels, blocks, first] of STAGES) {
    const to = scaled(channels, width)
    for (let block = 0; block < blocks; block++) {
      x = invertedResidual(builder, x, { from, to, expansion, stride: block === 0 ? first : 1 })
      from = to
    }
  }
  const last = scaled(1280, Math.max(width, 0.1))
  builder.classify(builder.unit(x, { channels: [from, last] }, 'Relu6'), last, classes)
  return builder.model(17)
}
