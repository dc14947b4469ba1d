// A BERT-like encoder as PyTorch's older exporter writes it: linear layers as MatMul and Add, GELU spelled out with Erf,
// LayerNormalization spelled out in primitive operations, embeddings by Gather.

import { attribute } from '../../dist/index.mjs'
import { Builder } from './builder.mjs'

/** Standard deviation of BERT's initialization. */
const DEVIATION = 0.02

/** @typedef {{ layers: number, hidden: number, heads: number, inner: number, vocabulary: number, positions?: number }} Size */

class EncoderBuilder extends Builder {
  /** @param {Size} size */
  constructor(name, size, seed) {
    super(name, seed)
    this.size = size
    this.one = this.scalar('one', 1)
    this.half = this.scalar('half', 0.5)
    this.root2 = this.scalar('root2', Math.SQRT2)
    this.two = this.scalar('two', 2)
    this.epsilon = this.scalar('epsilon', 1e-12)
    this.rootOfHeadSize = this.scalar('root_of_head_size', Math.sqrt(size.hidden / size.heads))
    this.splitShape = this.ints('split_shape', [0, 0, size.heads, size.hidden / size.heads])
    this.joinShape = this.ints('join_shape', [0, 0, size.hidden])
  }

  linear(x, name, from, to) {
    const weight = this.normal(`${name}.weight`, [from, to], DEVIATION)
    const bias = this.normal(`${name}.bias`, [to], DEVIATION)
    return this.node(
      'Add',
      [bias, this.node('MatMul', [x, weight], {}, `/${name}/MatMul`)],
      {},
      `/${name}/Add`,
    )
  }

  norm(x, name) {
    const { hidden } = this.size
    const lastAxis = { axes: attribute.ints([-1]) }
    const centered = this.node('Sub', [x, this.node('ReduceMean', [x], lastAxis)])
    const variance = this.node('ReduceMean', [this.node('Pow', [centered, this.two])], lastAxis)
    const deviation = this.node('Sqrt', [this.node('Add', [variance, this.epsilon])])
    const scaled = this.node('Mul', [
      this.node('Div', [centered, deviation]),
      this.normal(`${name}.weight`, [hidden], 0.1, 1),
    ])
    return this.node('Add', [scaled, this.normal(`${name}.bias`, [hidden], 0.1)])
  }

  gelu(x) {
    const error = this.node('Erf', [this.node('Div', [x, this.root2])])
    return this.node('Mul', [this.node('Mul', [x, this.node('Add', [error, this.one])]), this.half])
  }

  /** [batch, sequence, hidden] to heads; keys come transposed. */
  heads(x, permutation) {
    return this.node('Transpose', [this.node('Reshape', [x, this.splitShape])], {
      perm: attribute.ints(permutation),
    })
  }

  attention(x, mask, name) {
    const { hidden } = this.size
    const part = (which) => this.linear(x, `${name}.self.${which}`, hidden, hidden)
    const query = this.heads(part('query'), [0, 2, 1, 3])
    const key = this.heads(part('key'), [0, 2, 3, 1])
    const value = this.heads(part('value'), [0, 2, 1, 3])
    const scores = this.node('Div', [this.node('MatMul', [query, key]), this.rootOfHeadSize])
    const shares = this.node('Softmax', [this.node('Add', [scores, mask])], { axis: attribute.int(-1) })
    const mixed = this.node('Transpose', [this.node('MatMul', [shares, value])], {
      perm: attribute.ints([0, 2, 1, 3]),
    })
    const joined = this.node('Reshape', [mixed, this.joinShape])
    return this.norm(
      this.node('Add', [this.linear(joined, `${name}.output`, hidden, hidden), x]),
      `${name}.output.norm`,
    )
  }

  layer(x, mask, index) {
    const { hidden, inner } = this.size
    const name = `encoder.layer.${index}`
    const attended = this.attention(x, mask, `${name}.attention`)
    const wide = this.gelu(this.linear(attended, `${name}.intermediate`, hidden, inner))
    return this.norm(
      this.node('Add', [this.linear(wide, `${name}.output`, inner, hidden), attended]),
      `${name}.output.norm`,
    )
  }

  embed(ids, types) {
    const { hidden, vocabulary, positions = 512 } = this.size
    const table = (name, rows) => this.normal(`embeddings.${name}.weight`, [rows, hidden], DEVIATION)
    const length = this.node('Gather', [this.node('Shape', [ids]), this.ints('one_index', [1])], {
      axis: attribute.int(0),
    })
    const places = this.node('Slice', [
      table('position', positions),
      this.ints('zero', [0]),
      length,
      this.ints('axis', [0]),
    ])
    const words = this.node('Gather', [table('word', vocabulary), ids])
    const kinds = this.node('Gather', [table('type', 2), types])
    return this.norm(this.node('Add', [this.node('Add', [words, kinds]), places]), 'embeddings.norm')
  }

  /** 0 where the mask says 1, −10000 where it says 0, as [batch, 1, 1, sequence]. */
  mask(mask) {
    const wide = this.node('Unsqueeze', [mask, this.ints('mask_axes', [1, 2])])
    const present = this.node('Cast', [wide], { to: attribute.int(1) })
    return this.node('Mul', [this.node('Sub', [this.one, present]), this.scalar('masked', -10000)])
  }

  pool(x) {
    const { hidden } = this.size
    const first = this.node('Gather', [x, this.first()], { axis: attribute.int(1) })
    const weight = this.normal('pooler.weight', [hidden, hidden], DEVIATION)
    const bias = this.normal('pooler.bias', [hidden], DEVIATION)
    return this.node('Tanh', [this.node('Gemm', [first, weight, bias], { transB: attribute.int(1) })])
  }

  /** A scalar index, so that Gather drops the axis. */
  first() {
    return this.node('Squeeze', [this.ints('first_token', [0])])
  }
}

/**
 * Inputs `input_ids`, `attention_mask`, `token_type_ids` int64 [batch, sequence]; outputs `last_hidden_state` and
 * `pooler_output`; opset 14.
 * @param {string} name
 * @param {Size} size
 * @param {number} seed
 * @returns {import('../../dist/index.mjs').Model}
 */
export function encoder(name, size, seed) {
  const builder = new EncoderBuilder(name, size, seed)
  const shape = ['batch', 'sequence']
  const [ids, mask, types] = ['input_ids', 'attention_mask', 'token_type_ids'].map((input) =>
    builder.input(input, 'int64', shape),
  )
  const shut = builder.mask(mask)
  let x = builder.embed(ids, types)
  for (let index = 0; index < size.layers; index++) x = builder.layer(x, shut, index)
  const pooled = builder.pool(x)
  builder.output(x, 'last_hidden_state', [...shape, size.hidden])
  builder.output(pooled, 'pooler_output', ['batch', size.hidden])
  return builder.model(14)
}
