/**
 * Temporary folders of this process. All lie in one root, so that one removal at exit takes them all; the runtime's
 * child process knows the root too and removes it when this process dies without a chance to.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OnnxpressError } from '../errors'

let root: string | undefined

/** The folder that holds every temporary folder of this process; made at first use. */
export function tempRoot(): string {
  if (root === undefined) {
    root = orExplain(() => mkdtempSync(join(tmpdir(), `onnxpress-${process.pid}-`)))
    process.once('exit', removeTempRoot)
  }
  return root
}

/** Removes all temporary folders of this process, now. */
export function removeTempRoot(): void {
  if (root !== undefined) rmSync(root, { recursive: true, force: true })
  process.off('exit', removeTempRoot)
  root = undefined
}

/** A new empty folder, to be removed with {@link removeFolder}; what is forgotten goes when the process ends. */
export async function makeTempFolder(purpose: string): Promise<string> {
  return mkdtemp(join(tempRoot(), `${purpose}-`))
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}

function orExplain<T>(action: () => T): T {
  try {
    return action()
  } catch (cause) {
    const message = `Cannot make a temporary folder in ${tmpdir()}: ${(cause as Error).message}. Set TMPDIR to a folder that can be written`
    throw new OnnxpressError('IO', message, { path: tmpdir(), cause })
  }
}
