/** onnxruntime's own attention of encoders, and the sum of embeddings in front of it, spelled out. */
import { attribute, Tensor, type Value } from '../../ir'
import type { Rule } from '../../rewrite'
import { type Expansion, float32Expansion, microsoft } from './expansion'

/** What a masked score gets where nothing else is said. */
const MASKED = -10000

/** What weighs values: queries, keys and values of `heads` heads side by side, each `[batch, sequence, heads · size]`. */
interface Heads {
  readonly queries: Value
  readonly keys: Value
  readonly values: Value
  readonly heads: number
  readonly scale: number
  /** Added to scores, where there is any: broadcast over `[batch, heads, queries, keys]`. */
  readonly added: readonly Value[]
}

/** `[batch, sequence, heads · size]` as heads one after the other, their axes in that order. */
function split(site: Expansion, x: Value, heads: number, order: readonly number[]): Value {
  const apart = site.add('Reshape', [x, site.constant(Tensor.int64([0, 0, heads, -1]))])
  return site.add('Transpose', [apart], { perm: attribute.ints(order) })
}

/** softmax(q kᵀ · scale + what is added) v, heads side by side again (Vaswani et al. 2017, section 3.2). */
function finishAttention(site: Expansion, { queries, keys, values, heads, scale, added }: Heads): void {
  const q = split(site, queries, heads, [0, 2, 1, 3])
  const k = split(site, keys, heads, [0, 2, 3, 1])
  const v = split(site, values, heads, [0, 2, 1, 3])
  const raw = site.add('Mul', [site.add('MatMul', [q, k]), site.float(scale)])
  // All at once: scores to which one value is added never leave the caches.
  const [first, ...others] = added
  const sum = first && others.reduce((all, each) => site.add('Add', [all, each]), first)
  const scores = sum ? site.add('Add', [raw, sum]) : raw
  const weighed = site.add('MatMul', [site.add('Softmax', [scores], { axis: attribute.int(-1) }), v])
  const together = site.add('Transpose', [weighed], { perm: attribute.ints([0, 2, 1, 3]) })
  site.takeOver(0, 'Reshape', [together, site.constant(Tensor.int64([0, 0, -1]))])
  site.remove()
}

/** Of a mask `[batch, keys]` of whole numbers: 0 where it is set, else what masked scores get. */
function maskOf(site: Expansion, mask: Value): Value {
  const missing = site.cast(site.add('Not', [site.cast(mask, 'bool')]), 'float32')
  const added = site.add('Mul', [missing, site.float(site.node.float('mask_filter_value', MASKED))])
  return site.add('Unsqueeze', [added, site.constant(Tensor.int64([1, 2]))])
}

/** What is added to scores: a mask, and a bias of theirs. */
function addedTo(site: Expansion, mask: Value | undefined, bias: Value | undefined): Value[] {
  return [mask && maskOf(site, mask), bias].filter((each) => each !== undefined)
}

/** Whether the mask says which keys there are, and nothing is that only decoders have, of these inputs and all outputs. */
function isPlain(site: Expansion, mask: Value | undefined, ofDecoders: readonly number[]): boolean {
  const { node } = site
  const isAsked = node.outputs.some((output, index) => index > 0 && output && !output.isUnused)
  const isMaskKnown = !mask || site.rankOf(mask) === 2
  return (
    isMaskKnown &&
    !isAsked &&
    !ofDecoders.some((index) => node.input(index)) &&
    node.int('unidirectional', 0) === 0
  )
}

/** Names heads and their scale, 1 / √size where the node says none. */
function headsOf({ node }: Expansion, width: number): Pick<Heads, 'heads' | 'scale'> | undefined {
  const heads = node.int('num_heads', 0)
  if (heads < 1 || width % heads !== 0) return undefined
  return { heads, scale: node.float('scale', 0) || 1 / Math.sqrt(width / heads) }
}

const OF_DECODERS = "it is a decoder's, or its mask is of another kind"

