// ConvNeXt-T (Liu et al. 2022): depthwise convolutions of 7 x 7, everything else with channels last, as PyTorch exports it.

import { attribute } from '../../dist/index.mjs'
import { ChannelsLastBuilder } from './channelsLast.mjs'
import { scaled } from './convolutional.mjs'

/** Of each stage: channels, blocks. */
const STAGES = [
  [96, 3],
  [192, 3],
  [384, 9],
  [768, 3],
]

const LAST = [0, 2, 3, 1]
const FIRST = [0, 3, 1, 2]

class ConvNeXtBuilder extends ChannelsLastBuilder {
  #parts = 0

  block(x, channels) {
    const filtered = this.conv(x, { channels: [channels, channels], size: 7, group: channels, bias: true })
    const rows = this.layerNorm(this.transpose(filtered, LAST), channels)
    const narrow = this.project(this.gelu(this.project(rows, channels, 4 * channels)), 4 * channels, channels)
    const gamma = this.normal(`gamma_${this.#parts++}`, [channels], 0.1, 0.3)
    return this.node('Add', [this.transpose(this.node('Mul', [gamma, narrow]), FIRST), x])
  }

  /** Patches side by side, without pads. */
  patches(x, from, to, size) {
    const name = `patches_${this.#parts++}`
    const weight = this.normal(`${name}.weight`, [to, from, size, size], Math.sqrt(1 / (from * size * size)))
    const attributes = { kernel_shape: attribute.ints([size, size]), strides: attribute.ints([size, size]) }
    return this.node('Conv', [x, weight, this.normal(`${name}.bias`, [to], 0.05)], attributes)
  }

  normalized(x, channels) {
    return this.transpose(this.layerNorm(this.transpose(x, LAST), channels), FIRST)
  }
}

/**
 * Input `input` float32 [batch, 3, size, size], output `logits` float32 [batch, classes]; opset 17.
 * @param {{ seed?: number, width?: number, size?: number, classes?: number }} [options] `width` multiplies channels
 */
export function convNeXt({ seed = 41, width = 1, size = 224, classes = 1000 } = {}) {
  const builder = new ConvNeXtBuilder('convnext_tiny', seed)
  let [from, x] = [3, builder.image(size)]
  for (const [index, [channels, blocks]] of STAGES.entries()) {
    const to = scaled(channels, width)
    if (index > 0) x = builder.normalized(x, from)
    x = builder.patches(x, from, to, index === 0 ? 4 : 2)
    if (index === 0) x = builder.normalized(x, to)
    for (let block = 0; block < blocks; block++) x = builder.block(x, to)
    from = to
  }
  builder.classify(x, from, classes)
  return builder.model(17)
}
