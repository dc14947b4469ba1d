/** What each pass has to do with the result. */
import type { PassReport, ReportData } from './reportData'
import { formatBytes, formatCount, formatDb, formatShare } from './units'

export const SHARE_HEADER = ['after', 'bytes', 'parameters', 'nodes', 'SNR', 'same choice']

/** A row for the original and one after each pass that changed something; empty for a single one, which is the result. */
export function shareRows({ original, passes, quality }: ReportData): string[][] {
  const changed = passes.filter((pass) => pass.after)
  if (changed.length < 2) return []
  const last = changed.at(-1)
  const rows = changed.map((pass) => shareRow(pass, pass === last ? quality : undefined))
  return [['(original)', ...figures(original), '', ''], ...rows]
}

function shareRow({ name, after }: PassReport, final: ReportData['quality']): string[] {
  const measured = after?.measured ?? final
  const { snrDb, agreement } = measured ?? {}
  return [
    name,
    ...(after ? figures(after) : ['', '', '']),
    snrDb === undefined ? '' : formatDb(snrDb),
    agreement === undefined ? '' : formatShare(agreement),
  ]
}

function figures(of: {
  readonly bytes: number
  readonly parameters: number
  readonly nodes: number
}): string[] {
  return [formatBytes(of.bytes), formatCount(of.parameters), formatCount(of.nodes)]
}