/** Queries, keys and values are one product of the input. */
function attention(site: Expansion): string | undefined {
  const { node } = site
  const [x, weights, bias, mask, , extra] = node.inputs
  const all = weights?.constant?.shape[1]
  const sizes = node.ints('qkv_hidden_sizes', undefined) ?? (all ? [all / 3, all / 3, all / 3] : undefined)
  const named = sizes && headsOf(site, sizes[0] ?? 0)
  if (!sizes || !named || !isPlain(site, mask, [4, 6]) || node.int('do_rotary', 0)) return OF_DECODERS
  const product = site.add('MatMul', [x, weights])
  const joined = bias ? site.add('Add', [product, bias]) : product
  const parts = site.addAll('Split', [joined, site.constant(Tensor.int64(sizes))], 3, {
    axis: attribute.int(2),
  })
  const [queries, keys, values] = parts as [Value, Value, Value]
  finishAttention(site, { queries, keys, values, ...named, added: addedTo(site, mask, extra) })
  return undefined
}

/** Queries, keys and values are inputs, to which parts of one bias are added. */
function multiHeadAttention(site: Expansion): string | undefined {
  const { node } = site
  const [q, k, v, bias, mask, extra] = node.inputs
  const third = bias?.constant && bias.constant.size / 3
  const width = widthOf(q) ?? third
  const named = width === undefined ? undefined : headsOf(site, width)
  const areRows = [q, k, v].every((each) => each && site.rankOf(each) === 3)
  if (!named || !areRows || (bias && third !== width) || !isPlain(site, mask, [6, 7, 8, 9]))
    return OF_DECODERS
  const [queries, keys, values] = [q, k, v].map((each, index) =>
    bias ? site.add('Add', [each, partOf(site, bias, index)]) : each,
  ) as [Value, Value, Value]
  finishAttention(site, { queries, keys, values, ...named, added: addedTo(site, mask, extra) })
  return undefined
}

function widthOf(value: Value | undefined): number | undefined {
  const size = value?.tensorType?.shape?.at(-1)
  return typeof size === 'number' ? size : undefined
}

/** A third of a vector. */
function partOf(site: Expansion, vector: Value, index: number): Value {
  const width = (vector.constant?.size ?? 0) / 3
  const [from, to, axis] = [index * width, (index + 1) * width, 0].map((each) =>
    site.constant(Tensor.int64([each])),
  )
  return site.add('Slice', [vector, from, to, axis])
}

/** Of words, positions and segments, summed and normalized. */
function embedLayerNormalization(site: Expansion): string | undefined {
  const { node } = site
  const [words, segments, wordTable, positionTable, segmentTable, gamma, beta] = node.inputs
  const [, lengths, sum] = node.outputs
  if (lengths && !lengths.isUnused) return 'the lengths of its mask are asked for'
  const word = site.add('Gather', [wordTable, words])
  const position = site.add('Gather', [positionTable, node.input(8) ?? positionsOf(site, words)])
  const both = site.add('Add', [word, position])
  const isSegmented = segments && segmentTable
  const total = isSegmented
    ? site.takeOver(2, 'Add', [both, site.add('Gather', [segmentTable, segments])])
    : both
  if (!isSegmented && sum) site.takeOver(2, 'Identity', [both])
  site.takeOver(0, 'LayerNormalization', [total, gamma, beta], {
    axis: attribute.int(-1),
    epsilon: attribute.float(node.float('epsilon', 1e-12)),
  })
  site.remove()
  return undefined
}

/** 0, 1, … for as many as there are words. */
function positionsOf(site: Expansion, words: Value | undefined): Value {
  const length = site.add('Gather', [site.add('Shape', [words]), site.constant(Tensor.int64([1], []))])
  const [zero, one] = [0, 1].map((each) => site.constant(Tensor.int64([each], [])))
  return site.add('Range', [zero, length, one])
}

export const attentionExpansions: readonly Rule[] = [
  float32Expansion([microsoft('Attention')], attention),
  float32Expansion([microsoft('MultiHeadAttention')], multiHeadAttention),
  float32Expansion([microsoft('EmbedLayerNormalization')], embedLayerNormalization),
]
