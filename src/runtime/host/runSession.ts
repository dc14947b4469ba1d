/** One run of a session inside the host. */
import type { InferenceSession, Tensor, TypedTensor } from 'onnxruntime-node'
import { OnnxpressError } from '../../errors'
import { plainTensor } from '../elementArrays'
import type { Feeds, FeedTensor } from '../feeds'
import { onnxruntime } from './onnxruntime'

export type Outputs = Readonly<Record<string, FeedTensor>>

/** Runs a session on a sample; inputs that the session does not have are left out. */
export async function runSession(
  session: InferenceSession,
  feeds: Feeds,
  fetches: readonly string[],
): Promise<Outputs> {
  return toOutputs(await runTensors(session, toTensors(session, feeds), fetches))
}

/** Runs a session on tensors that are made already. */
export async function runTensors(
  session: InferenceSession,
  tensors: Record<string, Tensor>,
  fetches: readonly string[],
): Promise<InferenceSession.OnnxValueMapType> {
  try {
    return await session.run(tensors, fetches)
  } catch (error) {
    throw new OnnxpressError(
      'RUNTIME',
      `onnxruntime failed while running the model: ${(error as Error).message}`,
    )
  }
}

/** The tensors that a session asks for, out of a sample. */
export function toTensors(session: InferenceSession, feeds: Feeds): Record<string, Tensor> {
  const { Tensor } = onnxruntime()
  const wanted = new Set(session.inputNames)
  const entries = Object.entries(feeds).filter(([name]) => wanted.has(name))
  return Object.fromEntries(
    entries.map(([name, { type, data, dims }]) => [
      name,
      new Tensor(type as 'float32', data as Float32Array, dims),
    ]),
  )
}

/** Names of the outputs to fetch: those asked for, or all that are tensors. */
export function fetchesOf(session: InferenceSession, wanted?: readonly string[]): readonly string[] {
  const tensors = session.outputMetadata.filter((output) => output.isTensor).map((output) => output.name)
  if (!wanted) return tensors
  const known = new Set(tensors)
  const missing = wanted.find((name) => !known.has(name))
  if (missing === undefined) return wanted
  const message = `The session has no tensor output ${JSON.stringify(missing)}; it has ${tensors.slice(0, 8).join(', ')}`
  throw new OnnxpressError('BAD_ARGUMENT', message, { at: missing })
}

function toOutputs(values: InferenceSession.OnnxValueMapType): Outputs {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, plainTensor(value as TypedTensor<'float32'>)]),
  )
}
