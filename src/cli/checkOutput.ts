/** Whether the result can be written, asked before minutes are spent on it. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OnnxpressError } from '../index'

/** @throws OnnxpressError `IO` when the folder is missing or closed, or the path names a folder */
export async function checkOutput(path: string): Promise<void> {
  const folder = dirname(path)
  try {
    await access(folder, constants.W_OK)
  } catch (cause) {
    const message = `Cannot write ${path}: ${(cause as Error).message}. Make the folder ${folder} first`
    throw new OnnxpressError('IO', message, { path, cause })
  }
  const stats = await stat(path).catch(() => undefined)
  if (stats?.isDirectory())
    throw new OnnxpressError('IO', `Expected a file to write to, found the folder ${path}`, { path })
}
