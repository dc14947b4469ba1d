/** Made-up samples for a model of which none are at hand. Ranges calibrated on them are guesses; say so. */
import { OnnxpressError } from '../errors'
import { countElements, type Model, type Value } from '../ir'
import { fromFloat32 } from '../native'
import { type Feeds, type FeedTensor, type ModelInput, modelInputs } from '../runtime'
import { normalNumbers, uniformNumbers } from './random'
import { syntheticShapes } from './syntheticShapes'

export interface SyntheticOptions {
  /** Number of samples; 8 if left out. */
  readonly count?: number | undefined
  /** The same seed gives the same samples; 0 if left out. */
  readonly seed?: number | undefined
  /** Shapes of inputs by name, where the ones chosen do not fit. */
  readonly shapes?: Readonly<Record<string, readonly number[]>> | undefined
}

/** Integers below this are most likely to be valid, whatever they mean. */
const SMALL_INTEGER = 10

/**
 * Samples of the inputs' types and shapes. Floats of four axes are images, even in [0, 1); others are standard normal.
 * Integers that look rows up in a table are even over its rows, masks are ones, others are small. Batches are 1, free
 * heights and widths 224 (320 beside a fixed one), other free axes 128.
 * @throws OnnxpressError `UNSUPPORTED` for inputs of text, `BAD_ARGUMENT` when a given shape does not fit.
 */
export async function* syntheticSamples(model: Model, options: SyntheticOptions = {}): AsyncGenerator<Feeds> {
  const { count = 8, seed = 0, shapes = {} } = options
  const inputs = modelInputs(model).filter((input) => !input.optional)
  const sizes = syntheticShapes(inputs, shapes)
  for (let index = 0; index < count; index++) {
    const tensors = inputs.map(async (input, position) => {
      const dims = sizes.get(input.name) ?? []
      const value = model.graph.own(input.name)
      return [
        input.name,
        await synthesize(input, dims, value, seed * 65537 + index * 257 + position),
      ] as const
    })
    yield Object.fromEntries(await Promise.all(tensors))
  }
}

async function synthesize(
  input: ModelInput,
  dims: readonly number[],
  value: Value | undefined,
  seed: number,
): Promise<FeedTensor> {
  const type = input.type ?? 'float32'
  const length = countElements(dims)
  const random = dims.length === 4 ? uniformNumbers(seed) : normalNumbers(seed)
  if (type === 'float32') return { type, dims, data: fill(Float32Array, length, random) }
  if (type === 'float64') return { type, dims, data: fill(Float64Array, length, random) }
  if (type === 'float16')
    return { type, dims, data: await fromFloat32(fill(Float32Array, length, random), 'float16') }
  return { type, dims, data: integers(input, length, integerRule(input, value, dims, uniformNumbers(seed))) }
}

function integers(
  { name, type = '' }: ModelInput,
  length: number,
  next: (index: number) => number,
): ArrayBufferView {
  const numbers = Array.from({ length }, (_, index) => next(index))
  const Narrow = {
    int8: Int8Array,
    uint8: Uint8Array,
    bool: Uint8Array,
    int16: Int16Array,
    uint16: Uint16Array,
    int32: Int32Array,
    uint32: Uint32Array,
  }[type]
  if (Narrow) return new Narrow(numbers)
  const Wide = { int64: BigInt64Array, uint64: BigUint64Array }[type]
  if (Wide) return new Wide(numbers.map(BigInt))
  throw new OnnxpressError(
    'UNSUPPORTED',
    `No samples can be made up for input ${JSON.stringify(name)} of type ${type}; give samples of your own`,
    { at: name },
  )
}

/** What the integers of an input are likely to mean, by its name and by what reads it. */
function integerRule(
  { name, type }: ModelInput,
  value: Value | undefined,
  dims: readonly number[],
  random: () => number,
): (index: number) => number {
  if (/mask/i.test(name)) return () => 1
  if (/position/i.test(name)) return (index) => index % (dims.at(-1) ?? 1)
  const end = type === 'bool' ? 2 : (tableRows(value) ?? SMALL_INTEGER)
  return () => Math.floor(random() * end)
}

/** Rows of the smallest constant table that a value's elements look up, through casts. */
function tableRows(value: Value | undefined): number | undefined {
  const rows = (value?.uses ?? []).flatMap(({ node, index }) => {
    if (node.is('Cast', 'Identity')) return tableRows(node.output()) ?? []
    const table = node.is('Gather') && index === 1 ? node.input(0) : undefined
    const shape = table?.constant?.shape ?? table?.producer?.tensor('value')?.shape
    return shape?.at(node.int('axis', 0)) ?? []
  })
  return rows.length > 0 ? Math.min(...rows) : undefined
}

function fill<T extends Float32Array | Float64Array>(
  array: new (length: number) => T,
  length: number,
  next: () => number,
): T {
  const filled = new array(length)
  for (let index = 0; index < length; index++) filled[index] = next()
  return filled
}
