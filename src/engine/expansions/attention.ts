/** onnxruntime's own attention of encoders, and the sum of embeddings in front of it, spelled out. */
import { attribute, Tensor, type Value } from '../../ir'
import type { Rule } from '../../rewrite'
import { type Expansion, float32Expansion, microsoft } from './expansion'

/** What a masked score gets where nothing else is said. */
const MASKED = -10000

/** What weighs values: each `[batch, heads, sequence, size]`, queries with their heads side by side. */
interface Heads {
  readonly queries: Value
  readonly keys: Value
  readonly values: Value
  readonly heads: number
  readonly scale: number
  /** Added to scores, where there is any: broadcast over `[batch, heads, queries, keys]`. */
  readonly added: readonly Value[]
}

/** `[batch, sequence, heads · size]` as heads one after the other. */
function split(site: Expansion, x: Value | undefined, heads: number): Value {
  const apart = site.add('Reshape', [x, site.constant(Tensor.int64([0, 0, heads, -1]))])
  return site.add('Transpose', [apart], { perm: attribute.ints([0, 2, 1, 3]) })
}

/** softmax(q kᵀ · scale + what is added) v, heads side by side again (Vaswani et al. 2017, section 3.2). */
function finishAttention(site: Expansion, { queries, keys, values, heads, scale, added }: Heads): void {
  const q = split(site, queries, heads)
  const k = site.add('Transpose', [keys], { perm: attribute.ints([0, 1, 3, 2]) })
  const raw = site.add('Mul', [site.add('MatMul', [q, k]), site.float(scale)])
  // All at once: scores to which one value is added never leave the caches.
  const [first, ...others] = added
  const sum = first && others.reduce((all, each) => site.add('Add', [all, each]), first)
  const scores = sum ? site.add('Add', [raw, sum]) : raw
  const weighed = site.add('MatMul', [site.add('Softmax', [scores], { axis: attribute.int(-1) }), values])
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

/** Inputs and outputs of a node that are not expanded. */
interface Unknown {
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

/** Whether the mask says which keys there are, and none of these inputs and outputs is there. */
function isPlain(site: Expansion, mask: Value | undefined, { inputs, outputs }: Unknown): boolean {
  const { node } = site
  const isMaskKnown = !mask || site.rankOf(mask) === 2
  return (
    isMaskKnown &&
    !site.isAsked(...outputs) &&
    !inputs.some((index) => node.input(index)) &&
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
  const unknown = { inputs: [4, 6], outputs: [1] }
  if (!sizes || !named || !isPlain(site, mask, unknown) || node.int('do_rotary', 0)) return OF_DECODERS
  const product = site.add('MatMul', [x, weights])
  const joined = bias ? site.add('Add', [product, bias]) : product
  const parts = site.addAll('Split', [joined, site.constant(Tensor.int64(sizes))], 3, {
    axis: attribute.int(2),
  })
  const [queries, ...others] = parts as [Value, Value, Value]
  const [keys, values] = others.map((x) => split(site, x, named.heads)) as [Value, Value]
  finishAttention(site, { queries, keys, values, ...named, added: addedTo(site, mask, extra) })
  return undefined
}

/**
 * Queries, keys and values are inputs, to which parts of one bias are added. Keys and values may be those of earlier tokens
 * too, which come in and go out as heads; or come as heads all of them, as an encoder's do to a decoder.
 */
function multiHeadAttention(site: Expansion): string | undefined {
  const { node } = site
  const [q, k, v, bias, mask, extra, pastKeys, pastValues] = node.inputs
  const third = bias?.constant && bias.constant.size / 3
  const width = widthOf(q) ?? third
  const named = width === undefined ? undefined : headsOf(site, width)
  const areRows = [q, k, v].every((each) => each && site.rankOf(each) === 3)
  const areHeads =
    !bias && q && site.rankOf(q) === 3 && [k, v].every((each) => each && site.rankOf(each) === 4)
  const isPaired = (pastKeys === undefined) === (pastValues === undefined)
  const unknown = { inputs: [8, 9], outputs: [3] }
  if (
    !named ||
    !(areRows || areHeads) ||
    !isPaired ||
    (bias && third !== width) ||
    !isPlain(site, mask, unknown)
  )
    return OF_DECODERS
  const part = (each: Value | undefined, index: number) =>
    bias ? site.add('Add', [each, partOf(site, bias, index)]) : each
  const all = (each: Value | undefined, index: number, past: Value | undefined) =>
    kept(site, index, areRows ? split(site, part(each, index), named.heads) : (each as Value), past)
  finishAttention(site, {
    queries: part(q, 0) as Value,
    keys: all(k, 1, pastKeys),
    values: all(v, 2, pastValues),
    ...named,
    added: addedTo(site, mask, extra),
  })
  return undefined
}

/** Keys or values of all tokens, which may be an output of the node too. */
function kept(site: Expansion, output: number, fresh: Value, past: Value | undefined): Value {
  if (past) return site.takeOver(output, 'Concat', [past, fresh], { axis: attribute.int(2) })
  return site.node.output(output) ? site.takeOver(output, 'Identity', [fresh]) : fresh
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
  const [, , sum] = node.outputs
  if (site.isAsked(1)) return 'the lengths of its mask are asked for'
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
