import type { OnnxpressError } from '../errors'
import type { ExternalFiles } from './externalFiles'
import { badModel } from './input'
import type { Budget, Limits } from './limits'
import type { SparseMeter } from './sparseMeter'

/** What turning messages into the IR needs to know besides the messages. */
export interface Context {
  readonly path: string | undefined
  readonly limits: Limits
  readonly budget: Budget
  readonly external: ExternalFiles
  readonly sparse: SparseMeter
}

/** The error for a message at byte `offset` that breaks a rule of ONNX. */
export function malformed(context: Context, message: string, offset: number, at?: string): OnnxpressError {
  return badModel(message, context.path, offset, at)
}
