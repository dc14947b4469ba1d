/** Sizes for the free axes of a model's inputs. */
import { badArgument } from '../errors'
import type { Dimension } from '../ir'
import type { ModelInput } from '../runtime'

const IMAGE_SIZE = 224
/** Beside a fixed height or width: text lines are wide. */
const LINE_SIZE = 320
const SEQUENCE_LENGTH = 128

/**
 * A shape for each input, by name: fixed sizes as they are, those given by the caller, and sensible ones else. Axes of
 * the same name get the same size throughout.
 * @throws OnnxpressError `BAD_ARGUMENT` when a given shape contradicts the model or names no input.
 */
export function syntheticShapes(
  inputs: readonly ModelInput[],
  given: Readonly<Record<string, readonly number[]>>,
): Map<string, readonly number[]> {
  const byName = new Map(Object.entries(given))
  for (const name of byName.keys()) {
    if (!inputs.some((input) => input.name === name))
      throw badArgument(`names of inputs (${inputs.map((input) => input.name).join(', ')})`, 'shapes', name)
  }
  const symbols = new Map<string, number>()
  for (const input of inputs) learn(input, byName.get(input.name), symbols)
  return new Map(inputs.map((input) => [input.name, byName.get(input.name) ?? shapeOf(input, symbols)]))
}

/** Checks a given shape, and lets it decide what its named axes are elsewhere. */
function learn(
  { name, dims }: ModelInput,
  shape: readonly number[] | undefined,
  symbols: Map<string, number>,
): void {
  if (!shape || !dims) return
  const fits =
    shape.length === dims.length &&
    dims.every((size, axis) => typeof size !== 'number' || size === shape[axis])
  if (!fits)
    throw badArgument(
      `a shape like [${dims.map((size) => size ?? '?')}]`,
      `shapes of input ${JSON.stringify(name)}`,
      shape,
    )
  for (const [axis, size] of dims.entries()) if (typeof size === 'string') symbols.set(size, shape[axis] ?? 1)
}

function shapeOf({ dims = [] }: ModelInput, symbols: Map<string, number>): readonly number[] {
  return dims.map((size, axis) => {
    if (typeof size === 'number') return size
    if (size === undefined) return guess(dims, axis)
    const known = symbols.get(size) ?? guess(dims, axis)
    symbols.set(size, known)
    return known
  })
}

function guess(dims: readonly Dimension[], axis: number): number {
  const name = dims[axis]
  if (typeof name === 'string' && /batch/i.test(name)) return 1
  // Caches of earlier tokens start empty.
  if (typeof name === 'string' && /past/i.test(name) && !name.includes('+')) return 0
  if (axis === 0) return 1
  return dims.length === 4 ? guessImage(dims, axis) : SEQUENCE_LENGTH
}

/** Channels stand second or last, whichever is a small fixed number; the other two are height and width. */
function guessImage(dims: readonly Dimension[], axis: number): number {
  const isLast = typeof dims[1] !== 'number' && typeof dims[3] === 'number' && dims[3] <= 4
  const [channels, ...spatial] = isLast ? [3, 1, 2] : [1, 2, 3]
  if (axis === channels) return 3
  return spatial.some((other) => typeof dims[other] === 'number') ? LINE_SIZE : IMAGE_SIZE
}
