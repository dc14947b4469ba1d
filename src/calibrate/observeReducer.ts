/** Runs in the host: hands each sample's activations to their observers, so that they never cross to the parent. */
import type { FeedTensor, Reducer, SampleInHost } from '../runtime'
import type { Observation } from './observation'
import { Observer } from './observer'
import type { StatisticRequest } from './statistics'
import { toFloats } from './toFloats'

export interface ObserveConfig {
  readonly requests: readonly StatisticRequest[]
}

/** Observes the requested values among the outputs of the only session, and among the feeds. */
export function createReducer({ requests }: ObserveConfig): Reducer<Observation[]> {
  const observers = requests.map(({ value, channelAxis }) => new Observer(value, channelAxis))
  return {
    async add([outputs], sample) {
      // All at once: each goes from thread to thread of the addon's pool while others wait for theirs.
      await Promise.all(observers.map((observer) => observe(observer, outputs ?? {}, sample)))
    },
    finish: () => observers.map((observer) => observer.finish()),
  }
}

async function observe(
  observer: Observer,
  outputs: Readonly<Record<string, FeedTensor>>,
  { feeds }: SampleInHost,
): Promise<void> {
  const tensor = own(outputs, observer.value) ?? own(feeds, observer.value)
  // A feed that may be left out was.
  if (tensor) await observer.add(await toFloats(tensor, observer.value), tensor.dims)
}

function own(tensors: Readonly<Record<string, FeedTensor>>, name: string): FeedTensor | undefined {
  return Object.hasOwn(tensors, name) ? tensors[name] : undefined
}
