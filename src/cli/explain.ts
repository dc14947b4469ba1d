/** Errors as people are told of them. */
import { OnnxpressError, printable } from '../index'
import { BAD_INPUT, STOPPED } from './exitCodes'

/** What to try, where the message does not say it. */
const HINTS: Readonly<Record<string, string>> = {
  BAD_MODEL: 'onnxpress inspect <model> tells whether a file can be read at all',
  NOT_AVAILABLE: 'onnxpress doctor tells what is missing',
}

/** Writes an error to stderr, without a stack unless ONNXPRESS_DEBUG is set, and returns the exit status. */
export function explain(error: unknown): number {
  if (error instanceof OnnxpressError && error.code === 'ABORTED') {
    process.stderr.write('Stopped; nothing was written.\n')
    return STOPPED
  }
  if (process.env.ONNXPRESS_DEBUG) console.error(error)
  const { code, message } = error as { code?: string; message?: string }
  const lines = printableLines(message ?? String(error))
  process.stderr.write(`onnxpress: ${lines}${code ? ` [${code}]` : ''}\n`)
  const hint = code === undefined ? undefined : HINTS[code]
  if (hint) process.stderr.write(`Hint: ${hint}\n`)
  return BAD_INPUT
}

/** Line breaks stay; what else could steer a terminal is written out. */
function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}
