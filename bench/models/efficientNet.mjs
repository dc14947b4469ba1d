// EfficientNet-B0 (Tan and Le 2019): inverted residuals with squeeze-and-excitation and SiLU.

import { ConvolutionalBuilder, scaled } from './convolutional.mjs'

/** Of each stage: factor of expansion, channels, blocks, stride of its first block, kernel. */
const STAGES = [
  [1, 16, 1, 1, 3],
  [6, 24, 2, 2, 3],
  [6, 40, 2, 2, 5],
  [6, 80, 3, 2, 3],
  [6, 112, 3, 1, 5],
  [6, 192, 4, 2, 5],
  [6, 320, 1, 1, 3],
]

/** Of the channels that enter a block, what its squeeze-and-excitation narrows to. */
const SQUEEZE = 1 / 4

function block(builder, x, { from, to, expansion, stride, size }) {
  const wide = from * expansion
  const opened = expansion === 1 ? x : builder.unit(x, { channels: [from, wide] }, 'SiLU')
  const filtered = builder.unit(opened, { channels: [wide, wide], size, stride, group: wide }, 'SiLU')
  const gated = builder.squeezeExcite(filtered, wide, Math.max(4, from * SQUEEZE), { inner: 'SiLU' })
  const projected = builder.unit(gated, { channels: [wide, to] }, '')
  return from === to && stride === 1 ? builder.node('Add', [projected, x]) : projected
}

/**
 * Input `input` float32 [batch, 3, size, size], output `logits` float32 [batch, classes]; opset 17.
 * @param {{ seed?: number, width?: number, size?: number, classes?: number }} [options] `width` multiplies channels
 */
export function efficientNet({ seed = 19, width = 1, size = 224, classes = 1000 } = {}) {
  const builder = new ConvolutionalBuilder('efficientnet_b0', seed)
  let from = scaled(32, width)
  let x = builder.unit(builder.image(size), { channels: [3, from], size: 3, stride: 2 }, 'SiLU')
  for (const [expansion, channels, blocks, first, kernel] of STAGES) {
    const to = scaled(channels, width)
    for (let at = 0; at < blocks; at++) {
      x = block(builder, x, { from, to, expansion, stride: at === 0 ? first : 1, size: kernel })
      from = to
    }
  }
  const last = scaled(1280, width)
  builder.classify(builder.unit(x, { channels: [from, last] }, 'SiLU'), last, classes)
  return builder.model(17)
}
