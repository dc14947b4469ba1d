import type { Budget } from '../../../src/passes/accuracy/budget'
import { ExemptionSearch, type LayerLoss, rankLayers } from '../../../src/passes/accuracy/exemption'
import type { Layer } from '../../../src/passes/layer/layer'

const layerOf = (index: number) => ({ key: `layer${index}` }) as Layer
const measuredAs = (noise: number) => ({
  measured: { snrDb: -10 * Math.log10(noise), agreement: undefined, metric: undefined },
})

/** A search where the noise of the outputs is a function of how many layers are spared. */
async function search(length: number, noise: (spared: number) => number, minSnrDb = 20) {
  const sizes: number[] = []
  const budget: Budget = { criterion: 'snr', maxDrop: 0, minSnrDb, originalMetric: undefined }
  const ranking = Array.from({ length }, (_, index): LayerLoss => ({ layer: layerOf(index), noise: 1 }))
  const found = await new ExemptionSearch(budget, ranking, async (exempt) => {
    sizes.push(exempt.size)
    expect([...exempt]).toEqual(ranking.slice(0, exempt.size).map(({ layer }) => layer.key))
    return { spared: exempt.size, ...measuredAs(noise(exempt.size)) }
  }).run({ spared: 0, ...measuredAs(noise(0)) })
  return { spared: found.spared, sizes }
}

test('doubles until a set is within, then halves', async () => {
  const { spared, sizes } = await search(20, (count) => (count >= 11 ? 1e-3 : 1))
  expect(spared).toBe(11)
  expect(sizes).toEqual([1, 2, 4, 8, 16, 12, 10, 11])
})

test('never asks for more layers than there are, nor twice for the same', async () => {
  const { spared, sizes } = await search(5, (count) => (count === 5 ? 1e-3 : 1))
  expect(spared).toBe(5)
  expect(sizes).toEqual([1, 2, 4, 5])
})

test('where no set is within, the one nearest to it', async () => {
  expect((await search(6, (count) => (count === 2 ? 0.1 : 0.5))).spared).toBe(2)
})

test('layers by falling loss, each measured alone', async () => {
  const noises = [0.1, 0.4, 0.2]
  const seen: number[] = []
  const ranking = await rankLayers(
    noises.map((_, index) => layerOf(index)),
    async ({ key }) => measuredAs(noises[Number(key.slice(-1))]!),
    (done) => seen.push(done),
  )
  expect(ranking.map(({ layer }) => layer.key)).toEqual(['layer1', 'layer2', 'layer0'])
  expect(ranking[0]?.noise).toBeCloseTo(0.4)
  expect(seen).toEqual([0, 1, 2])
})
