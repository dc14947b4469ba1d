// A GPT-2-like decoder (Radford et al. 2019) as exporters write it that keep keys and values between runs: products of
// rows as Reshape, Gemm, Reshape, GELU spelled out with Tanh, causality by a Slice of a constant mask.

import { attribute, Tensor } from '../../dist/index.mjs'
import { Builder } from './builder.mjs'

/** Standard deviation of GPT-2's initialization. */
const DEVIATION = 0.02
const LEAST = -3.4028234663852886e38

/** @typedef {{ layers: number, hidden: number, heads: number, vocabulary: number, positions?: number }} Size */

class DecoderBuilder extends Builder {
  /** @param {Size} size */
  constructor(name, size, seed) {
    super(name, seed)
    this.size = { positions: 1024, ...size }
    this.headSize = size.hidden / size.heads
    this.splitShape = this.ints('split_shape', [0, 0, size.heads, this.headSize])
    this.joinShape = this.ints('join_shape', [0, 0, size.hidden])
    this.least = this.constant('least', LEAST)
    this.one = this.constant('one', 1)
    this.firstAxis = this.ints('first_axis', [0])
  }

  /** A size of a value, as a vector of one. */
  sizeOf(x, axis) {
    const at = this.graph.own(`axis_${axis}`) ?? this.ints(`axis_${axis}`, [axis])
    return this.node('Gather', [this.node('Shape', [x]), at])
  }

  norm(x, name) {
    const { hidden } = this.size
    const weight = this.normal(`${name}.weight`, [hidden], 0.1, 1)
    const bias = this.normal(`${name}.bias`, [hidden], 0.1)
    return this.node(
      'LayerNormalization',
      [x, weight, bias],
      { axis: attribute.int(-1) },
      `/${name}/LayerNorm`,
    )
  }

  /** All rows at once, whatever they belong to. */
  linear(x, name, from, to) {
    const flat = this.node('Reshape', [x, this.ints(`${name}.flat`, [-1, from])])
    const weight = this.normal(`${name}.weight`, [from, to], DEVIATION)
    const product = this.node(
      'Gemm',
      [flat, weight, this.normal(`${name}.bias`, [to], DEVIATION)],
      {},
      `/${name}/Gemm`,
    )
    const shape = this.node('Concat', [this.sizeOf(x, 0), this.sizeOf(x, 1), this.ints(`${name}.to`, [to])], {
      axis: attribute.int(0),
    })
    return this.node('Reshape', [product, shape])
  }

  gelu(x, name) {
    const by = (what, number) => this.constant(`${name}.${what}`, number)
    const cube = this.node('Mul', [this.node('Pow', [x, by('three', 3)]), by('cubic', 0.044715)])
    const inner = this.node('Mul', [this.node('Add', [x, cube]), by('root', Math.sqrt(2 / Math.PI))])
    const sum = this.node('Add', [this.node('Tanh', [inner]), this.one])
    return this.node('Mul', [this.node('Mul', [x, by('half', 0.5)]), sum])
  }

  heads(x) {
    return this.node('Transpose', [this.node('Reshape', [x, this.splitShape])], {
      perm: attribute.ints([0, 2, 1, 3]),
    })
  }

  /** Keys or values of all tokens so far, which are an input and an output of the model. */
  kept(x, index, which) {
    const { heads } = this.size
    const shape = (length) => ['batch', heads, length, this.headSize]
    const past = this.input(`past_key_values.${index}.${which}`, 'float32', shape('past'))
    const all = this.node('Concat', [past, this.heads(x)], { axis: attribute.int(2) })
    this.output(all, `present.${index}.${which}`, shape('total'))
    return all
  }

