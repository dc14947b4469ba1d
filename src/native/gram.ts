/** Gram matrices of the inputs of convolutions and matrix products. cpp/gram/gram.h is the contract. */
import { types } from 'node:util'
import { badArgument } from '../errors'
import { addon } from './addon'
import { requireFloat32, requirePinned, settled } from './arguments'

/**
 * How a convolution reads its input; pads, like everything here, along height and width. A matrix [rows, features] is
 * `dims` [rows, features, 1, 1] with a kernel of 1; one of [features, positions] is [1, features, 1, positions].
 */
export interface PatchGeometry {
  /** batch, channels, height, width */
  readonly dims: readonly [number, number, number, number]
  readonly kernel: readonly [number, number]
  readonly strides: readonly [number, number]
  /** top, left, bottom, right */
  readonly pads: readonly [number, number, number, number]
  readonly dilations: readonly [number, number]
  readonly group: number
}

/** What accumulates; both start as zeros. */
export interface GramTotals {
  /** [group, features] */
  readonly sums: Float64Array
  /** [group, features, features]; only the lower triangles are meant. */
  readonly gram: Float64Array
}

const MOST = 2 ** 31 - 1

/** Positions along height and width at which the kernel is applied; both at least 0. */
export function outputSize({ dims, kernel, strides, pads, dilations }: PatchGeometry): [number, number] {
  const [, , height, width] = dims
  const [top, left, bottom, right] = pads
  const along = (axis: 0 | 1, padded: number) => {
    const reach = dilations[axis] * (kernel[axis] - 1) + 1
    return Math.max(0, Math.floor((padded - reach) / strides[axis]) + 1)
  }
  return [along(0, height + top + bottom), along(1, width + left + right)]
}

/** channels / group * kernel height * kernel width: the columns of a convolution's weights. */
function featureCount({ dims, kernel, group }: PatchGeometry): number {
  return (dims[1] / group) * kernel[0] * kernel[1]
}

/**
 * Adds to `totals`, over patches of `x`, the sum of each feature and of the products of all pairs of features, group by
 * group: what a layer's weights are multiplied with, as its weights [channels out, features] see it. In double; the
 * same bits on every processor and for any number of threads. Calls on the same totals must not overlap.
 * @param positions which patches: (batch index * output height + row) * output width + column
 * @throws {OnnxpressError} `BAD_ARGUMENT`
 */
export async function gramAccumulate(
  x: Float32Array,
  geometry: PatchGeometry,
  positions: Int32Array,
  totals: GramTotals,
): Promise<void> {
  requireFloat32(x, 'x of gramAccumulate')
  const [height, width] = requireGeometry(geometry, x.length)
  requirePositions(positions, geometry.dims[0] * height * width)
  requireTotals(totals, geometry)
  const { dims, kernel, strides, pads, dilations, group } = geometry
  const fields = [...dims, ...kernel, ...strides, pads[0], pads[1], ...dilations, group, height, width]
  const { sums, gram } = totals
  await settled(addon().gramAccumulate(x, Int32Array.from(fields), positions, sums, gram), 'gramAccumulate')
}

/** @returns the output's height and width */
function requireGeometry(geometry: PatchGeometry, size: number): [number, number] {
  const where = 'geometry of gramAccumulate'
  if (geometry === null || typeof geometry !== 'object') throw badArgument('an object', where, geometry)
  const { dims, kernel, strides, pads, dilations, group } = geometry
  requireLengths(dims, 4, 0, 'dims')
  requireLengths(kernel, 2, 1, 'kernel')
  requireLengths(strides, 2, 1, 'strides')
  requireLengths(pads, 4, 0, 'pads')
  requireLengths(dilations, 2, 1, 'dilations')
  requireLengths([group], 1, 1, 'group')
  if (dims[1] % group !== 0) throw badArgument(`a divisor of ${dims[1]} channels`, `group of ${where}`, group)
  if (dims.reduce((product, length) => product * length, 1) !== size)
    throw badArgument(`dims of ${size} elements`, where, dims)
  return outputSize(geometry)
}

function requireLengths(lengths: readonly number[], count: number, least: number, name: string): void {
  const holds =
    Array.isArray(lengths) &&
    lengths.length === count &&
    lengths.every((length) => Number.isInteger(length) && length >= least && length <= MOST)
  if (!holds)
    throw badArgument(
      `${count} integers of at least ${least}`,
      `${name} of the geometry of gramAccumulate`,
      lengths,
    )
}

function requirePositions(positions: Int32Array, count: number): void {
  const where = 'positions of gramAccumulate'
  if (!types.isInt32Array(positions)) throw badArgument('an Int32Array', where, positions)
  requirePinned(positions, where)
  const wrong = positions.find((position) => position < 0 || position >= count)
  if (wrong !== undefined) throw badArgument(`positions from 0 to ${count - 1}`, where, wrong)
}

function requireTotals(totals: GramTotals, geometry: PatchGeometry): void {
  const features = featureCount(geometry)
  const lengths = { sums: geometry.group * features, gram: geometry.group * features ** 2 }
  for (const name of ['sums', 'gram'] as const) {
    const where = `${name} of gramAccumulate`
    const array = totals?.[name]
    if (!types.isFloat64Array(array)) throw badArgument('a Float64Array', where, array)
    requirePinned(array, where)
    if (array.length !== lengths[name]) throw badArgument(`${lengths[name]} elements`, where, array.length)
  }
}
