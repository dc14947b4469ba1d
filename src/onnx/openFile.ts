import { type BigIntStats, closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs'
import { OnnxpressError } from '../errors'
import { ioError } from './ioError'

/** One read call takes at most this much; Node refuses 2 GiB and more. */
const LARGEST_READ = 2 ** 30

/** Closes the files of models that are no longer used. */
const closer = new FinalizationRegistry<number>((descriptor) => closeQuietly(descriptor))

/**
 * A file kept open for reading, shared by all tensors in it. Keeping it open means that a file replaced under the same
 * name (as saving over the input does) can still be read; one that is changed in place is noticed.
 */
export class OpenFile {
  readonly byteLength: number
  private closed = false

  private constructor(
    readonly path: string,
    private readonly descriptor: number,
    readonly stats: BigIntStats,
  ) {
    this.byteLength = Number(stats.size)
    closer.register(this, descriptor, this)
  }

  /**
   * Opens a regular file.
   * @param flags more flags for `open`, as `O_NOFOLLOW`
   * @throws OnnxpressError `IO` when it cannot be opened or is no regular file.
   */
  static open(path: string, flags = 0): OpenFile {
    let descriptor: number | undefined
    try {
      // Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
      descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | flags)
      const stats = fstatSync(descriptor, { bigint: true })
      if (!stats.isFile())
        throw new OnnxpressError('IO', `Expected a regular file at ${JSON.stringify(path)}`, { path })
      return new OpenFile(path, descriptor, stats)
    } catch (cause) {
      if (descriptor !== undefined) closeQuietly(descriptor)
      throw ioError('open', path, cause)
    }
  }

  /** Fills `target` from `offset` on. */
  readInto(target: Uint8Array, offset: number): void {
    this.readUnchecked(target, offset)
    this.checkUnchanged()
  }

  /** As `readInto`, for many small reads after which the caller calls `checkUnchanged` once. */
  readUnchecked(target: Uint8Array, offset: number): void {
    for (let done = 0; done < target.byteLength; ) {
      const wanted = Math.min(LARGEST_READ, target.byteLength - done)
      done += this.checkCount(
        this.attempt(() => readSync(this.descriptor, target, done, wanted, offset + done)),
      )
    }
  }

  /** As `readInto`, without blocking. */
  async load(target: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < target.byteLength; ) {
      const wanted = Math.min(LARGEST_READ, target.byteLength - done)
      done += this.checkCount(await this.readAsync(target, done, wanted, offset + done))
    }
    this.checkUnchanged()
  }

  /** @throws OnnxpressError `IO` when the file was changed in place since it was opened. */
  checkUnchanged(): void {
    const now = this.attempt(() => fstatSync(this.descriptor, { bigint: true }))
    if (now.size === this.stats.size && now.mtimeNs === this.stats.mtimeNs) return
    const message = `${JSON.stringify(this.path)} was changed after it was opened; open the model again`
    throw new OnnxpressError('IO', message, { path: this.path })
  }

  /** Gives the descriptor back; only for files of which no tensor is left. */
  close(): void {
    if (this.closed) return
    this.closed = true
    closer.unregister(this)
    closeQuietly(this.descriptor)
  }

  private readAsync(target: Uint8Array, start: number, length: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.descriptor, target, start, length, position, (cause, count) => {
        if (cause) reject(ioError('read', this.path, cause))
        else resolve(count)
      })
    })
  }

  private checkCount(count: number): number {
    if (count > 0) return count
    this.checkUnchanged()
    throw new OnnxpressError('IO', `${JSON.stringify(this.path)} ended early while it was read`, {
      path: this.path,
    })
  }

  private attempt<T>(action: () => T): T {
    try {
      return action()
    } catch (cause) {
      throw ioError('read', this.path, cause)
    }
  }
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor)
  } catch {
    // The descriptor was only read from; there is nothing left to lose.
  }
}
