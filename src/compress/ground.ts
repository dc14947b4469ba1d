/** What all work on a model stands on: samples, and the original that candidates are held against. */
import type { Model } from '../ir'
import type { Evaluate } from './evaluate'
import { Reference } from './reference'
import { SampleSource, type SampleSourceOptions } from './sampleSource'
import { throwIfAborted, type WatchOptions } from './watch'

export interface Ground {
  readonly source: SampleSource
  readonly reference: Reference
}

export interface GroundOptions extends SampleSourceOptions, WatchOptions {
  readonly evaluate?: Evaluate | undefined
}

/**
 * Opens the samples of a model, does something with them and removes what was put on disk, whatever happens.
 * @throws OnnxpressError `BAD_SAMPLES`, `IO`, `ABORTED`, and what `use` throws
 */
export async function withGround<T>(
  model: Model,
  options: GroundOptions,
  use: (ground: Ground) => Promise<T>,
): Promise<T> {
  const source = await SampleSource.open(model, options, options)
  const reference = new Reference(model, source, options.evaluate, { signal: options.signal })
  try {
    return await use({ source, reference })
  } catch (error) {
    // Whatever fails once the work is to stop, fails because of that.
    throwIfAborted(options)
    throw error
  } finally {
    await reference.dispose()
    await source.dispose()
  }
}
