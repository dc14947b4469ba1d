/** The sessions that the host has open, by the key that tasks name them with. */
import type { InferenceSession } from 'onnxruntime-node'
import { OnnxpressError } from '../../errors'
import type { Port, Ports, SessionSpec } from '../protocol'
import { onnxruntime } from './onnxruntime'

const open = new Map<number, Promise<InferenceSession>>()

export function openCount(): number {
  return open.size
}

/** The session that a task names; opened now if it is not open yet. */
export function sessionOf(spec: SessionSpec): Promise<InferenceSession> {
  let session = open.get(spec.key)
  if (!session) {
    session = create(spec)
    session.catch(() => open.delete(spec.key))
    open.set(spec.key, session)
  }
  return session
}

export async function releaseSession(key: number): Promise<void> {
  const session = open.get(key)
  open.delete(key)
  await (await session)?.release()
}

/** Opens a session; `more` are options that only some tasks need. */
export async function create(
  { path, options }: SessionSpec,
  more: InferenceSession.SessionOptions = {},
): Promise<InferenceSession> {
  const { InferenceSession } = onnxruntime()
  const arena = options.arena ?? true
  try {
    return await InferenceSession.create(path, {
      ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
      graphOptimizationLevel: options.optimization ?? 'all',
      enableCpuMemArena: arena,
      enableMemPattern: arena,
      logSeverityLevel: 4,
      ...more,
      extra: nested({ ...options.config, ...configOf(more) }),
    })
  } catch (error) {
    throw refused(error as Error, path)
  }
}

export function portsOf(session: InferenceSession): Ports {
  return { inputs: session.inputMetadata.map(portOf), outputs: session.outputMetadata.map(portOf) }
}

function portOf(of: InferenceSession.ValueMetadata): Port {
  if (!of.isTensor) return { name: of.name, type: undefined, dims: [] }
  return { name: of.name, type: of.type, dims: of.shape.map((size) => (size === '' ? undefined : size)) }
}

/** onnxruntime-node takes configuration entries as nested objects, one level for each dot of their names. */
function nested(config: Readonly<Record<string, string>>): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(config)) {
    const parts = name.split('.')
    const last = parts.pop() ?? name
    let place = root
    for (const part of parts) {
      place[part] ??= {}
      place = place[part] as Record<string, unknown>
    }
    place[last] = value
  }
  return root
}

function configOf(more: InferenceSession.SessionOptions): Record<string, string> {
  return (more.extra ?? {}) as Record<string, string>
}

/** onnxruntime's refusal in our words; types that it runs but cannot hand to JavaScript are told from other faults. */
function refused(error: Error, path: string): OnnxpressError {
  if (error instanceof OnnxpressError) return error
  const code = /Unsupported data type/.test(error.message) ? 'UNSUPPORTED' : 'RUNTIME'
  const hint =
    code === 'UNSUPPORTED'
      ? 'onnxruntime-node cannot pass an input or output of this type'
      : 'onnxruntime refused the model'
  return new OnnxpressError(code, `${hint}: ${error.message}`, { path })
}
