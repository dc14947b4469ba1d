/** Loads onnxruntime-node; only ever inside the host process. */
import type * as Onnxruntime from 'onnxruntime-node'
import { OnnxpressError } from '../../errors'

let loaded: typeof Onnxruntime | undefined

/**
 * onnxruntime-node.
 * @throws OnnxpressError `NOT_AVAILABLE` when it is not installed or cannot be loaded on this machine.
 */
export function onnxruntime(): typeof Onnxruntime {
  loaded ??= load()
  return loaded
}

function load(): typeof Onnxruntime {
  try {
    return require('onnxruntime-node')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const what = code === 'MODULE_NOT_FOUND' ? 'is not installed' : `cannot be loaded (${message})`
    throw new OnnxpressError(
      'NOT_AVAILABLE',
      `onnxruntime-node ${what}. Run \`npm install onnxruntime-node\``,
      { cause },
    )
  }
}