  /** @param {{ causal: import('../../dist/index.mjs').Value, added: import('../../dist/index.mjs').Value }} masks */
  attention(x, { causal, added }, name, index) {
    const { hidden } = this.size
    const [query, key, value] = this.graph.add(
      'Split',
      [
        this.linear(x, `${name}.c_attn`, hidden, 3 * hidden),
        this.ints(`${name}.parts`, [hidden, hidden, hidden]),
      ],
      {
        attributes: { axis: attribute.int(2) },
        outputs: 3,
      },
    ).outputs
    const keys = this.node('Transpose', [this.kept(key, index, 'key')], {
      perm: attribute.ints([0, 1, 3, 2]),
    })
    const values = this.kept(value, index, 'value')
    const root = this.constant(`${name}.root`, Math.sqrt(this.headSize))
    const scores = this.node('Div', [this.node('MatMul', [this.heads(query), keys]), root])
    const masked = this.node('Add', [this.node('Where', [causal, scores, this.least]), added])
    const shares = this.node('Softmax', [masked], { axis: attribute.int(-1) })
    const mixed = this.node('Transpose', [this.node('MatMul', [shares, values])], {
      perm: attribute.ints([0, 2, 1, 3]),
    })
    return this.linear(this.node('Reshape', [mixed, this.joinShape]), `${name}.c_proj`, hidden, hidden)
  }

  layer(x, masks, index) {
    const { hidden } = this.size
    const name = `h.${index}`
    const attended = this.node('Add', [
      x,
      this.attention(this.norm(x, `${name}.ln_1`), masks, `${name}.attn`, index),
    ])
    const wide = this.linear(this.norm(attended, `${name}.ln_2`), `${name}.mlp.c_fc`, hidden, 4 * hidden)
    const narrow = this.linear(this.gelu(wide, name), `${name}.mlp.c_proj`, 4 * hidden, hidden)
    return this.node('Add', [attended, narrow])
  }

  /** Which keys each of the last tokens may see: rows of a lower triangle, as [1, 1, sequence, total]. */
  causal(ids, mask) {
    const { positions } = this.size
    const triangle = Uint8Array.from({ length: positions ** 2 }, (_, at) =>
      Number(at % positions <= at / positions),
    )
    const all = this.graph.addInitializer(
      Tensor.from('bool', [1, 1, positions, positions], triangle),
      'triangle',
    )
    const total = this.sizeOf(mask, 1)
    const past = this.node('Sub', [total, this.sizeOf(ids, 1)])
    const rows = this.node('Slice', [all, past, total, this.ints('row_axis', [2])])
    return this.node('Slice', [rows, this.firstAxis, total, this.ints('column_axis', [3])])
  }

  /** 0 where the mask says 1, the least number where it says 0, as [batch, 1, 1, total]. */
  added(mask) {
    const wide = this.node('Unsqueeze', [mask, this.ints('mask_axes', [1, 2])])
    const present = this.node('Cast', [wide], { to: attribute.int(1) })
    return this.node('Mul', [this.node('Sub', [this.one, present]), this.least])
  }
}

/**
 * Inputs `input_ids`, `position_ids` int64 [batch, sequence], `attention_mask` int64 [batch, total], and of each layer
 * `past_key_values.N.key` and `.value` [batch, heads, past, size]; outputs `logits` [batch, sequence, vocabulary],
 * `present.N.key` and `.value`; opset 17.
 * @param {string} name
 * @param {Size} size
 * @param {number} seed
 */
export function decoder(name, size, seed) {
  const builder = new DecoderBuilder(name, size, seed)
  const { layers, hidden, vocabulary } = size
  const shape = ['batch', 'sequence']
  const ids = builder.input('input_ids', 'int64', shape)
  const mask = builder.input('attention_mask', 'int64', ['batch', 'total'])
  const places = builder.input('position_ids', 'int64', shape)
  const table = (which, rows) => builder.normal(`${which}.weight`, [rows, hidden], DEVIATION)
  const words = table('wte', vocabulary)
  const embedded = [
    builder.node('Gather', [words, ids]),
    builder.node('Gather', [table('wpe', builder.size.positions), places]),
  ]
  const masks = { causal: builder.causal(ids, mask), added: builder.added(mask) }
  let x = builder.node('Add', embedded)
  for (let index = 0; index < layers; index++) x = builder.layer(x, masks, index)
  const transposed = builder.node('Transpose', [words], { perm: attribute.ints([1, 0]) })
  const logits = builder.node('MatMul', [builder.norm(x, 'ln_f'), transposed])
  builder.output(logits, 'logits', [...shape, vocabulary])
  return builder.model(17)
}
