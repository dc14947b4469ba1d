/** What went wrong, as a word that programs can compare. */
export type ErrorCode =
  /** An argument or option is outside what the function accepts. */
  | 'BAD_ARGUMENT'
  /** Bytes that are not a well-formed ONNX model. */
  | 'BAD_MODEL'
  /** A model or file asks for something outside the folder it may touch. */
  | 'UNSAFE_PATH'
  /** A well-formed model that asks for more memory, depth or work than the limits allow. */
  | 'LIMIT_EXCEEDED'
  /** A well-formed model uses something that the called function does not support. */
  | 'UNSUPPORTED'
  /** Samples do not fit the model's inputs, or none came. */
  | 'BAD_SAMPLES'
  /** A recipe, sample or preprocess file cannot be understood. */
  | 'BAD_RECIPE'
  /** A file could not be read or written. */
  | 'IO'
  /** The native addon or onnxruntime is missing or cannot be loaded here. */
  | 'NOT_AVAILABLE'
  /** onnxruntime refused the model or failed while running it. */
  | 'RUNTIME'
  /** An `AbortSignal` stopped the work. */
  | 'ABORTED'
  /** The graph broke one of its own rules; a bug in a pass, ours or the user's. */
  | 'INVALID_GRAPH'

/** Where an error was found, as far as it is known. */
export interface ErrorPlace {
  /** File that was read or written. */
  readonly path?: string
  /** Byte offset in that file or buffer. */
  readonly offset?: number
  /** Node, value or tensor by its ONNX name. */
  readonly at?: string
}

/**
 * The one error class that onnxpress throws on purpose. `code` is stable across releases; `message` says what was
 * expected, what came and what to do about it.
 */
export class OnnxpressError extends Error {
  override readonly name = 'OnnxpressError'
  readonly code: ErrorCode
  readonly place: ErrorPlace

  constructor(code: ErrorCode, message: string, place: ErrorPlace & { cause?: unknown } = {}) {
    const { cause, ...rest } = place
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.place = rest
  }
}

/** Words the one sentence for every bad argument: `Expected ratio between 0 and 1 for prune.channels, received 30`. */
export function badArgument(expected: string, where: string, received: unknown): OnnxpressError {
  return new OnnxpressError(
    'BAD_ARGUMENT',
    `Expected ${expected} for ${where}, received ${describe(received)}`,
  )
}

/** A short printable form of any value, safe for terminals: control characters are escaped, long text is cut. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value))
    return `[${value.slice(0, 8).map(describe).join(', ')}${value.length > 8 ? ', ...' : ''}]`
  if (value !== null && typeof value === 'object')
    return `a ${value.constructor?.name ?? 'null-prototype object'}`
  return String(value)
}
