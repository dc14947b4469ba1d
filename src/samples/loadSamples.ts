/** Samples from disk, as the command line and recipes name them. */
import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Evaluate } from '../compress/evaluate'
import { OnnxpressError } from '../errors'
import type { Model } from '../ir'
import { type Feeds, type ModelInput, modelInputs, type Samples } from '../runtime'
import { checkSample } from '../runtime/modelInputs'
import { badSamples } from './badSamples'
import { imageReader } from './image'
import { moduleSamples } from './moduleSamples'
import type { Preprocess } from './preprocess'
import { readNpy } from './readNpy'
import { readNpz } from './readNpz'

export interface LoadSamplesOptions {
  /** How images become tensors; only images need it. */
  readonly preprocess?: Preprocess | undefined
}

/** What a path gave. */
export interface LoadedSamples {
  /** May be iterated as often as wanted; files are read one by one. */
  readonly samples: Samples
  /** Number of samples; undefined where only reading tells. */
  readonly count: number | undefined
  /** The metric that a module exports. */
  readonly evaluate?: Evaluate
}

type ReadSample = (path: string) => Promise<Feeds>

const MODULES = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'])
const IMAGES = ['.png', '.jpg', '.jpeg', '.webp']

/**
 * Samples for a model: a folder of `.npy` (models with one input), of `.npz` (arrays named as the inputs) or of images,
 * in the order of their names; one such file; or a module that exports `samples()` and, if it likes,
 * `evaluate(session)`. Every sample is checked against the model's inputs as it is read.
 * @throws OnnxpressError `BAD_SAMPLES` that names the file and what was expected; reading the samples throws it too
 */
export async function loadSamples(
  path: string,
  model: Model,
  options: LoadSamplesOptions = {},
): Promise<LoadedSamples> {
  const isFolder = await kindOf(path)
  if (!isFolder && MODULES.has(extname(path).toLowerCase())) return moduleSamples(path)
  const files = isFolder ? await sampleFiles(path) : [path]
  const inputs = modelInputs(model)
  const read = readerOf(files[0] ?? path, inputs, options)
  return { samples: new FileSamples(files, read, inputs), count: files.length }
}

/** Reads files one by one, each time it is iterated. */
class FileSamples implements AsyncIterable<Feeds> {
  constructor(
    private readonly files: readonly string[],
    private readonly read: ReadSample,
    private readonly inputs: readonly ModelInput[],
  ) {}

  async *[Symbol.asyncIterator](): AsyncIterator<Feeds> {
    for (const [index, file] of this.files.entries()) {
      const feeds = await this.read(file)
      inFile(file, () => checkSample(feeds, this.inputs, index))
      yield feeds
    }
  }
}

function inFile(path: string, check: () => void): void {
  try {
    check()
  } catch (cause) {
    if (!(cause instanceof OnnxpressError)) throw cause
    throw badSamples(path, cause.message.replace(/^Sample \d+: /, ''), cause)
  }
}

async function kindOf(path: string): Promise<boolean> {
  try {
    const stats = await stat(path)
    if (stats.isDirectory()) return true
    if (stats.isFile()) return false
  } catch (cause) {
    throw badSamples(path, `expected a folder or file of samples, ${(cause as Error).message}`, cause)
  }
  throw badSamples(path, 'expected a folder or file of samples, found neither')
}

/** The folder's samples by name; files of other kinds, such as labels, are left alone. */
async function sampleFiles(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter(
    (name) => !name.startsWith('.') && kindOfFile(name) !== undefined,
  )
  if (names.length === 0)
    throw badSamples(
      folder,
      `expected .npy, .npz or image files (${IMAGES.join(', ')}) in this folder, found none`,
    )
  const kinds = new Set(names.map(kindOfFile))
  if (kinds.size > 1)
    throw badSamples(folder, `expected samples of one kind in this folder, found ${[...kinds].join(' and ')}`)
  return names.sort(byName).map((name) => join(folder, name))
}

/** By code units, so that the order is the same in every locale. */
function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function kindOfFile(path: string): '.npy' | '.npz' | 'images' | undefined {
  const extension = extname(path).toLowerCase()
  if (extension === '.npy' || extension === '.npz') return extension
  return IMAGES.includes(extension) ? 'images' : undefined
}

function readerOf(
  path: string,
  inputs: readonly ModelInput[],
  { preprocess }: LoadSamplesOptions,
): ReadSample {
  const kind = kindOfFile(path)
  if (kind === '.npz') return readNpz
  if (kind === undefined)
    throw badSamples(
      path,
      `expected a .npy, .npz, image (${IMAGES.join(', ')}) or module (.js, .mjs, .cjs, .ts)`,
    )
  const input = onlyInput(path, inputs)
  if (kind === '.npy') return async (file) => ({ [input.name]: await readNpy(file) })
  const image = imageReader(path, input, preprocess)
  return async (file) => ({ [input.name]: await image(file) })
}

function onlyInput(path: string, inputs: readonly ModelInput[]): ModelInput {
  const needed = inputs.filter((input) => !input.optional)
  const [input] = needed
  if (input && needed.length === 1) return input
  const names = needed.map(({ name }) => JSON.stringify(name)).join(', ')
  throw badSamples(
    path,
    `one file holds one tensor, but the model has ${needed.length} inputs (${names}); use .npz files with arrays of these names`,
  )
}
