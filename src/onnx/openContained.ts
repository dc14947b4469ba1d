import { constants, lstatSync, realpathSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { OnnxpressError } from '../errors'
import { ioError } from './ioError'
import { OpenFile } from './openFile'

/**
 * Opens the file that a model names as external data, if it lies inside the model's folder: that of its path, or, so
 * that the Hugging Face cache with its symbolic links works, that of the file its path leads to.
 *
 * A model is not to be trusted: `..`, absolute paths, addresses, links that lead out, hard links (which may bring in
 * any file of the same disk; `trusted` allows them) and anything but regular files are refused with `UNSAFE_PATH`.
 */
export function openContained(modelPath: string, location: string, trusted: boolean): OpenFile {
  checkLocation(location)
  const folders = [dirname(modelPath), dirname(real(modelPath))]
  const target = locate(folders, location)
  const roots = folders.map(real)
  if (!roots.some((root) => isInside(target, root))) {
    throw unsafe(location, `it leads to ${JSON.stringify(target)}, outside the model's folder`)
  }
  const before = lstatSync(target, { bigint: true })
  if (!before.isFile()) throw unsafe(location, 'it is not a regular file')
  const file = OpenFile.open(target, constants.O_NOFOLLOW ?? 0)
  const problem = recheck(file, target, before, trusted)
  if (!problem) return file
  file.close()
  throw unsafe(location, problem)
}

/** What an attacker may have exchanged between looking and opening. */
function recheck(
  file: OpenFile,
  target: string,
  before: { ino: bigint; dev: bigint },
  trusted: boolean,
): string | undefined {
  const { ino, dev, nlink } = file.stats
  if (ino !== before.ino || dev !== before.dev || real(target) !== target)
    return 'it was exchanged while it was opened'
  if (nlink !== 1n && !trusted) {
    return 'it has several hard links, which may expose files from elsewhere; open with { trusted: true } if they are yours'
  }
  return undefined
}

function checkLocation(location: string): void {
  if (location === '') throw unsafe(location, 'it is empty')
  if (location.includes('\0')) throw unsafe(location, 'it holds a null character')
  if (/^[a-z]:/i.test(location) || /^[\\/]/.test(location)) throw unsafe(location, 'it is an absolute path')
  if (/^[a-z][a-z\d+.-]*:/i.test(location)) throw unsafe(location, 'it is an address')
  const steps = location.split(/[\\/]/)
  if (steps.includes('..')) throw unsafe(location, 'it leads upwards')
  // Inside onnxruntime this name stands for an address in memory; no file is ever called so.
  if (steps.includes('_ORT_MEM_ADDR_')) throw unsafe(location, 'it is an address in memory')
}

/** The real path of the file in the first folder that has it. */
function locate(folders: readonly string[], location: string): string {
  let failure: unknown
  for (const folder of folders) {
    try {
      return realpathSync(join(folder, location))
    } catch (cause) {
      failure ??= cause
    }
  }
  throw ioError('find external data', join(folders[0] ?? '', location), failure)
}

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch (cause) {
    throw ioError('find', basename(path), cause)
  }
}

function isInside(target: string, folder: string): boolean {
  return target.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function unsafe(location: string, reason: string): OnnxpressError {
  const shown = JSON.stringify(location.length > 200 ? `${location.slice(0, 200)}...` : location)
  return new OnnxpressError('UNSAFE_PATH', `External data ${shown} is refused: ${reason}`)
}
