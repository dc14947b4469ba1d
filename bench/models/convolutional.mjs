// What graph builders of convolutional networks share: layers as frameworks export them before BatchNorm is folded.

import { attribute } from '../../dist/index.mjs'
import { Builder } from './builder.mjs'

/** Deviation of what BatchNorm scales and shifts by, around 1 and 0. */
const SPREAD = 0.2

export class ConvolutionalBuilder extends Builder {
  #layers = 0

  /**
   * A convolution with He's initialization, which keeps the size of its input at stride 1.
   * @param {{ channels: [from: number, to: number], size?: number, stride?: number, group?: number, bias?: boolean }} shape
   */
  conv(x, { channels: [from, to], size = 1, stride = 1, group = 1, bias = false }) {
    const name = `conv_${this.#layers++}`
    const fanIn = (from / group) * size * size
    const weight = this.normal(`${name}.weight`, [to, from / group, size, size], Math.sqrt(2 / fanIn))
    const added = bias ? [this.normal(`${name}.bias`, [to], 0.05)] : []
    return this.node('Conv', [x, weight, ...added], windows(size, stride, group), `/${name}/Conv`)
  }

  /** Doubles height and width. */
  deconv(x, { channels: [from, to], bias = true }) {
    const name = `deconv_${this.#layers++}`
    const weight = this.normal(`${name}.weight`, [from, to, 2, 2], Math.sqrt(2 / from))
    const added = bias ? [this.normal(`${name}.bias`, [to], 0.05)] : []
    const attributes = { kernel_shape: attribute.ints([2, 2]), strides: attribute.ints([2, 2]) }
    return this.node('ConvTranspose', [x, weight, ...added], attributes, `/${name}/ConvTranspose`)
  }

  norm(x, channels) {
    const name = `norm_${this.#layers++}`
    const by = (what, deviation, mean) => this.normal(`${name}.${what}`, [channels], deviation, mean)
    const statistics = [by('mean', SPREAD, 0), by('var', SPREAD / 2, 1)]
    const inputs = [x, by('weight', SPREAD, 1), by('bias', SPREAD, 0), ...statistics]
    return this.node('BatchNormalization', inputs, {}, `/${name}/BatchNormalization`)
  }

  /** Convolution, BatchNorm and an activation, if any. */
  unit(x, shape, activation = 'Relu') {
    const y = this.norm(this.conv(x, shape), shape.channels[1])
    return activation ? this.activate(y, activation) : y
  }

  /** `SiLU` is spelled out, as exporters do; `Relu6` is a Clip with its bounds as inputs. */
  activate(x, activation) {
    if (activation === 'SiLU') return this.node('Mul', [x, this.node('Sigmoid', [x])])
    if (activation === 'Relu6') return this.node('Clip', [x, this.bound(0), this.bound(6)])
    return this.node(activation, [x])
  }

  bound(number) {
    return this.graph.own(`bound_${number}`) ?? this.constant(`bound_${number}`, number)
  }

  /** Scales channels by what all of space says about them (Hu et al. 2018, "Squeeze-and-Excitation Networks"). */
  squeezeExcite(x, channels, narrow, { inner = 'Relu', gate = 'Sigmoid' } = {}) {
    const pooled = this.node('GlobalAveragePool', [x])
    const squeezed = this.activate(this.conv(pooled, { channels: [channels, narrow], bias: true }), inner)
    const excited = this.conv(squeezed, { channels: [narrow, channels], bias: true })
    return this.node('Mul', [x, this.node(gate, [excited])])
  }

  pool(x, opType, size, stride, pad = 0) {
    return this.node(opType, [x], {
      kernel_shape: attribute.ints([size, size]),
      pads: attribute.ints([pad, pad, pad, pad]),
      strides: attribute.ints([stride, stride]),
    })
  }

  concat(parts, axis = 1) {
    return this.node('Concat', parts, { axis: attribute.int(axis) })
  }

  /** Parts of an axis that are as long as given; opset 13 and later. */
  split(x, sizes, axis = 1) {
    const name = `split_${this.#layers++}`
    const attributes = { axis: attribute.int(axis) }
    return this.graph.add('Split', [x, this.ints(name, sizes)], { attributes, outputs: sizes.length }).outputs
  }

  reshape(x, target) {
    return this.node('Reshape', [x, this.ints(`shape_${this.#layers++}`, target)])
  }

  transpose(x, order) {
    return this.node('Transpose', [x], { perm: attribute.ints(order) })
  }

  /** Mean over space, then one linear layer. */
  classify(x, channels, classes) {
    const pooled = this.node('Flatten', [this.node('GlobalAveragePool', [x])], { axis: attribute.int(1) })
    this.output(this.linear(pooled, channels, classes), 'logits', ['batch', classes])
  }

  linear(x, from, to) {
    const name = `fc_${this.#layers++}`
    const weight = this.normal(`${name}.weight`, [to, from], Math.sqrt(1 / from))
    const bias = this.normal(`${name}.bias`, [to], 0.02)
    return this.node('Gemm', [x, weight, bias], { transB: attribute.int(1) }, `/${name}/Gemm`)
  }

  image(size) {
    return this.input('input', 'float32', ['batch', 3, size, size])
  }
}

function windows(size, stride, group) {
  const pad = size >> 1
  return {
    dilations: attribute.ints([1, 1]),
    group: attribute.int(group),
    kernel_shape: attribute.ints([size, size]),
    pads: attribute.ints([pad, pad, pad, pad]),
    strides: attribute.ints([stride, stride]),
  }
}

/** A width times a factor, as a multiple of 8 (Sandler et al. 2018, "MobileNetV2"). */
export function scaled(width, factor) {
  return Math.max(8, Math.round((width * factor) / 8) * 8)
}
