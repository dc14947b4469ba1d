/** What goes together, and can print itself. */
import type { Place } from './place'

/** Channels of one place. */
export interface Member {
  readonly place: Place
  readonly channels: readonly number[]
}

/**
 * Channels that have to go together: in every constant that holds some of them, and in every value between. The idea is
 * DepGraph's (Fang et al. 2023, "DepGraph: Towards Any Structural Pruning", §3.2), by channel instead of by layer.
 */
export class ChannelGroup {
  /** @param members the root, whose layer makes the channels first, and then the others in execution order */
  constructor(readonly members: readonly Member[]) {}

  get root(): Member {
    return this.members[0] as Member
  }

  /** The members that are constants: what is really removed. */
  get constants(): readonly Member[] {
    return this.members.filter(({ place }) => place.value?.constant)
  }

  /** The root, then one line a member. */
  toString(): string {
    const [root, ...others] = this.members
    return [lineOf(root as Member), ...others.map((member) => `  ${lineOf(member)}`)].join('\n')
  }
}

function lineOf({ place, channels }: Member): string {
  const reader = place.use && ` of ${place.use.node.label}`
  const title = place.value?.constant ? `constant${reader ?? ''}, ` : ''
  return `${title}${place}: ${ranges(channels)}`
}

/** `0–3, 7`: runs of numbers that follow each other. */
function ranges(channels: readonly number[]): string {
  const runs: [first: number, last: number][] = []
  for (const channel of channels) {
    const run = runs.at(-1)
    if (run && run[1] === channel - 1) run[1] = channel
    else runs.push([channel, channel])
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(', ')
}
