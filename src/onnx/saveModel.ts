import { lstat, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { badArgument, OnnxpressError } from '../errors'
import type { Model } from '../ir/model'
import { encodeRope, LARGEST_MODEL, tooLarge } from './encodeModel'
import { externalLocations } from './externalLocations'
import { placeInside } from './fromTensor'
import { ioError } from './ioError'
import { PendingFile, syncFolder, throwIfAborted, type WriteOptions } from './pendingFile'
import { PendingWeights } from './pendingWeights'
import type { Rope } from './rope'

/** How a model is written. */
export interface SaveOptions {
  /** Whether large weights go to a file of their own; `'auto'` (the default) only where the model would reach 2 GiB. */
  externalData?: 'auto' | boolean
  /** Name of that file, in the model's folder; the model's name and `_data` if left out. */
  externalName?: string
  /** Stops the writing; nothing is left behind. */
  signal?: AbortSignal
  /**
   * False does not wait until the disk has everything, for files that nobody misses after a power failure; true if left
   * out.
   */
  durable?: boolean
}

/**
 * Writes a model to a file, whole or not at all: it is written under another name, made durable and then renamed, weights
 * first, so that at every moment the file at `path` is a complete model, the old one or the new one. Weights are copied
 * piece by piece. Saving over the file that the model was opened from is safe, and the same model always gives the
 * same bytes.
 *
 * A weights file that is there already is never overwritten with other weights, since the old model needs it until the
 * end: the new one then gets a part of its digest added to its name, and the old one is removed if it belonged to the
 * replaced model alone.
 * @throws OnnxpressError `IO` when writing fails, `LIMIT_EXCEEDED` when the model reaches 2 GiB without external data,
 *   `ABORTED` when the signal stops it.
 */
export async function saveModel(model: Model, path: string, options: SaveOptions = {}): Promise<void> {
  const { externalData = 'auto', externalName = `${basename(path)}_data` } = options
  checkName(externalName, path)
  throwIfAborted(options.signal)
  const mode = await modeOf(path)
  const inside = externalData === true ? undefined : encodeRope(model, placeInside)
  const isLarge = inside !== undefined && inside.byteLength > LARGEST_MODEL
  if (isLarge && externalData === false) {
    throw tooLarge(inside.byteLength, "allow external data by { externalData: 'auto' }")
  }
  const replaced = mode === undefined ? new Set<string>() : externalLocations(path)
  if (inside && !isLarge) await writeModel(inside, path, mode, options)
  else replaced.delete(await writeWithWeights(model, path, externalName, mode, options))
  await removeReplaced(replaced, path)
}

/** Writes weights, then the model that names them; returns the name of the weights' file. */
async function writeWithWeights(
  model: Model,
  path: string,
  externalName: string,
  mode: number | undefined,
  options: WriteOptions,
): Promise<string> {
  const weights = await PendingWeights.write(model, dirname(path), externalName, mode, options)
  try {
    const { location } = weights
    const rope = encodeRope(model, (tensor) => {
      const place = weights.layout.place(tensor)
      return place && { location, ...place }
    })
    if (rope.byteLength > LARGEST_MODEL)
      throw tooLarge(rope.byteLength, 'it is too large even without its weights')
    await writeModel(rope, path, mode, options, () => weights.commit())
    return location
  } catch (cause) {
    await weights.discard()
    throw cause
  }
}

/** @param first what must be in place before the model takes its name */
async function writeModel(
  rope: Rope,
  path: string,
  mode: number | undefined,
  options: WriteOptions,
  first?: () => Promise<void>,
): Promise<void> {
  const file = await PendingFile.create(path, options)
  try {
    for (const part of rope.parts) await file.write(part)
    await file.finish(mode)
    await first?.()
    await file.commit(path)
  } catch (cause) {
    await file.discard()
    throw cause
  }
  if (options.durable ?? true) await syncFolder(dirname(path))
}

/** Removes weights of the replaced model, if their names say that they were written for it. */
async function removeReplaced(locations: ReadonlySet<string>, path: string): Promise<void> {
  const own = `${basename(path)}_data`
  for (const location of locations) {
    const isOwn = location === own || (location.startsWith(`${own}.`) && !/[\\/]/.test(location))
    if (isOwn) await rm(join(dirname(path), location), { force: true }).catch(() => undefined)
  }
}

/** Permissions of the file to be replaced; undefined if there is none. */
async function modeOf(path: string): Promise<number | undefined> {
  try {
    const stats = await lstat(path)
    if (stats.isFile()) return stats.mode & 0o777
    if (stats.isSymbolicLink()) return undefined
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw ioError('write', path, cause)
  }
  throw new OnnxpressError('IO', `Expected a file at ${JSON.stringify(path)}, found a folder or device`, {
    path,
  })
}

function checkName(name: string, path: string): void {
  const isPlain = name !== '' && name !== '.' && name !== '..' && !/[\\/\0:]/.test(name)
  if (!isPlain || name === basename(path)) throw badArgument('a plain file name', 'externalName', name)
}
