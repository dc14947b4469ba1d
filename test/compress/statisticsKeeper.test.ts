import { StatisticsSet } from '../../src/calibrate'
import type { StatisticRequest } from '../../src/calibrate/statistics'
import { StatisticsKeeper } from '../../src/compress/statisticsKeeper'
import type { Pass } from '../../src/passes/pass'
import { convNet } from './support'

const model = convNet()

function pass(requests: StatisticRequest[] | undefined, lossless = false): Pass {
  return {
    name: 'pass',
    lossless,
    ...(requests && { needs: () => requests }),
    apply: () => ({ changed: 0, skipped: [] }),
  }
}

/** A keeper, and the requests of each sweep that it started. */
function keeper() {
  const sweeps: StatisticRequest[][] = []
  const made = new StatisticsKeeper(
    async (_, requests) => {
      sweeps.push([...requests])
      return new StatisticsSet(1, [])
    },
    (each) => each.needs?.(model) ?? [],
  )
  return { keeper: made, sweeps }
}

const a = { value: 'a' }
const b = { value: 'b' }

describe('StatisticsKeeper', () => {
  test('sweeps only for passes that ask', async () => {
    const { keeper: kept, sweeps } = keeper()
    await kept.for([pass(undefined), pass([a])], model)
    expect(sweeps).toEqual([])
  })

  test('one sweep for passes between which nothing is lost', async () => {
    const { keeper: kept, sweeps } = keeper()
    const passes = [pass([a], true), pass(undefined, true), pass([b])]
    for (const index of passes.keys()) await kept.for(passes.slice(index), model)
    expect(sweeps).toEqual([[a, b]])
  })

  test('does not look beyond a pass that changes activations', async () => {
    const { keeper: kept, sweeps } = keeper()
    const passes = [pass([a]), pass([b])]
    await kept.for(passes, model)
    kept.forget()
    await kept.for(passes.slice(1), model)
    expect(sweeps).toEqual([[a], [b]])
  })

  test('sweeps again for what a later pass turns out to miss', async () => {
    const { keeper: kept, sweeps } = keeper()
    await kept.for([pass([a], true)], model)
    await kept.for([pass([a, b])], model)
    expect(sweeps).toEqual([[a], [b]])
  })

  test('one value along two axes takes two sweeps, not an error', async () => {
    const { keeper: kept, sweeps } = keeper()
    const [first, second] = [
      { value: 'a', channelAxis: 1 },
      { value: 'a', channelAxis: 2 },
    ]
    const passes = [pass([first], true), pass([second])]
    for (const index of passes.keys()) await kept.for(passes.slice(index), model)
    expect(sweeps).toEqual([[first], [second]])
  })

  test('plain requests are answered by ones with an axis', async () => {
    const { keeper: kept, sweeps } = keeper()
    await kept.for([pass([{ value: 'a', channelAxis: 1 }], true)], model)
    await kept.for([pass([a])], model)
    expect(sweeps).toHaveLength(1)
  })
})
