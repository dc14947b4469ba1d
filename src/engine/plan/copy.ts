/** Copies between strided views: what transposes, slices, expansions, paddings and concatenations are made of. */
import { byteLengthOf } from '../../ir'
import { stridesOf } from './broadcast'
import type { Fact } from './fact'
import type { Lowering } from './lowering'
import { decline } from './unplannable'

/** One axis of a copy; strides in elements. */
export interface CopyAxis {
  readonly size: number
  readonly from: number
  readonly to: number
}

/** Bytes of an element that kernels move. */
export function elementBytes({ dataType }: Fact): number {
  const bytes = dataType === 'string' ? 0 : byteLengthOf(dataType, 1)
  return [1, 2, 4, 8].includes(bytes) ? bytes : decline(`elements of type ${dataType}`)
}

/** Adds a step that copies `from` to `to` along these axes, outermost first. */
export function copyStep(
  plan: Lowering,
  from: Fact,
  to: Fact,
  axes: readonly CopyAxis[],
  offsets: { readonly from: number; readonly to: number } = { from: 0, to: 0 },
): void {
  const element = elementBytes(from)
  if (axes.some(({ size }) => size === 0)) return
  const merged = mergedAxes(axes)
  const pick = (key: keyof CopyAxis) => merged.map((axis) => axis[key])
  const rest = [...pick('size'), ...pick('from'), ...pick('to'), offsets.from, offsets.to]
  plan.step('copy', [from], [to], [element, merged.length, ...rest])
}

/** The same copy over fewer axes: those of size 1 go, and those along which both sides go on evenly become one. */
function mergedAxes(axes: readonly CopyAxis[]): CopyAxis[] {
  const merged: CopyAxis[] = []
  for (const axis of axes) {
    if (axis.size === 1) continue
    const before = merged.at(-1)
    if (before && before.from === axis.size * axis.from && before.to === axis.size * axis.to)
      merged[merged.length - 1] = { ...axis, size: before.size * axis.size }
    else merged.push(axis)
  }
  return merged
}

/** A new value of `shape` whose axis k goes through `from` by strides[k], starting at element `offset`. */
export function gathered(
  plan: Lowering,
  from: Fact,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Fact {
  const to = plan.create(from.dataType, shape)
  const own = stridesOf(shape)
  const axes = shape.map((size, axis) => ({ size, from: strides[axis] ?? 0, to: own[axis] ?? 0 }))
  copyStep(plan, from, to, axes, { from: offset, to: 0 })
  return to
}

/** Fills a new value with one element. */
export function filled(plan: Lowering, value: Fact, shape: readonly number[]): Fact {
  const to = plan.create(value.dataType, shape)
  const element = elementBytes(value)
  if (to.size > 0) plan.step('fill', [value], [to], [element, to.size])
  return to
}
