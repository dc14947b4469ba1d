/** What a model must be fed, and whether a sample fits. */
import { OnnxpressError } from '../errors'
import { type Dimension, formatType, type Model, tensorType, type Value } from '../ir'
import { faultOf } from './elementArrays'
import type { FeedTensor } from './feeds'
import type { Port } from './protocol'

/** An input of a model. */
export interface ModelInput {
  readonly name: string
  /** Undefined where the file leaves the element type open. */
  readonly type: string | undefined
  /** Sizes of the axes; undefined where not even their number is known. */
  readonly dims: readonly Dimension[] | undefined
  /** Whether it may be left out because the model has a default for it. */
  readonly optional: boolean
}

/** The inputs of a model's main graph. */
export function modelInputs(model: Model): ModelInput[] {
  return model.graph.inputs.map(describeInput)
}

/** The same of a session's inputs. */
export function portInputs(ports: readonly Port[]): ModelInput[] {
  return ports.map(({ name, type, dims }) => ({ name, type, dims, optional: false }))
}

/**
 * Checks one sample: names, types, number of axes, fixed sizes, and that tensors have the elements their dims promise.
 * @throws OnnxpressError `BAD_SAMPLES` that says which input of which sample is wrong, and how.
 */
export function checkSample(feeds: unknown, inputs: readonly ModelInput[], index: number): void {
  if (typeof feeds !== 'object' || feeds === null || Array.isArray(feeds)) {
    throw bad(index, `expected an object with a tensor for each input (${namesOf(inputs)})`)
  }
  const byName = new Map(Object.entries(feeds))
  for (const input of inputs) {
    const tensor = byName.get(input.name)
    if (tensor !== undefined) checkTensor(tensor, input, index)
    else if (!input.optional) throw missing(input, byName, inputs, index)
  }
  for (const name of byName.keys()) {
    if (!inputs.some((input) => input.name === name)) {
      throw bad(
        index,
        `the model has no input ${JSON.stringify(name)}; its inputs are ${namesOf(inputs)}`,
        name,
      )
    }
  }
}

function describeInput(value: Value): ModelInput {
  const { type } = value
  if (type && type.kind !== 'tensor') {
    throw new OnnxpressError(
      'UNSUPPORTED',
      `Input ${JSON.stringify(value.name)} is a ${type.kind}; only tensors can be fed`,
      { at: value.name },
    )
  }
  const optional = value.initializer !== undefined || value.sparseInitializer !== undefined
  return { name: value.name, type: type?.dataType, dims: type?.shape, optional }
}

function checkTensor(tensor: unknown, input: ModelInput, index: number): void {
  const quoted = JSON.stringify(input.name)
  const fault = faultOf(tensor)
  if (fault) throw bad(index, `input ${quoted} is not a sound tensor: ${fault}`, input.name)
  const { type, dims } = tensor as FeedTensor
  const fits = (input.type ?? type) === type && sizesFit(dims, input.dims)
  if (!fits) {
    const received = `${type}[${dims}]`
    throw bad(
      index,
      `expected ${formatInput(input)} for input ${quoted}, received ${received}${hint(input, type, dims)}`,
      input.name,
    )
  }
}

function sizesFit(dims: readonly number[], expected: readonly Dimension[] | undefined): boolean {
  if (!expected) return true
  return (
    dims.length === expected.length &&
    expected.every((size, axis) => typeof size !== 'number' || size === dims[axis])
  )
}

/** What commonly went wrong. */
function hint(input: ModelInput, type: string, dims: readonly number[]): string {
  const expected = input.dims
  if (input.type !== undefined && input.type !== type) return `; convert its elements to ${input.type}`
  if (!expected) return ''
  if (dims.length === expected.length - 1 && sizesFit([1, ...dims], expected))
    return '; add the batch axis in front'
  const last = dims.at(-1)
  const isImage = expected.length === 4 && dims.length === 4
  if (isImage && last === expected[1] && last !== dims[1]) return '; put the channels before height and width'
  return ''
}

function formatInput({ type, dims }: ModelInput): string {
  if (type === undefined) return `a tensor${dims ? ` of ${dims.length} axes` : ''}`
  return formatType(tensorType(type as 'float32', dims))
}

function missing(
  input: ModelInput,
  given: ReadonlyMap<string, unknown>,
  inputs: readonly ModelInput[],
  index: number,
): OnnxpressError {
  const names = [...given.keys()].slice(0, 8).map((name) => JSON.stringify(name))
  const found = names.length > 0 ? `it has ${names.join(', ')}` : 'it is empty'
  return bad(
    index,
    `there is no tensor for input ${JSON.stringify(input.name)}; ${found}, and the model's inputs are ${namesOf(inputs)}`,
    input.name,
  )
}

function namesOf(inputs: readonly ModelInput[]): string {
  return inputs.map((input) => `${JSON.stringify(input.name)} ${formatInput(input)}`).join(', ') || 'none'
}

function bad(index: number, problem: string, at?: string): OnnxpressError {
  return new OnnxpressError('BAD_SAMPLES', `Sample ${index}: ${problem}`, at === undefined ? {} : { at })
}
