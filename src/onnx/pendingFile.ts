import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { OnnxpressError } from '../errors'
import type { ByteSource } from '../ir/byteSource'
import { ioError } from './ioError'

/** Copied at once; between pieces the event loop runs and signals are looked at. */
const PIECE_BYTES = 4 * 2 ** 20
/** The disk starts on what is written after so many bytes, so that it has little left to do when all is. */
const SYNC_BYTES = 16 * 2 ** 20
/** Windows refuses to replace a file while a virus scanner looks at it. */
const RENAME_ATTEMPTS = 10

/** How a file is written. */
export interface WriteOptions {
  readonly signal?: AbortSignal | undefined
  /** Whether it must outlast a power failure from the moment it has its name; true if left out. */
  readonly durable?: boolean | undefined
}

/** A file that is written under a temporary name beside its target, and takes the target's name when it is whole. */
export class PendingFile {
  /** Where the next bytes go. */
  position = 0
  private synced = 0
  private syncing: Promise<void> | undefined
  private syncFailure: unknown

  private constructor(
    private readonly temporary: string,
    private readonly handle: FileHandle,
    private readonly options: WriteOptions,
  ) {}

  /** Starts a file that will be called `path`. */
  static async create(path: string, options: WriteOptions): Promise<PendingFile> {
    const suffix = `${process.pid}-${randomBytes(6).toString('hex')}`
    const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${suffix}.tmp`)
    try {
      return new PendingFile(temporary, await open(temporary, 'wx'), options)
    } catch (cause) {
      throw ioError('write', path, cause)
    }
  }

  /** Adds bytes at `position`; those of a source are copied piece by piece. */
  async write(part: Uint8Array | ByteSource, each?: (piece: Uint8Array) => void): Promise<void> {
    if (!('read' in part)) return this.writePiece(part, each)
    for await (const piece of part.pieces(PIECE_BYTES)) await this.writePiece(piece, each)
  }

  /** Makes the bytes durable if that is wanted. @param mode permissions of the file that it will replace */
  async finish(mode: number | undefined): Promise<void> {
    try {
      if (mode !== undefined) await this.handle.chmod(mode)
      await this.syncing
      // The system tells of a failure once; a second sync would hide it.
      if (this.syncFailure) throw this.syncFailure
      if (this.isDurable) await this.handle.sync()
      await this.handle.close()
    } catch (cause) {
      throw ioError('write', this.temporary, cause)
    }
  }

  /** Takes the name `path`, replacing what had it. */
  async commit(path: string): Promise<void> {
    throwIfAborted(this.options.signal)
    for (let attempt = 1; ; attempt++) {
      try {
        return await rename(this.temporary, path)
      } catch (cause) {
        if (!isBusy(cause) || attempt === RENAME_ATTEMPTS) throw ioError('replace', path, cause)
        await wait(20 * attempt)
      }
    }
  }

  /** Removes what was written; harmless after `commit`. */
  async discard(): Promise<void> {
    await this.syncing
    await this.handle.close().catch(() => undefined)
    await rm(this.temporary, { force: true }).catch(() => undefined)
  }

  private async writePiece(bytes: Uint8Array, each?: (piece: Uint8Array) => void): Promise<void> {
    for (let done = 0; done < bytes.byteLength; ) {
      throwIfAborted(this.options.signal)
      const piece = bytes.subarray(done, done + PIECE_BYTES)
      done += await this.writeSome(piece, each)
    }
  }

  private async writeSome(piece: Uint8Array, each?: (piece: Uint8Array) => void): Promise<number> {
    try {
      const { bytesWritten } = await this.handle.write(piece, 0, piece.byteLength, this.position)
      each?.(piece.subarray(0, bytesWritten))
      this.position += bytesWritten
      this.syncAlong()
      return bytesWritten
    } catch (cause) {
      throw ioError('write', this.temporary, cause)
    }
  }

  private get isDurable(): boolean {
    return this.options.durable ?? true
  }

  private syncAlong(): void {
    if (!this.isDurable || this.syncing || this.position - this.synced < SYNC_BYTES) return
    this.synced = this.position
    this.syncing = this.handle
      .datasync()
      .catch((cause) => {
        this.syncFailure ??= cause
      })
      .finally(() => {
        this.syncing = undefined
      })
  }
}

/** Makes the names in a folder durable, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close().catch(() => undefined)
}

/** @throws OnnxpressError `ABORTED` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new OnnxpressError('ABORTED', 'Saving was stopped', { cause: signal.reason })
}

function isBusy(cause: unknown): boolean {
  const code = (cause as NodeJS.ErrnoException).code
  return process.platform === 'win32' && (code === 'EPERM' || code === 'EBUSY' || code === 'EACCES')
}
