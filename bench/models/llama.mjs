// A Llama-like decoder (Touvron et al. 2023) as onnxruntime's own builder of generative models writes it: weights of 4 bits
// in blocks (MatMulNBits), GroupQueryAttention that turns queries and keys by their positions, root mean square norms that
// add what they skip. https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md

import { attribute, Tensor } from '../../dist/index.mjs'
import { Builder } from './builder.mjs'

const BLOCK = 32
const BITS = 4
const EPSILON = 1e-5
const MICROSOFT = 'com.microsoft'

/**
 * @typedef {{ layers: number, hidden: number, heads: number, keyHeads: number, inner: number, vocabulary: number,
 *   positions?: number, accuracyLevel?: number }} LlamaSize
 */

class LlamaBuilder extends Builder {
  /** @param {LlamaSize} size */
  constructor(name, size, seed) {
    super(name, seed)
    this.size = { positions: 512, accuracyLevel: 4, ...size }
    this.headSize = size.hidden / size.heads
    const [cosines, sines] = [Math.cos, Math.sin].map((turn) => this.turns(turn))
    this.cosines = this.floats('cos_cache', cosines, [this.size.positions, this.headSize / 2])
    this.sines = this.floats('sin_cache', sines, [this.size.positions, this.headSize / 2])
  }

  /** Of each position and pair of numbers (Su et al. 2021, section 3.2.2). */
  turns(turn) {
    const pairs = this.headSize / 2
    return Array.from({ length: this.size.positions * pairs }, (_, at) =>
      turn(Math.floor(at / pairs) * 10000 ** (-(at % pairs) / pairs)),
    )
  }

  microsoft(opType, inputs, attributes, outputs = 1) {
    return this.graph.add(opType, inputs, { domain: MICROSOFT, attributes, outputs }).outputs
  }

  /** By random weights of 4 bits. */
  linear(x, name, from, to) {
    const blocks = from / BLOCK
    const bytes = Uint8Array.from(
      { length: (to * from * BITS) / 8 },
      (_, at) => (Math.imul(at + name.length, 2654435761) >>> 13) & 255,
    )
    const q = this.graph.addInitializer(
      Tensor.from('uint8', [to, blocks, (BLOCK * BITS) / 8], bytes),
      `${name}.weight`,
    )
    const scales = this.normal(`${name}.scales`, [to * blocks], 0.0005, 0.16 / Math.sqrt(from))
    const numbers = { K: from, N: to, bits: BITS, block_size: BLOCK, accuracy_level: this.size.accuracyLevel }
    const attributes = Object.fromEntries(
      Object.entries(numbers).map(([key, number]) => [key, attribute.int(number)]),
    )
    return this.microsoft('MatMulNBits', [x, q, scales], attributes)[0]
  }

  scales(name) {
    return this.normal(`${name}.weight`, [this.size.hidden], 0.1, 1)
  }

  /** The sum of both, and that normalized. */
  skipNorm(x, skip, name) {
    const outputs = this.microsoft(
      'SkipSimplifiedLayerNormalization',
      [x, skip, this.scales(name)],
      { epsilon: attribute.float(EPSILON) },
      4,
    )
    return { normalized: outputs[0], sum: outputs[3] }
  }

  attention(x, { lengths, total }, index) {
    const { hidden, heads, keyHeads } = this.size
    const name = `model.layers.${index}.attn`
    const shape = (length) => ['batch', keyHeads, length, this.headSize]
    const part = (which, count) => this.linear(x, `${name}.${which}_proj`, hidden, count * this.headSize)
    const past = ['key', 'value'].map((which) =>
      this.input(`past_key_values.${index}.${which}`, 'float32', shape('past')),
    )
    const [mixed, key, value] = this.microsoft(
      'GroupQueryAttention',
      [
        part('q', heads),
        part('k', keyHeads),
        part('v', keyHeads),
        ...past,
        lengths,
        total,
        this.cosines,
        this.sines,
      ],
      {
        num_heads: attribute.int(heads),
        kv_num_heads: attribute.int(keyHeads),
        do_rotary: attribute.int(1),
        scale: attribute.float(1 / Math.sqrt(this.headSize)),
      },
      3,
    )
    this.output(key, `present.${index}.key`, shape('total'))
    this.output(value, `present.${index}.value`, shape('total'))
    return this.linear(mixed, `${name}.o_proj`, hidden, hidden)
  }

  /** Gated by x · σ(x) (Shazeer 2020). */
  feedForward(x, index) {
    const { hidden, inner } = this.size
    const name = `model.layers.${index}.mlp`
    const gate = this.linear(x, `${name}.gate_proj`, hidden, inner)
    const silu = this.node('Mul', [gate, this.node('Sigmoid', [gate])])
    const up = this.linear(x, `${name}.up_proj`, hidden, inner)
    return this.linear(this.node('Mul', [silu, up]), `${name}.down_proj`, inner, hidden)
  }

  /** How many tokens there are of each sequence less one, and of the longest. */
  lengths(mask) {
    const sum = this.node('ReduceSum', [mask, this.ints('mask_axis', [1])], { keepdims: attribute.int(0) })
    const less = this.node('Sub', [sum, this.ints('one', [1])])
    const total = this.node('Gather', [this.node('Shape', [mask]), this.index('total_axis', 1)])
    const whole = { to: attribute.int(6) }
    return { lengths: this.node('Cast', [less], whole), total: this.node('Cast', [total], whole) }
  }
}

/**
 * Inputs `input_ids` int64 [batch, sequence], `attention_mask` int64 [batch, total], and of each layer
 * `past_key_values.N.key` and `.value` [batch, key heads, past, size]; outputs `logits` [batch, sequence, vocabulary],
 * `present.N.key` and `.value`; opset 21.
 * @param {string} name
 * @param {LlamaSize} size
 * @param {number} seed
 */
export function llama(name, size, seed) {
  const builder = new LlamaBuilder(name, size, seed)
  const { layers, hidden, vocabulary } = size
  const ids = builder.input('input_ids', 'int64', ['batch', 'sequence'])
  const mask = builder.input('attention_mask', 'int64', ['batch', 'total'])
  const lengths = builder.lengths(mask)
  let sum = builder.node('Gather', [builder.normal('embed_tokens.weight', [vocabulary, hidden], 0.02), ids])
  let normalized = builder.node(
    'SimplifiedLayerNormalization',
    [sum, builder.scales('model.layers.0.input_layernorm')],
    {
      axis: attribute.int(-1),
      epsilon: attribute.float(EPSILON),
    },
  )
  for (let index = 0; index < layers; index++) {
    const attended = builder.skipNorm(
      sum,
      builder.attention(normalized, lengths, index),
      `model.layers.${index}.post_attention_layernorm`,
    )
    const next = builder.feedForward(attended.normalized, index)
    ;({ normalized, sum } = builder.skipNorm(attended.sum, next, `model.layers.${index + 1}.input_layernorm`))
  }
  builder.output(builder.linear(normalized, 'lm_head', hidden, vocabulary), 'logits', [
    'batch',
    'sequence',
    vocabulary,
  ])
  const model = builder.model(21)
  model.opsetImports.set(MICROSOFT, 1)
  return model
}
