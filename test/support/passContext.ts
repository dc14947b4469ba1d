/** A pass context over onnxruntime-node in this very process, for tests of passes that need to run something. */
import { InferenceSession, type Tensor as RuntimeTensor } from 'onnxruntime-node'
import { type DataType, type Model, Tensor, tensorType, type ValueType } from '../../src/ir'
import { encodeModel } from '../../src/onnx'
import type { Pass, PassContext, PassResult, PassRuntime } from '../../src/passes/pass'

const OPTIONS: InferenceSession.SessionOptions = {
  graphOptimizationLevel: 'disabled',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
}

/** A session on a model of the IR. */
export async function openSession(
  model: Model,
  options: InferenceSession.SessionOptions = {},
): Promise<InferenceSession> {
  return InferenceSession.create(await encodeModel(model), { ...OPTIONS, ...options })
}

/** What onnxruntime computes from these feeds. */
export async function runModel(
  model: Model,
  feeds: Record<string, RuntimeTensor>,
  options: InferenceSession.SessionOptions = {},
): Promise<InferenceSession.OnnxValueMapType> {
  const session = await openSession(model, options)
  try {
    return await session.run(feeds)
  } finally {
    await session.release()
  }
}

async function evaluate(model: Model): Promise<Map<string, Tensor>> {
  const outputs = Object.entries(await runModel(model, {}))
  return new Map(outputs.map(([name, output]) => [name, toTensor(name, output as RuntimeTensor)]))
}

function toTensor(name: string, { type, dims, data }: RuntimeTensor): Tensor {
  if (type === 'string') return Tensor.fromStrings(dims, data as string[], name)
  return Tensor.from(type as DataType, dims, data as ArrayBufferView, name)
}

/** Asks for the types of all values by making outputs of them; of those that cannot be outputs nothing is known. */
async function inferTypes(model: Model): Promise<Map<string, ValueType>> {
  const copy = model.clone()
  for (const node of copy.graph) {
    for (const output of node.outputs) if (output && !output.isGraphOutput) copy.graph.addOutput(output)
  }
  const session = await openSession(copy)
  const types = new Map<string, ValueType>()
  for (const each of session.outputMetadata) {
    // No axes may also mean that their number is not known.
    if (each.isTensor && each.shape.length > 0)
      types.set(
        each.name,
        tensorType(
          each.type as DataType,
          each.shape.map((size) => (size === '' ? undefined : size)),
        ),
      )
    else if (each.isTensor) types.set(each.name, tensorType(each.type as DataType))
  }
  await session.release()
  return types
}

const refuse = () => Promise.reject(new Error('Not in this test'))

// biome-ignore lint/correctness/useYield: it refuses
async function* refuseEach(): AsyncGenerator<never> {
  await refuse()
}

export const testRuntime: PassRuntime = {
  evaluate,
  inferTypes,
  sampleTypes: inferTypes,
  collect: refuse,
  collectGrams: refuse,
  sequentialGrams: refuseEach,
  measure: refuse,
  originalMetric: refuse,
  time: refuse,
  timeAlone: refuse,
}

/** A context of a model without samples. */
export function passContext(model: Model, runtime: PassRuntime = testRuntime): PassContext {
  return {
    model,
    graph: model.graph,
    statistics: { sampleCount: 0, of: () => undefined },
    sampleCount: 0,
    runtime,
    seed: 1,
    signal: new AbortController().signal,
    progress: () => undefined,
  }
}

/** Applies a pass and checks that the graph still follows its own rules. */
export async function applyPass(pass: Pass, model: Model): Promise<PassResult> {
  const result = await pass.apply(passContext(model))
  model.verify()
  return result
}
