/**
 * What this process and the host say to each other. A task carries everything it needs, sessions included: the host
 * opens a session when a task first names it, so a host that was killed is replaced without anybody noticing.
 */
import type { ErrorCode, ErrorPlace } from '../errors'
import type { Dimension } from '../ir'
import type { Feeds, FeedTensor } from './feeds'

/** How onnxruntime is to run a model. */
export interface SessionOptions {
  /** Threads within an operation; as many as there are cores if left out. */
  readonly threads?: number
  /** How much onnxruntime rewrites the graph; `'all'` if left out. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'layout' | 'all'
  /** onnxruntime's session configuration entries, such as `'session.qdq_matmulnbits_accuracy_level'`. */
  readonly config?: Readonly<Record<string, string>>
  /** False gives memory back to the system after each run, which keeps sweeps over many shapes small; true if left out. */
  readonly arena?: boolean
}

/** A session as a task names it. */
export interface SessionSpec {
  /** Tells sessions apart, for the life of this process. */
  readonly key: number
  readonly path: string
  readonly options: SessionOptions
}

/** An input or output of a session. */
export interface Port {
  readonly name: string
  /** onnxruntime-node's name of the element type; undefined where it is no tensor. */
  readonly type: string | undefined
  /** Sizes of the axes; a name where the model gives one, undefined where the size is unknown. */
  readonly dims: readonly Dimension[]
}

export interface Ports {
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
}

/** A module that makes a reducer, and what to make it from. */
export interface ReducerSpec {
  /** Absolute path of a compiled module that exports `createReducer(config)`. */
  readonly module: string
  readonly config: unknown
}

/** Takes in the outputs of each sample where they arise; only what it finishes with leaves the host. */
export interface Reducer<Result = unknown> {
  /**
   * @param outputs of each session in turn, by name
   * @param sample feeds by name, its position, and the file it came from
   */
  add(outputs: readonly Readonly<Record<string, FeedTensor>>[], sample: SampleInHost): void | Promise<void>
  finish(): Result | Promise<Result>
}

export interface SampleInHost {
  readonly index: number
  readonly feeds: Feeds
}

export interface SweepTask {
  readonly kind: 'sweep'
  readonly sessions: readonly SessionSpec[]
  /** The files of each sample, whose tensors are put together; in the order in which to run them. */
  readonly files: readonly (readonly string[])[]
  /** Outputs to fetch of each session; all tensors if left out. */
  readonly fetches?: readonly string[]
  readonly reducer: ReducerSpec
}

export interface TimeTask {
  readonly kind: 'time'
  readonly sessions: readonly SessionSpec[]
  readonly files: readonly string[]
  readonly repeats: number
  readonly warmup: number
}

export type Task =
  | { readonly kind: 'open'; readonly session: SessionSpec }
  | {
      readonly kind: 'run'
      readonly session: SessionSpec
      readonly feeds: Feeds
      readonly fetches?: readonly string[]
    }
  | { readonly kind: 'release'; readonly key: number }
  /** Writes the graph that onnxruntime makes of a model. */
  | {
      readonly kind: 'optimize'
      readonly session: SessionSpec
      readonly output: string
      readonly external?: string
    }
  | { readonly kind: 'about' }
  | SweepTask
  | TimeTask

/** What the host knows about itself. */
export interface About {
  readonly onnxruntime: string
  readonly rssBytes: number
  readonly openSessions: number
}

export interface Request {
  readonly id: number
  readonly task: Task
}

export type Reply =
  | { readonly id: number; readonly progress: number }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WireError }

export interface WireError {
  readonly code: ErrorCode
  readonly message: string
  readonly place: ErrorPlace
}
