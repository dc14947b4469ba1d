/** Ranks under a budget, against every other choice. */
import fc from 'fast-check'
import { type Candidate, choose } from '../../../src/passes/lowRank/choose'
import { frontier } from '../../../src/passes/lowRank/frontier'
import type { RankPoint } from '../../../src/passes/lowRank/rankPoint'
import { LayerBuilder } from '../quantize/support'
import { onlyLayer } from './support'

const point = (parameters: number, error: number, macs?: number): RankPoint => ({
  scheme: 'pair',
  ranks: [parameters],
  parameters,
  macs,
  error,
})

/** A layer of 100 weights, used as often as it says. */
function candidate(key: string, points: readonly RankPoint[], more: Partial<Candidate> = {}): Candidate {
  const b = new LayerBuilder()
  b.output(b.node('Conv', [b.input('x', [1, 10, 1, 1]), b.some([10, 10, 1, 1])], {}, key))
  return { layer: onlyLayer(b.model), positions: undefined, points, importance: 1, ...more }
}

const curve = [point(80, 0.01), point(60, 0.03), point(40, 0.1), point(20, 0.4)]

test('the frontier has no point that another beats in both', () => {
  const points = [point(80, 0.2), point(60, 0.1), point(60, 0.3), point(40, 0.1), point(20, 0.5)]
  expect(frontier(points, 'parameters').map(({ parameters }) => parameters)).toEqual([40, 20])
})

test('energy: the cheapest ranks of each layer that keep it', () => {
  const choice = choose([candidate('a', curve), candidate('b', [point(70, 0.2)])], { energy: 0.89 })
  expect([...choice].map(([key, { parameters }]) => [key, parameters])).toEqual([['a', 40]])
})

test('a ratio of each layer: the truest ranks that are small enough', () => {
  const layers = [candidate('a', curve), candidate('b', [point(70, 0.2)])]
  const choice = choose(layers, { ratio: 0.3, scope: 'layer' })
  expect([...choice].map(([key, { parameters }]) => [key, parameters])).toEqual([
    ['a', 60],
    ['b', 70],
  ])
})

test('one budget: layers lose most to which the outputs listen least', () => {
  const layers = [candidate('a', curve, { importance: 10 }), candidate('b', curve)]
  const choice = choose(layers, { ratio: 0.4 })
  expect(choice.get('a')?.parameters).toBe(80)
  expect(choice.get('b')?.parameters).toBe(40)
})

test('a budget of work counts multiply-accumulates', () => {
  const often = { input: 100, output: 100, between: 100 }
  const once = { input: 1, output: 1, between: 1 }
  const layers = [
    candidate('often', [point(50, 0.1, 5000)], { positions: often }),
    candidate('once', [point(50, 0.001, 50)], { positions: once }),
  ]
  expect([...choose(layers, { ratio: 0.4, budget: 'macs' }).keys()]).toContain('often')
  expect([...choose(layers, { ratio: 0.2, budget: 'parameters' }).keys()]).toEqual(['once'])
})

test('what cannot be reached is reached as far as it goes', () => {
  const choice = choose([candidate('a', curve), candidate('b', [])], { ratio: 0.9 })
  expect([...choice].map(([key, { parameters }]) => [key, parameters])).toEqual([['a', 20]])
})

test('one budget is kept, and no choice that saves as much on whole hull steps is better', () => {
  const costs = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 4 })
  const layer = fc.record({
    costs,
    errors: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
    importance: fc.double({ min: 0.01, max: 10, noNaN: true }),
  })
  const property = fc.property(
    fc.array(layer, { minLength: 1, maxLength: 3 }),
    fc.double({ min: 0.05, max: 0.6, noNaN: true }),
    (layers, ratio) => {
      const candidates = layers.map(({ costs, errors, importance }, index) =>
        candidate(
          `l${index}`,
          costs.map((cost, at) => point(cost, errors[at] as number)),
          { importance },
        ),
      )
      const choice = choose(candidates, { ratio })
      const every = allChoices(candidates)
      const needed = 100 * ratio * candidates.length
      const mine = { saved: 0, loss: 0 }
      for (const { layer, importance } of candidates) {
        const chosen = choice.get(layer.key)
        if (!chosen) continue
        mine.saved += 100 - chosen.parameters
        mine.loss += importance * chosen.error
      }
      const most = Math.max(...every.map(({ saved }) => saved))
      expect(mine.saved).toBeGreaterThanOrEqual(Math.min(needed, most) - 1e-9)
      // Greedy on hulls is within one step of the best: the loss of that step bounds the gap.
      const best = Math.min(
        ...every.filter(({ saved }) => saved >= mine.saved - 1e-9).map(({ loss }) => loss),
      )
      const step = Math.max(
        ...candidates.flatMap(({ importance, points }) => points.map((p) => importance * p.error)),
      )
      expect(mine.loss).toBeLessThanOrEqual(best + step + 1e-9)
    },
  )
  fc.assert(property, { numRuns: 200, seed: 5 })
})

function allChoices(candidates: readonly Candidate[]): { saved: number; loss: number }[] {
  return candidates.reduce(
    (sums, { points, importance }) =>
      sums.flatMap(({ saved, loss }) => [
        { saved, loss },
        ...points.map((p) => ({ saved: saved + 100 - p.parameters, loss: loss + importance * p.error })),
      ]),
    [{ saved: 0, loss: 0 }],
  )
}
