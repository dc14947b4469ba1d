/** Constant integers as the products take them: signed, with zero point 0. */
import { Tensor } from '../../../ir'
import type { Fact, Quantization } from '../../plan/fact'
import { Latest } from '../../plan/latest'
import type { Lowering } from '../../plan/lowering'

export interface IntegerWeights {
  readonly tensor: Tensor
  /** One a channel. */
  readonly scales: readonly number[]
}

/** What was made of tensors whose zero point is not 0: the same object each time, so that it is packed once. */
const shifted = new WeakMap<Tensor, Map<string, Tensor | undefined>>()

const known = new Latest<Tensor, IntegerWeights | undefined>()

/** The integers behind constant weights whose channels lie along `axis`; undefined where they do not fit 8 bits. */
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
  const tensor = signedWeights(q, by.zeroPoint?.toNumbers() ?? [0], by.axis)
  if (!tensor) return undefined
  return { tensor, scales: scales.length === 1 ? new Array<number>(channels).fill(scales[0] ?? 1) : scales }
}

/** Weights less their zero points; undefined where they do not fit 8 bits then. */
export function signedWeights(q: Tensor, zeros: readonly number[], axis: number): Tensor | undefined {
  if (q.dataType === 'int8' && zeros.every((zero) => zero === 0)) return q
  const known = shifted.get(q) ?? new Map<string, Tensor | undefined>()
  shifted.set(q, known)
  const key = `${zeros}`
  if (!known.has(key)) known.set(key, shiftedBy(q, zeros, axis))
  return known.get(key)
}

function shiftedBy(q: Tensor, zeros: readonly number[], axis: number): Tensor | undefined {
  const elements = q.elements as ArrayLike<number>
  const inner =
    zeros.length === 1 ? elements.length : q.shape.slice(axis + 1).reduce((all, size) => all * size, 1)
  const values = new Int8Array(elements.length)
  for (let start = 0, channel = 0; start < values.length; start += inner, channel++) {
    const zero = zeros[channel % zeros.length] ?? 0
    for (let i = start; i < start + inner; i++) {
      const value = (elements[i] ?? 0) - zero
      if (value < -128 || value > 127) return undefined
      values[i] = value
    }
  }
  return Tensor.from('int8', q.shape, values)
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
