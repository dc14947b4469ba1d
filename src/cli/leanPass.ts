/** The passes that `--prune` and `--low-rank` ask for. */
import { type AccuracyOptions, type Keep, lowRank, OnnxpressError, type Pass, prune } from '../index'

/** One of these options as it was given. */
export type Lean = { readonly prune: string } | { readonly lowRank: number }

/** What all that are given have in common. */
export interface LeanSetting {
  readonly keep?: Keep
  readonly accuracy?: AccuracyOptions | false
}

/** Says what `--prune` takes, in help and errors. */
export const PRUNE_FORMS = 'unstructured:0.5, 2:4, 4x1:0.8, channels:0.3'

/** @throws OnnxpressError `BAD_ARGUMENT` for a text that is none, or has numbers out of range */
export function leanPass(lean: Lean, setting: LeanSetting): Pass {
  return 'prune' in lean ? prunePass(lean.prune, setting) : lowRank({ energy: lean.lowRank, ...setting })
}

function prunePass(text: string, setting: LeanSetting): Pass {
  if (/^\d+:\d+$/.test(text)) return prune.nOfM({ pattern: text as `${number}:${number}`, ...setting })
  const [, what = '', share = ''] = /^([^:]+):(\d*\.?\d+)$/.exec(text) ?? []
  const [, rows, columns] = /^(\d+)x(\d+)$/.exec(what) ?? []
  const ratio = Number(share)
  if (rows && columns) return prune.block({ rows: Number(rows), columns: Number(columns), ratio, ...setting })
  if (what === 'unstructured') return prune.unstructured({ ratio, ...setting })
  if (what === 'channels') return prune.channels({ ratio, ...setting })
  const message = `Expected ${PRUNE_FORMS} for --prune, received ${JSON.stringify(text)}`
  throw new OnnxpressError('BAD_ARGUMENT', message)
}
