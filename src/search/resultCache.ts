/**
 * Results of long measurements on disk, each in a file that is named by the digest of all that it depends on. Work that
 * was stopped goes on where it was; several processes may share a folder.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { OnnxpressError } from '../errors'

/** Where results are kept unless told otherwise: `$XDG_CACHE_HOME/onnxpress`, or `~/.cache/onnxpress`. */
export function defaultCacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'onnxpress')
}

export class ResultCache {
  constructor(private readonly folder: string) {}

  /** What was stored under a digest; undefined where there is nothing, or nothing whole. */
  async get(digest: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.pathOf(digest), 'utf8'))
    } catch {
      return undefined
    }
  }

  /**
   * Stores plain data, whole or not at all.
   * @throws OnnxpressError `IO` when the folder cannot be written.
   */
  async set(digest: string, result: unknown): Promise<void> {
    const path = this.pathOf(digest)
    const pending = `${path}.${randomUUID().slice(0, 8)}.tmp`
    try {
      await mkdir(this.folder, { recursive: true })
      await writeFile(pending, JSON.stringify(result), { flag: 'wx' })
      await rename(pending, path)
    } catch (cause) {
      await rm(pending, { force: true }).catch(() => undefined)
      const message = `Cannot keep results in ${this.folder}: ${(cause as Error).message}. Name another folder as cache, or false`
      throw new OnnxpressError('IO', message, { path, cause })
    }
  }

  private pathOf(digest: string): string {
    return join(this.folder, `${digest}.json`)
  }
}
