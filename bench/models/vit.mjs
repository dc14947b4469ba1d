// A vision transformer (Dosovitskiy et al. 2021): patches by a convolution, one linear layer for queries, keys and values
// together, LayerNormalization as an operator, GELU spelled out.

import { attribute } from '../../dist/index.mjs'
import { ChannelsLastBuilder, DEVIATION } from './channelsLast.mjs'

/** @typedef {{ layers: number, hidden: number, heads: number, inner: number }} Size */

class VisionBuilder extends ChannelsLastBuilder {
  #parts = 0

  /** One of the three that lie behind each other. */
  part(x, index) {
    const number = this.graph.own(`part_${index}`) ?? this.index(`part_${index}`, index)
    return this.node('Gather', [x, number], { axis: attribute.int(0) })
  }

  attention(x, { hidden, heads }, tokens) {
    const size = hidden / heads
    const laidOut = this.reshape(this.project(x, hidden, 3 * hidden), [-1, tokens, 3, heads, size])
    const together = this.transpose(laidOut, [2, 0, 3, 1, 4])
    const [query, key, value] = [0, 1, 2].map((index) => this.part(together, index))
    const scaled = this.node('Mul', [query, this.constant(`scale_${this.#parts++}`, size ** -0.5)])
    const scores = this.node('MatMul', [scaled, this.transpose(key, [0, 1, 3, 2])])
    const shares = this.node('Softmax', [scores], { axis: attribute.int(-1) })
    const mixed = this.transpose(this.node('MatMul', [shares, value]), [0, 2, 1, 3])
    return this.project(this.reshape(mixed, [-1, tokens, hidden]), hidden, hidden)
  }
}

/**
 * Input `input` float32 [batch, 3, size, size], output `logits` float32 [batch, classes]; opset 17.
 * @param {Partial<Size> & { seed?: number, patch?: number, size?: number, classes?: number }} [options]
 */
export function vit(options = {}) {
  const { seed = 16, patch = 16, size = 224, classes = 1000, layers = 12 } = options
  const { hidden = 768, heads = 12, inner = 3072 } = options
  const builder = new VisionBuilder('vit', seed)
  const weight = builder.normal('patch.weight', [hidden, 3, patch, patch], DEVIATION)
  const patches = builder.node(
    'Conv',
    [builder.image(size), weight, builder.normal('patch.bias', [hidden], DEVIATION)],
    {
      kernel_shape: attribute.ints([patch, patch]),
      strides: attribute.ints([patch, patch]),
    },
  )
  const tokens = (size / patch) ** 2
  const sequence = builder.transpose(builder.reshape(patches, [-1, hidden, tokens]), [0, 2, 1])
  let x = builder.node('Add', [sequence, builder.normal('positions', [1, tokens, hidden], DEVIATION)])
  for (let layer = 0; layer < layers; layer++) {
    const attended = builder.attention(builder.layerNorm(x, hidden), { hidden, heads }, tokens)
    x = builder.node('Add', [x, attended])
    const wide = builder.gelu(builder.project(builder.layerNorm(x, hidden), hidden, inner))
    x = builder.node('Add', [x, builder.project(wide, inner, hidden)])
  }
  const mean = builder.node('ReduceMean', [builder.layerNorm(x, hidden)], {
    axes: attribute.ints([1]),
    keepdims: attribute.int(0),
  })
  builder.output(builder.linear(mean, hidden, classes), 'logits', ['batch', classes])
  return builder.model(17)
}
