/** ONNX's own operators that others say as well. */
import { attribute, Tensor, type Value } from '../../ir'
import type { Rule } from '../../rewrite'
import { type Expansion, float32Expansion } from './expansion'

/** The largest float of 32 bits. */
const LARGEST = 3.4028234663852886e38

/** A number is not equal to itself if it is none. */
function isNoNumber(site: Expansion): undefined {
  const x = site.node.input(0)
  site.finish('Not', [site.add('Equal', [x, x])])
}

/** x − x is NaN for what is not finite; the sign of x is whether it is larger than −x. */
function isInfinite(site: Expansion): undefined {
  const { node } = site
  const x = node.input(0)
  const rest = site.add('Sub', [x, x])
  const isOneOfBoth = site.add('And', [
    site.add('Not', [site.add('Equal', [rest, rest])]),
    site.add('Equal', [x, x]),
  ])
  const [isAbove, isBelow] = [node.int('detect_positive', 1) !== 0, node.int('detect_negative', 1) !== 0]
  const opposite = site.add('Neg', [x])
  if (isAbove && isBelow) site.finish('Identity', [isOneOfBoth])
  else if (isAbove) site.finish('And', [isOneOfBoth, site.add('Greater', [x, opposite])])
  else if (isBelow) site.finish('And', [isOneOfBoth, site.add('Less', [x, opposite])])
  else site.finish('Xor', [isOneOfBoth, isOneOfBoth])
}

/** The mean of the squares of neighboring channels is an average over a window of rows, those beyond counted as 0. */
function localResponse(site: Expansion): undefined {
  const { node } = site
  const [x, size] = [node.input(0), node.int('size', 1)]
  const squares = site.add('Mul', [x, x])
  // Channels as rows, and pixels as columns.
  const image = site.add('Unsqueeze', [squares, site.constant(Tensor.int64([1]))])
  const rows = site.add('Reshape', [image, site.constant(Tensor.int64([0, 0, 0, -1]))])
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)]
  const means = site.add('AveragePool', [rows], {
    kernel_shape: attribute.ints([size, 1]),
    pads: attribute.ints([before, 0, after, 0]),
    count_include_pad: attribute.int(1),
  })
  const scaled = site.add('Mul', [sameShape(site, means, x), site.float(node.float('alpha', 1e-4))])
  const sum = site.add('Add', [scaled, site.float(node.float('bias', 1))])
  site.finish('Div', [x, site.add('Pow', [sum, site.float(node.float('beta', 0.75))])])
}

function sameShape(site: Expansion, value: Value, as: Value | undefined): Value {
  return site.add('Reshape', [value, site.add('Shape', [as])])
}

/** Groups of channels are the channels of an instance normalization. */
function groups(site: Expansion): string | undefined {
  const { node } = site
  const [x, scale, bias] = node.inputs
  const [count, rank] = [node.int('num_groups', 0), site.rankOf(x)]
  if (rank === undefined || rank < 3 || count < 1) return 'the axes of its input are unknown'
  const grouped = site.add('Reshape', [x, site.constant(Tensor.int64([0, count, -1]))])
  const [ones, zeros] = [1, 0].map((each) =>
    site.constant(Tensor.float32(new Array<number>(count).fill(each), [count])),
  )
  const epsilon = { epsilon: attribute.float(node.float('epsilon', 1e-5)) }
  const normalized = sameShape(site, site.add('InstanceNormalization', [grouped, ones, zeros], epsilon), x)
  const behind = site.constant(Tensor.int64(Array.from({ length: rank - 2 }, (_, axis) => axis + 1)))
  const [factor, summand] = [scale, bias].map((each) => site.add('Unsqueeze', [each, behind]))
  site.finish('Add', [site.add('Mul', [normalized, factor]), summand])
  return undefined
}

function logOfSum(site: Expansion): undefined {
  site.finish('Log', [site.add('ReduceSum', site.node.inputs, site.attributes())])
}

/** Of exponentials that are at most 1: the largest is taken off and added again. */
function logOfExponentials(site: Expansion): string | undefined {
  const { node } = site
  const [x, axes] = node.inputs
  const isKept = node.int('keepdims', 1) !== 0
  if (!isKept && !axes) return 'no axes are left'
  const kept = site.attributes('keepdims')
  // Of infinite ones the difference would be no number.
  const finite = [-LARGEST, LARGEST].map((each) => site.float(each))
  const most = site.add('Clip', [site.add('ReduceMax', [x, axes], kept), ...finite])
  const sum = site.add('ReduceSum', [site.add('Exp', [site.add('Sub', [x, most])]), axes], kept)
  const result = [site.add('Log', [sum]), most]
  if (isKept) site.finish('Add', result)
  else site.finish('Squeeze', [site.add('Add', result), axes])
  return undefined
}

export const standardExpansions: readonly Rule[] = [
  float32Expansion(['IsNaN'], isNoNumber),
  float32Expansion(['IsInf'], isInfinite),
  float32Expansion(['LRN'], localResponse),
  float32Expansion(['GroupNormalization'], groups),
  float32Expansion(['ReduceLogSum'], logOfSum),
  float32Expansion(['ReduceLogSumExp'], logOfExponentials),
]
