/** Samples on disk: read once from the caller, then as often as needed by the host, with memory flat. */
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, OnnxpressError } from '../errors'
import { plainTensor } from './elementArrays'
import type { Feeds, Samples } from './feeds'
import { checkSample, type ModelInput } from './modelInputs'
import { readSample, writeSample } from './sampleFile'
import { makeTempFolder, removeFolder } from './tempFolder'

export interface SpoolOptions {
  /** Takes no more samples than this; all if left out. */
  readonly limit?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with the number of samples stored. */
  readonly onProgress?: ((done: number) => void) | undefined
}

/** A sample's place on disk. */
export interface StoredSample {
  readonly file: string
  readonly bytes: number
}

/** A folder with one file per sample. Call {@link dispose} when done; what is forgotten goes when the process ends. */
export class SampleStore implements AsyncIterable<Feeds> {
  constructor(
    private readonly folder: string,
    readonly samples: readonly StoredSample[],
  ) {}

  /**
   * Stores samples, each checked against what the model wants.
   * @throws OnnxpressError `BAD_SAMPLES` when one does not fit or none came, `IO` when the disk is full.
   */
  static async spool(
    samples: Samples,
    inputs: readonly ModelInput[],
    options: SpoolOptions = {},
  ): Promise<SampleStore> {
    const iterable = checkIterable(samples)
    const folder = await makeTempFolder('samples')
    try {
      return new SampleStore(folder, await store(iterable, inputs, folder, options))
    } catch (error) {
      await removeFolder(folder)
      throw error
    }
  }

  /** Number of samples. */
  get count(): number {
    return this.samples.length
  }

  /** The samples' files, in order. */
  get files(): readonly string[] {
    return this.samples.map((sample) => sample.file)
  }

  /** Position of the sample that takes the most bytes; 0 when there are none. */
  get largest(): number {
    return this.samples.reduce(
      (best, each, index) => (each.bytes > (this.samples[best]?.bytes ?? 0) ? index : best),
      0,
    )
  }

  /** Some of the samples, by position. They go when this store is disposed of. */
  pick(positions: readonly number[]): SampleStore {
    return new SampleStore(
      this.folder,
      positions.flatMap((position) => this.samples[position] ?? []),
    )
  }

  /** One sample, read again from disk. */
  async read(index: number): Promise<Feeds> {
    const sample = this.samples[index]
    if (!sample)
      throw new OnnxpressError('BAD_SAMPLES', `There is no sample ${index}: the store holds ${this.count}`)
    return readSample(sample.file)
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Feeds> {
    for (let index = 0; index < this.count; index++) yield this.read(index)
  }

  /** Removes the samples from disk. */
  async dispose(): Promise<void> {
    await removeFolder(this.folder)
  }
}

/** The file of a folder's sample of that number. */
export function sampleFileName(folder: string, index: number): string {
  return join(folder, `${String(index).padStart(6, '0')}.sample`)
}

async function store(
  samples: Samples,
  inputs: readonly ModelInput[],
  folder: string,
  options: SpoolOptions,
): Promise<StoredSample[]> {
  const { limit = Number.POSITIVE_INFINITY, signal, onProgress } = options
  const stored: StoredSample[] = []
  if (limit <= 0) return stored
  for await (const feeds of samples) {
    if (signal?.aborted)
      throw new OnnxpressError('ABORTED', 'The work was stopped by its AbortSignal', { cause: signal.reason })
    const index = stored.length
    checkSample(feeds, inputs, index)
    const file = sampleFileName(folder, index)
    stored.push({ file, bytes: await writeOrExplain(file, feeds) })
    onProgress?.(stored.length)
    if (stored.length >= limit) break
  }
  if (stored.length === 0)
    throw new OnnxpressError(
      'BAD_SAMPLES',
      'Expected at least one sample, but none came. A generator that was used before is empty',
    )
  return stored
}

async function writeOrExplain(file: string, feeds: Feeds): Promise<number> {
  const plain = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, plainTensor(tensor)]))
  try {
    return await writeSample(file, plain)
  } catch (error) {
    const full = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOSPC'
    if (!full) throw error
    const free = await statfs(join(file, '..')).then(
      (disk) => disk.bavail * disk.bsize,
      () => 0,
    )
    throw new OnnxpressError(
      'IO',
      `The disk is full (${free} bytes left): samples are kept in ${join(file, '..')}. Set TMPDIR to a larger disk or give fewer samples`,
      { path: file, cause: error },
    )
  }
}

function checkIterable(samples: Samples): Samples {
  const candidate = samples as Partial<Iterable<Feeds> & AsyncIterable<Feeds>> | undefined | null
  if (
    typeof candidate?.[Symbol.asyncIterator] === 'function' ||
    typeof candidate?.[Symbol.iterator] === 'function'
  )
    return samples
  throw new OnnxpressError(
    'BAD_SAMPLES',
    `Expected samples to be an iterable or async iterable of feeds, received ${describe(samples)}`,
  )
}
