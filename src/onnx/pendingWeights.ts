import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Model } from '../ir/model'
import { encodeRope } from './encodeModel'
import { ExternalLayout } from './externalLayout'
import { ioError } from './ioError'
import { PendingFile, type WriteOptions } from './pendingFile'

/** External weights that are written, but do not have their name yet. */
export class PendingWeights {
  private isNew = false

  private constructor(
    readonly layout: ExternalLayout,
    /** The name that the model must use. */
    readonly location: string,
    private readonly folder: string,
    /** Undefined where the same weights lie there already. */
    private readonly file: PendingFile | undefined,
  ) {}

  /** Writes all weights of `model` that are worth it; see `saveModel` for how the name is found. */
  static async write(
    model: Model,
    folder: string,
    name: string,
    mode: number | undefined,
    options: WriteOptions,
  ): Promise<PendingWeights> {
    const layout = layOut(model)
    const existing = await sizeOf(join(folder, name))
    const file = await PendingFile.create(join(folder, name), options)
    try {
      const hash = existing === undefined ? undefined : createHash('sha256')
      await writeEntries(layout, file, hash)
      await file.finish(mode)
      if (!hash) return new PendingWeights(layout, name, folder, file)
      const digest = hash.digest('hex')
      const isSame = existing === file.position && (await digestOf(join(folder, name))) === digest
      if (!isSame) return new PendingWeights(layout, `${name}.${digest.slice(0, 12)}`, folder, file)
      await file.discard()
      return new PendingWeights(layout, name, folder, undefined)
    } catch (cause) {
      await file.discard()
      throw cause
    }
  }

  async commit(): Promise<void> {
    const path = join(this.folder, this.location)
    const isNew = (await sizeOf(path)) === undefined
    await this.file?.commit(path)
    this.isNew = isNew
  }

  /** Takes back what was written, also after `commit` when no model came to need it. */
  async discard(): Promise<void> {
    await this.file?.discard()
    if (this.isNew) await rm(join(this.folder, this.location), { force: true }).catch(() => undefined)
  }
}

function layOut(model: Model): ExternalLayout {
  const layout = new ExternalLayout()
  encodeRope(model, (tensor) => {
    const place = layout.place(tensor)
    return place && { location: '', ...place }
  })
  return layout
}

async function writeEntries(
  layout: ExternalLayout,
  file: PendingFile,
  hash: Hash | undefined,
): Promise<void> {
  const each = hash && ((piece: Uint8Array) => void hash.update(piece))
  for (const [source, offset] of layout.entries) {
    // Written as zeros rather than skipped, so that the file is the same on every file system.
    await file.write(new Uint8Array(offset - file.position), each)
    await file.write(source, each)
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw ioError('write', path, cause)
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(piece)
  } catch (cause) {
    throw ioError('read', path, cause)
  }
  return hash.digest('hex')
}
