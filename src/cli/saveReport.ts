/** Reports as files. */
import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { OnnxpressError } from '../index'

/** Something that was found, in all forms that files can have; as JSON too. */
export interface Printable {
  toString(): string
  toHtml(): string
}

/**
 * Writes a report, in the form that the file's name asks for, whole or not at all.
 * @throws OnnxpressError `BAD_ARGUMENT` for other names than .html, .json and .txt; `IO`
 */
export async function saveReport(report: Printable, path: string): Promise<void> {
  const text = render(report, path)
  const pending = `${path}.${randomUUID().slice(0, 8)}.tmp`
  try {
    await writeFile(pending, text, { flag: 'wx' })
    await rename(pending, path)
  } catch (cause) {
    await rm(pending, { force: true })
    throw new OnnxpressError('IO', `Cannot write the report: ${(cause as Error).message}`, { path, cause })
  }
}

/** Fails before the work is done when the name asks for a form that there is not. */
export function checkReportName(path: string | undefined): void {
  if (path === undefined || /\.(html|json|txt)$/i.test(path)) return
  throw new OnnxpressError(
    'BAD_ARGUMENT',
    `Expected a report file that ends in .html, .json or .txt, received ${JSON.stringify(path)}`,
  )
}

function render(report: Printable, path: string): string {
  switch (extname(path).toLowerCase()) {
    case '.html':
      return report.toHtml()
    case '.json':
      return `${JSON.stringify(report, undefined, 2)}\n`
    default:
      return `${report}\n`
  }
}
