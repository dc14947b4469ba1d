import { OnnxpressError } from '../../../src/errors'

/** The error of ours that `action` throws; fails the test when it throws nothing or another error. */
export function thrown(action: () => unknown): OnnxpressError {
  try {
    action()
  } catch (error) {
    if (error instanceof OnnxpressError) return error
    throw error
  }
  throw new Error('Expected an OnnxpressError, but nothing was thrown')
}

/** As `thrown`, for promises. */
export async function rejected(promise: Promise<unknown>): Promise<OnnxpressError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof OnnxpressError) return error
    throw error
  }
  throw new Error('Expected an OnnxpressError, but nothing was thrown')
}
