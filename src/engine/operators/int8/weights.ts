/** Constant integers as the products take them: signed, with zero point 0. */
import { countElements, Tensor } from '../../../ir'
import { computedTensor } from '../../plan/computedTensor'
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
  readonly channels: number
  /** One for all channels, or one each. */
  readonly scale: Tensor
}

/** One a channel. */
export function scalesOf({ scale, channels }: IntegerWeights): readonly number[] {
  const scales = scale.toNumbers()
  return scales.length === 1 ? new Array<number>(channels).fill(scales[0] ?? 1) : scales
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
  const { scale, zeroPoint } = by
  if (scale.size !== 1 && (by.axis !== axis || scale.size !== channels)) return undefined
  return { ...signedWeights(q, zeroPoint?.toNumbers() ?? [0], axis), channels, scale }
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

const biases = new Latest<IntegerWeights, Tensor>()

/** A bias in units of x's scale times the weights' scales; undefined where it is computed. */
export function integerBias(
  plan: Lowering,
  bias: Fact | undefined,
  xScale: number,
  weights: IntegerWeights,
): Tensor | undefined {
  if (!bias) return undefined
  const { from, by } = bias.dequantized ?? {}
  const of = [xScale, bias.constant, from?.constant, by?.scale, by?.zeroPoint]
  return biases.get(weights, of, () => biasInUnits(plan, bias, xScale, weights))
}

function biasInUnits(plan: Lowering, bias: Fact, xScale: number, weights: IntegerWeights): Tensor {
  const unitsOf = () => scalesOf(weights).map((scale) => Math.fround(xScale * scale))
  const { from, by } = bias.dequantized ?? {}
  if (from?.constant?.dataType === 'int32' && by && isInUnits(by, unitsOf())) return from.constant
  const floats = plan.tensorOf(bias)
  const limit = 2 ** 31 - 1
  return computedTensor('int32', [weights.channels], (start, end) => {
    const [numbers, units] = [floats.toNumbers(), unitsOf()]
    const integers = Int32Array.from(units, (unit, channel) => {
      const integer = Math.round((numbers[channel] ?? 0) / unit)
      return Math.min(Math.max(integer, -limit), limit)
    })
    return integers.subarray(start, end)
  })
}

/** Whether integers have these scales, as near as quantizers round them, and zero points of 0. */
function isInUnits({ scale, zeroPoint }: Quantization, units: readonly number[]): boolean {
  if (zeroPoint?.toNumbers().some((zero) => zero !== 0)) return false
  const own = scale.toNumbers()
  return units.every(
    (unit, channel) => Math.abs((own[own.length === 1 ? 0 : channel] ?? 0) / unit - 1) < 1e-5,
  )
}
