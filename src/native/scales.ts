/** Scales, zero points and integer ranges, as quantize, dequantize and quantizationError take them. */
import { types } from 'node:util'
import { badArgument } from '../errors'
import { type ChannelLayout, requireLayout } from './arguments'

/** Integer types that tensors are quantized to, in onnxruntime's words. */
export type QuantizedType = 'int4' | 'uint4' | 'int8' | 'uint8' | 'int16' | 'uint16'

/** One scale for the tensor, or one for each channel of `layout`. */
export interface ScaleParams {
  /** Step between two neighboring integers; above 0, finite in float32. */
  readonly scale: number | Float32Array
  /** The integer that stands for 0. */
  readonly zeroPoint: number | Int32Array
  readonly dataType: QuantizedType
  /** Needed when `scale` or `zeroPoint` is an array, which has `layout.channels` elements then. */
  readonly layout?: ChannelLayout
}

interface TypeFacts {
  readonly bits: 4 | 8 | 16
  readonly isSigned: boolean
  readonly least: number
  readonly most: number
}

/** Width, sign and range of a quantized type. */
export function factsOf(dataType: QuantizedType, where: string): TypeFacts {
  const match = /^(u?)int(4|8|16)$/.exec(String(dataType))
  if (!match) {
    throw badArgument('one of int4, uint4, int8, uint8, int16, uint16', `dataType of ${where}`, dataType)
  }
  const bits = Number(match[2]) as 4 | 8 | 16
  const isSigned = match[1] === ''
  const half = 2 ** (bits - 1)
  return isSigned
    ? { bits, isSigned, least: -half, most: half - 1 }
    : { bits, isSigned, least: 0, most: 2 * half - 1 }
}

/** What the addon takes: lengths, one scale and one zero point a channel (copies: the caller may reuse his). */
export interface ChannelScales {
  readonly lengths: [number, number, number]
  readonly scales: Float32Array
  readonly zeroPoints: Int32Array
}

/** Checks scales and zero points and spreads single values over the channels. */
export function requireScales(params: ScaleParams, size: number, where: string): ChannelScales {
  const { scale, zeroPoint, dataType, layout } = params
  const lengths = layout ? requireLayout(layout, size, where) : ([1, 1, size] as [number, number, number])
  if (!layout && (types.isFloat32Array(scale) || types.isInt32Array(zeroPoint))) {
    throw badArgument('a layout, since scale or zeroPoint is an array,', where, layout)
  }
  const { least, most } = factsOf(dataType, where)
  return {
    lengths,
    scales: spreadScales(scale, lengths[1], where),
    zeroPoints: spreadZeroPoints(zeroPoint, lengths[1], [least, most], where),
  }
}

function spreadScales(scale: number | Float32Array, channels: number, where: string): Float32Array {
  if (typeof scale !== 'number' && !types.isFloat32Array(scale)) {
    throw badArgument('a number or a Float32Array', `scale of ${where}`, scale)
  }
  const scales = typeof scale === 'number' ? new Float32Array(channels).fill(scale) : scale.slice()
  requireCount(scales.length, channels, `scale of ${where}`)
  const wrong = scales.findIndex((step) => !(step > 0 && step < Infinity))
  if (wrong >= 0) {
    throw badArgument(
      'a finite float32 above 0',
      `scale of channel ${wrong} of ${where}`,
      typeof scale === 'number' ? scale : scales[wrong],
    )
  }
  return scales
}

function spreadZeroPoints(
  zeroPoint: number | Int32Array,
  channels: number,
  [least, most]: readonly [number, number],
  where: string,
): Int32Array {
  if (typeof zeroPoint === 'number' ? !Number.isInteger(zeroPoint) : !types.isInt32Array(zeroPoint)) {
    throw badArgument('an integer or an Int32Array', `zeroPoint of ${where}`, zeroPoint)
  }
  const zeroPoints =
    typeof zeroPoint === 'number' ? new Int32Array(channels).fill(clampToInt32(zeroPoint)) : zeroPoint.slice()
  requireCount(zeroPoints.length, channels, `zeroPoint of ${where}`)
  const wrong = zeroPoints.findIndex((zero) => zero < least || zero > most)
  if (wrong >= 0) {
    throw badArgument(
      `an integer from ${least} to ${most}`,
      `zeroPoint of channel ${wrong} of ${where}`,
      zeroPoints[wrong],
    )
  }
  return zeroPoints
}

/** So that 2^32 does not wrap to 0 and pass. */
function clampToInt32(value: number): number {
  return Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), value))
}

function requireCount(count: number, channels: number, where: string): void {
  if (count !== channels) throw badArgument(`${channels} elements, one a channel,`, where, count)
}

/** The range that integers are clamped to: the type's, or a narrower one inside it. */
export function requireBounds(
  { dataType, qmin, qmax }: { dataType: QuantizedType; qmin?: number; qmax?: number },
  where: string,
): [number, number] {
  const { least, most } = factsOf(dataType, where)
  const low = qmin ?? least
  const high = qmax ?? most
  if (!Number.isInteger(low) || low < least || low > most) {
    throw badArgument(`an integer from ${least} to ${most}`, `qmin of ${where}`, low)
  }
  if (!Number.isInteger(high) || high < low || high > most) {
    throw badArgument(`an integer from ${low} to ${most}`, `qmax of ${where}`, high)
  }
  return [low, high]
}
