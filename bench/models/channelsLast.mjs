// What graph builders of networks share whose layers see channels along the last axis.

import { attribute } from '../../dist/index.mjs'
import { ConvolutionalBuilder } from './convolutional.mjs'

export const DEVIATION = 0.05

/** Layers along the last axis, as PyTorch exports them. */
export class ChannelsLastBuilder extends ConvolutionalBuilder {
  #parts = 0

  project(x, from, to) {
    const name = `linear_${this.#parts++}`
    const product = this.node(
      'MatMul',
      [x, this.normal(`${name}.weight`, [from, to], DEVIATION)],
      {},
      `/${name}/MatMul`,
    )
    return this.node('Add', [product, this.normal(`${name}.bias`, [to], DEVIATION)])
  }

  layerNorm(x, hidden) {
    const name = `layer_norm_${this.#parts++}`
    const scale = this.normal(`${name}.weight`, [hidden], 0.1, 1)
    const bias = this.normal(`${name}.bias`, [hidden], 0.1)
    return this.node('LayerNormalization', [x, scale, bias], { axis: attribute.int(-1) })
  }

  gelu(x) {
    const error = this.node('Erf', [this.node('Div', [x, this.bound(Math.SQRT2)])])
    return this.node('Mul', [
      this.node('Mul', [x, this.node('Add', [error, this.bound(1)])]),
      this.bound(0.5),
    ])
  }
}
