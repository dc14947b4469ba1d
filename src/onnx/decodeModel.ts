import { Model } from '../ir/model'
import type { Tensor } from '../ir/tensor'
import type { Context } from './context'
import { decodeMessage } from './decodeMessage'
import { ExternalFiles } from './externalFiles'
import { type Input, MemoryInput } from './input'
import { Budget, defaultLimits, type Limits } from './limits'
import { Reader } from './reader'
import { modelSchema, tensorSchema } from './schema'
import { SparseMeter } from './sparseMeter'
import { type CreateModel, toModel } from './toModel'
import { toTensor } from './toTensor'

/** How a model is read. */
export interface DecodeOptions {
  /** What the model may ask for; each limit that is left out has its default. */
  limits?: Partial<Limits>
  /** Allows external data with several hard links. Containment in the model's folder holds all the same. */
  trusted?: boolean
}

/**
 * Decodes a model from the bytes of an `.onnx` file. Weights are views on `bytes`, which must not be changed while the
 * model is in use.
 * @throws OnnxpressError `BAD_MODEL` for bytes that are no well-formed model (the offset is in `place`),
 *   `LIMIT_EXCEEDED` for models made to exhaust memory, `UNSUPPORTED` for models with external data.
 */
export function decodeModel(bytes: Uint8Array, options?: DecodeOptions): Model
export function decodeModel<M extends Model>(
  bytes: Uint8Array,
  options: DecodeOptions,
  create: CreateModel<M>,
): M
export function decodeModel(
  bytes: Uint8Array,
  options: DecodeOptions = {},
  create: CreateModel<Model> = createModel,
): Model {
  return decodeInput(new MemoryInput(bytes), options, create)
}

/** @internal Decodes a model from any input. */
export function decodeInput<M extends Model>(
  input: Input,
  options: DecodeOptions,
  create: CreateModel<M>,
): M {
  const context = createContext(input.path, options)
  const proto = decodeMessage(new Reader(input, context.budget), modelSchema, context.limits.depth)
  return toModel(proto, context, create)
}

/** @internal */
export const createModel: CreateModel<Model> = (graph, fields) => new Model(graph, fields)

/**
 * Decodes a single tensor, as in the `.pb` files of ONNX's test data.
 * @throws OnnxpressError `BAD_MODEL`
 */
export function decodeTensor(bytes: Uint8Array): Tensor {
  const context = createContext(undefined, {})
  const proto = decodeMessage(
    new Reader(new MemoryInput(bytes), context.budget),
    tensorSchema,
    context.limits.depth,
  )
  return toTensor(proto, context)
}

function createContext(path: string | undefined, options: DecodeOptions): Context {
  const limits = { ...defaultLimits, ...options.limits }
  return {
    path,
    limits,
    budget: new Budget(limits.heapBytes),
    external: new ExternalFiles(path, options.trusted ?? false),
    sparse: new SparseMeter(limits.sparseBytes),
  }
}
