/** Samples and a metric out of a JavaScript module of the caller's. */
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Evaluate } from '../compress/evaluate'
import type { Samples } from '../runtime'
import { badSamples } from './badSamples'
import type { LoadedSamples } from './loadSamples'

/**
 * What a module exports: `samples`, a function that returns an iterable of feeds (or the iterable itself), and perhaps
 * `evaluate(session)`. The module runs in this process, with all its rights.
 * @throws OnnxpressError `BAD_SAMPLES`
 */
export async function moduleSamples(path: string): Promise<LoadedSamples> {
  const { samples, evaluate } = await load(path)
  const iterable = typeof samples === 'function' ? await callSamples(path, samples as () => unknown) : samples
  if (!isIterable(iterable))
    throw badSamples(
      path,
      'expected the module to export samples(), a function that returns an iterable of feeds',
    )
  if (evaluate !== undefined && typeof evaluate !== 'function')
    throw badSamples(path, 'expected evaluate to be a function of a session that returns a number')
  return { samples: iterable, count: undefined, ...(evaluate ? { evaluate: evaluate as Evaluate } : {}) }
}

async function load(path: string): Promise<Record<string, unknown>> {
  try {
    const loaded = await import(pathToFileURL(resolve(path)).href)
    // A CommonJS module's exports are under `default`, and only some of them beside it.
    return { ...(loaded.default ?? {}), ...loaded }
  } catch (cause) {
    const { message, code } = cause as NodeJS.ErrnoException
    const hint =
      /\.[mc]?ts$/.test(extname(path)) &&
      (code === 'ERR_UNKNOWN_FILE_EXTENSION' || (cause as Error).name === 'SyntaxError')
        ? `; this Node (${process.version}) does not run TypeScript by itself: compile it to .js, or run Node 22.18 or newer`
        : ''
    throw badSamples(path, `the module cannot be loaded: ${message}${hint}`, cause)
  }
}

async function callSamples(path: string, samples: () => unknown): Promise<unknown> {
  try {
    return await samples()
  } catch (cause) {
    throw badSamples(path, `samples() failed: ${(cause as Error).message}`, cause)
  }
}

function isIterable(value: unknown): value is Samples {
  const candidate = value as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined
  return (
    typeof candidate?.[Symbol.iterator] === 'function' ||
    typeof candidate?.[Symbol.asyncIterator] === 'function'
  )
}
