// ResNet-50 v1.5 as PyTorch exports it: BatchNorm folded into the convolutions, and equal biases stored once, which all
// other convolutions read through an Identity each. 53 convolutions, one Gemm, 25.5 million random parameters.

import { attribute } from '../../dist/index.mjs'
import { Builder } from './builder.mjs'

/** Of each stage: blocks, inner channels, stride of its first block. */
const STAGES = [
  { blocks: 3, width: 64, stride: 1 },
  { blocks: 4, width: 128, stride: 2 },
  { blocks: 6, width: 256, stride: 2 },
  { blocks: 3, width: 512, stride: 2 },
]

/** Channels that leave a block, per inner channel. */
const EXPANSION = 4

/** Channels of the stem. */
const STEM = 64

const CLASSES = 1000

/** Gain of a block's last convolution: small, so that sums over 16 blocks stay in range as trained networks' do. */
const LAST_GAIN = 0.35

class ResnetBuilder extends Builder {
  /** The one stored bias of each length. */
  #biases = new Map()
  #convolutions = 0

  /**
   * A convolution with He's initialization (normal, variance 2 / fan-in) times `gain`.
   * @param {{ channels: [from: number, to: number], size: number, stride?: number, gain?: number }} shape
   */
  conv(x, { channels: [from, to], size, stride = 1, gain = 1 }) {
    const name = `conv_${this.#convolutions++}`
    const weight = this.normal(
      `${name}.weight`,
      [to, from, size, size],
      gain * Math.sqrt(2 / (from * size * size)),
    )
    const pad = size >> 1
    const attributes = {
      dilations: attribute.ints([1, 1]),
      group: attribute.int(1),
      kernel_shape: attribute.ints([size, size]),
      pads: attribute.ints([pad, pad, pad, pad]),
      strides: attribute.ints([stride, stride]),
    }
    return this.node('Conv', [x, weight, this.#bias(to, name)], attributes, `/${name}/Conv`)
  }

  relu(x) {
    return this.node('Relu', [x])
  }

  #bias(length, name) {
    const stored = this.#biases.get(length)
    if (stored) return this.node('Identity', [stored], {}, `${name}.bias/Identity`)
    const bias = this.normal(`${name}.bias`, [length], 0.05)
    this.#biases.set(length, bias)
    return bias
  }
}

/** 1×1, 3×3, 1×1 and the shortcut around them. */
function bottleneck(builder, x, { from, width, stride }) {
  const to = width * EXPANSION
  const narrow = builder.relu(builder.conv(x, { channels: [from, width], size: 1 }))
  const inner = builder.relu(builder.conv(narrow, { channels: [width, width], size: 3, stride }))
  const wide = builder.conv(inner, { channels: [width, to], size: 1, gain: LAST_GAIN })
  const isSame = from === to && stride === 1
  const shortcut = isSame ? x : builder.conv(x, { channels: [from, to], size: 1, stride, gain: Math.SQRT1_2 })
  return builder.relu(builder.node('Add', [wide, shortcut]))
}

/**
 * Input `input` float32 [batch, 3, size, size], output `logits` float32 [batch, classes]; opset 17. `width` is that of
 * the stem and scales all others.
 * @param {{ seed?: number, width?: number, size?: number, classes?: number }} [options]
 * @returns {import('../../dist/index.mjs').Model}
 */
export function resnet50({ seed = 50, width: base = 64, size = 224, classes = CLASSES } = {}) {
  const builder = new ResnetBuilder('resnet50', seed)
  const input = builder.input('input', 'float32', ['batch', 3, size, size])
  const stem = builder.relu(builder.conv(input, { channels: [3, base], size: 7, stride: 2 }))
  let x = builder.node('MaxPool', [stem], {
    kernel_shape: attribute.ints([3, 3]),
    pads: attribute.ints([1, 1, 1, 1]),
    strides: attribute.ints([2, 2]),
  })
  let from = base
  for (const { blocks, width: wide, stride } of STAGES) {
    const width = (wide * base) / STEM
    for (let block = 0; block < blocks; block++) {
      x = bottleneck(builder, x, { from, width, stride: block === 0 ? stride : 1 })
      from = width * EXPANSION
    }
  }
  const pooled = builder.node('Flatten', [builder.node('GlobalAveragePool', [x])], { axis: attribute.int(1) })
  const weight = builder.normal('fc.weight', [classes, from], Math.sqrt(1 / from))
  const bias = builder.normal('fc.bias', [classes], 0.02)
  builder.output(
    builder.node('Gemm', [pooled, weight, bias], { transB: attribute.int(1) }, '/fc/Gemm'),
    'logits',
    ['batch', classes],
  )
  return builder.model(17)
}
