/** Constant integers as the products take them: signed, with zero point 0. */
import { countElements, Tensor } from '../../../ir'
import type { Fact, Quantization } from '../../plan/fact'
import { Latest } from '../../plan/latest'
import type { Lowering } from '../../plan/lowering'
import { MOST_BYTES, type Repetition, repetitionsOf, SignedSource, type WeightOrder } from './signedSource'

/** Weights as int8, with zero point 0. */
export interface SignedWeights {
  readonly tensor: Tensor
  /** Inputs that stand once more behind the others, since their weights are wider than a byte. */
  readonly repeated: readonly number[]
}

export interface IntegerWeights extends SignedWeights {
  /** One a channel. */
  readonly scales: readonly number[]
}

/** What was made of tensors whose zero point is not 0: the same object each time, so that it is packed once. */
const shifted = new WeakMap<Tensor, Map<string, SignedWeights>>()

const known = new Latest<Tensor, IntegerWeights | undefined>()

/** The integers behind constant weights whose channels lie along `axis`; undefined where there are none. */
export function integerWeights(value: Fact, axis: number, channels: number): IntegerWeights | undefined {
  const q = value.dequantized?.from.constant
  const by = value.dequantized?.by
  if (!q || !by || by.block || !/^u?int8$/.test(q.dataType)) return undefined
  const of = [by.scale, by.zeroPoint, by.axis, axis, channels]
  return known.get(q, of, () => signedByScales(q, by, axis, channels))
}

function signedByScales(
  q: Tensor,
  by: Quantization,
  axis: number,
  channels: number,
): IntegerWeights | undefined {
  const scales = by.scale.toNumbers()
  if (scales.length !== 1 && (by.axis !== axis || scales.length !== channels)) return undefined
  const signed = signedWeights(q, by.zeroPoint?.toNumbers() ?? [0], axis)
  return {
    ...signed,
    scales: scales.length === 1 ? new Array<number>(channels).fill(scales[0] ?? 1) : scales,
  }
}

/**
 * Weights of 8 bits less their zero points.
 * @param zeros one for all, or one a channel
 * @param axis that of the channels: 0, with inputs along the next one, or 1 of two, with inputs along the other
 */
export function signedWeights(q: Tensor, zeros: readonly number[], axis: number): SignedWeights {
  if (q.dataType === 'int8' && zeros.every((zero) => zero === 0)) return { tensor: q, repeated: [] }
  const known = shifted.get(q) ?? new Map<string, SignedWeights>()
  shifted.set(q, known)
  const key = `${axis}:${zeros}`
  const made = known.get(key) ?? shiftedBy(q, zeros, axis)
  known.set(key, made)
  return made
}

function shiftedBy(q: Tensor, zeros: readonly number[], axis: number): SignedWeights {
  const [first = 1, second = 1, ...rest] = q.shape
  const order: WeightOrder =
    axis === 0
      ? { outer: first, inputs: second, inner: countElements(rest), zeros, isByOuter: true }
      : { outer: 1, inputs: first, inner: second, zeros, isByOuter: false }
  const repetitions = wholeWords(repetitionsOf(q, order), order)
  const all = order.inputs + repetitions.length
  const shape = axis === 0 ? [first, all, ...rest] : [all, second]
  return {
    tensor: Tensor.fromSource('int8', shape, new SignedSource(q, order, repetitions)),
    repeated: repetitions.map(({ input }) => input),
  }
}

/** Filled up with nothing: words of four inputs stay whole. */
function wholeWords(repetitions: Repetition[], { inputs }: WeightOrder): Repetition[] {
  while (inputs % 4 === 0 && repetitions.length % 4 > 0) repetitions.push({ input: 0, before: MOST_BYTES })
  return repetitions
}

const biases = new Latest<readonly number[], Tensor>()

/** A bias in units of x's scale times the weights' scales; undefined where it is computed. */
export function integerBias(
  plan: Lowering,
  bias: Fact | undefined,
  xScale: number,
  scales: readonly number[],
): Tensor | undefined {
  if (!bias) return undefined
  const { from, by } = bias.dequantized ?? {}
  const of = [xScale, bias.constant, from?.constant, by?.scale, by?.zeroPoint]
  return biases.get(scales, of, () => biasInUnits(plan, bias, xScale, scales))
}

function biasInUnits(plan: Lowering, bias: Fact, xScale: number, scales: readonly number[]): Tensor {
  const units = scales.map((scale) => Math.fround(xScale * scale))
  const q = bias.dequantized?.from.constant
  const by = bias.dequantized?.by
  if (q?.dataType === 'int32' && by && !by.zeroPoint?.toNumbers().some((zero) => zero !== 0)) {
    const own = by.scale.toNumbers()
    if (
      units.every((unit, channel) => Math.abs((own[own.length === 1 ? 0 : channel] ?? 0) / unit - 1) < 1e-5)
    )
      return q
  }
  const numbers = plan.tensorOf(bias).toNumbers()
  const limit = 2 ** 31 - 1
  const integers = units.map((unit, channel) => Math.round((numbers[channel] ?? 0) / unit))
  return Tensor.from(
    'int32',
    [units.length],
    Int32Array.from(integers, (each) => Math.min(Math.max(each, -limit), limit)),
  )
}
