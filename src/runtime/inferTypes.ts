/** Types and shapes of a model's values, as onnxruntime infers them. */
import { type Graph, isDataType, type Model, tensorType, type ValueType } from '../ir'
import type { RequestOptions } from './host'
import { constantOf, Inference, type ValueShapes } from './inference'

export interface InferOptions extends RequestOptions {
  /** Sizes of inputs by name, for the types that values have when exactly those are fed. */
  readonly shapes?: ValueShapes | undefined
}

/** Each round lets inference get past one more Reshape to a computed shape; few models have several in a row. */
const MOST_ROUNDS = 4

/**
 * Types of the values of a model's main graph, by name: of inputs, initializers and everything that nodes make. A
 * shape is missing where onnxruntime cannot tell even the number of axes. Values that it cannot describe to JavaScript
 * (bfloat16, float8, sequences, ...) are left out.
 * @throws OnnxpressError as `Session.create`
 */
export async function inferTypes(model: Model, options: InferOptions = {}): Promise<Map<string, ValueType>> {
  const { shapes = {}, ...request } = options
  const inference = new Inference(model, new Map(Object.entries(shapes)), request)
  const known = knownTypes(model.graph, inference)
  for (let round = 1; ; round++) {
    const found = new Map([...known, ...(await inferOnce(model.graph, known, inference))])
    if (round === MOST_ROUNDS || !addRanks(model.graph, found, inference.hints)) return found
  }
}

/** What needs no inference: inputs, initializers and constants. */
function knownTypes(graph: Graph, inference: Inference): Map<string, ValueType> {
  const found = new Map<string, ValueType>()
  for (const value of graph.values) {
    const tensor = value.initializer ?? constantOf(value.producer)
    if (tensor) found.set(value.name, tensorType(tensor.dataType, tensor.shape))
    else if (value.isGraphInput && value.type) found.set(value.name, inference.inputType(value) ?? value.type)
  }
  return found
}

async function inferOnce(
  graph: Graph,
  known: ReadonlyMap<string, ValueType>,
  inference: Inference,
): Promise<Map<string, ValueType>> {
  const made = [...graph].flatMap((node) => node.outputs.flatMap((value) => value?.name ?? []))
  const ports = await inference.describe(made.filter((name) => !known.has(name)))
  // No axes may mean a scalar or an unknown number of them; the length of the value's shape tells.
  const doubtful = ports.filter(({ type, dims }) => type && dims.length === 0).map((port) => port.name)
  const lengths = await inference.shapeLengths(doubtful)
  const found = new Map<string, ValueType>()
  for (const { name, type, dims } of ports) {
    if (!type || !isDataType(type)) continue
    found.set(name, dims.length > 0 || lengths.get(name) === 0 ? tensorType(type, dims) : tensorType(type))
  }
  return found
}

/**
 * onnxruntime gives up where Reshape goes to a computed shape, though the length of that shape is the number of axes.
 * Adds those numbers to `hints` and says whether there were any.
 */
function addRanks(
  graph: Graph,
  found: ReadonlyMap<string, ValueType>,
  hints: Map<string, ValueType>,
): boolean {
  const before = hints.size
  for (const node of graph) {
    const output = node.output()?.name ?? ''
    const type = found.get(output)
    const shape = found.get(node.input(1)?.name ?? '')
    if (
      !node.is('Reshape') ||
      type?.kind !== 'tensor' ||
      type.shape ||
      !type.dataType ||
      shape?.kind !== 'tensor'
    )
      continue
    const [rank] = shape.shape ?? []
    if (typeof rank === 'number')
      hints.set(output, tensorType(type.dataType, new Array(rank).fill(undefined)))
  }
  return hints.size > before
}
