/** What each group matters, by the score that was asked for, and where another had to do. */
import type { GramStore } from '../../../calibrate/gramStore'
import type { Skip } from '../../pass'
import type { Consumer } from './grams'
import type { Groups } from './groups'
import { type ChannelScore, SAMPLED } from './options'
import { batchNorm } from './scores/batchNorm'
import { Importance } from './scores/importance'
import { magnitude } from './scores/magnitude'
import { addActivation, addReconstruction } from './scores/sampled'

export interface Scored {
  readonly importance: Float64Array
  readonly skipped: readonly Skip[]
}

export interface ScoreInputs {
  readonly consumers: readonly Consumer[]
  /** Of the consumers' inputs, where the score needs samples. */
  readonly grams: GramStore | undefined
  /** Whether a bias will take over the mean of what goes. */
  readonly isRefit: boolean
  readonly signal: AbortSignal
}

export async function score(groups: Groups, by: ChannelScore, inputs: ScoreInputs): Promise<Scored> {
  if (by === 'l1' || by === 'l2') return { importance: await magnitude(groups, by), skipped: [] }
  const known = by === 'batchNorm' ? batchNorm(groups) : await sampled(groups, by, inputs)
  return {
    importance: known.means(await magnitude(groups, 'l1')),
    skipped: fallbacks(groups, known, by),
  }
}

async function sampled(
  groups: Groups,
  by: ChannelScore,
  { consumers, grams, isRefit, signal }: ScoreInputs,
): Promise<Importance> {
  const importance = new Importance(groups)
  for (const consumer of consumers) {
    signal.throwIfAborted()
    if (!grams?.has(consumer.layer.key)) continue
    const matrix = await grams.read(consumer.layer.key)
    if (by === 'activation') addActivation(importance, consumer, matrix)
    else await addReconstruction(importance, groups, consumer, { ...matrix, isCentered: isRefit })
  }
  return importance
}

/** Families of which the score says nothing. */
function fallbacks(groups: Groups, known: Importance, by: ChannelScore): Skip[] {
  const reason = SAMPLED.has(by)
    ? `nothing that samples run through reads its channels: scored by l1 instead of ${by}`
    : 'its channels go through no BatchNormalization: scored by l1'
  return groups.families
    .filter((family) => !family.groups.some((group) => known.knows(group)))
    .map(({ root }) => ({ at: root.label, reason }))
}
