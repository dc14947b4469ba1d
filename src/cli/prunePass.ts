/** The passes that `--prune` asks for, in the order in which they stand on the command line. */
import { type AccuracyOptions, type Keep, OnnxpressError, type Pass, prune } from '../index'

/** What all that are given have in common. */
export interface PruneSetting {
  readonly keep?: Keep
  readonly accuracy?: AccuracyOptions | false
}

/** Says what `--prune` takes, in help and errors. */
export const PRUNE_FORMS = 'unstructured:0.5, 2:4, 4x1:0.8, channels:0.3'

/** @throws OnnxpressError `BAD_ARGUMENT` for a text that is none, or has numbers out of range */
export function prunePass(text: string, setting: PruneSetting): Pass {
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
