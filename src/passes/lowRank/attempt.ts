/** Ranks chosen and layers factorized, for all of what was asked or a part of it. */
import type { PassContext } from '../pass'
import { choose } from './choose'
import { factorLayers, type Outcome } from './factorLayers'
import type { LowRankOptions } from './options'
import { partOf } from './part'
import { chooseTimed, type Stopwatch, type TimedChoice } from './stopwatch'
import type { Survey } from './survey'

export interface Attempt {
  readonly timed: TimedChoice
  readonly outcome: Outcome
}

/** @param stopwatch undefined where speed does not count */
export async function attempt(
  context: PassContext,
  { candidates }: Survey,
  options: LowRankOptions,
  stopwatch: Stopwatch | undefined,
): Promise<Attempt> {
  const timed = stopwatch
    ? await chooseTimed(stopwatch, candidates, options, (ratio) =>
        context.progress(ratio / 2, 'timing layers and their factors'),
      )
    : { choice: choose(candidates, options), times: new Map(), slow: new Set<string>() }
  return { timed, outcome: await factorLayers(partOf(context, 0.5, 1), timed.choice, options) }
}

/** The options with a share of what they ask for. A rank is what it is. */
export function lessened(options: LowRankOptions, share: number): LowRankOptions {
  const { energy, ratio } = options
  return {
    ...options,
    ...(energy !== undefined && { energy: 1 - share * (1 - energy) }),
    ...(ratio !== undefined && { ratio: share * ratio }),
  }
}
