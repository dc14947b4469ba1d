/** Graphs of operators put together at random, in the engine and in onnxruntime. */
import { closeRuntime, type FeedTensor } from '../../../src/runtime'
import { type Results, runEngine, runRuntime, spreadOf } from '../support'
import { BYTES, quantized } from './bytes'
import { Dice } from './dice'
import { ELEMENTS } from './elements'
import { grown, type RandomGraph, type Shaped, sizeOf } from './graph'
import { INDEXING } from './indexing'
import { LAYERS } from './layers'
import { MOVEMENTS } from './movements'
import { SUMMARIES } from './summaries'

afterAll(closeRuntime)

const FLOATS = [...LAYERS, ...ELEMENTS, ...MOVEMENTS, ...SUMMARIES, ...INDEXING]

/** Seeds of graphs of floats, and of 8-bit values. */
const GRAPHS = 300
const BYTE_GRAPHS = 100
const AT_ONCE = 25

const seedsFrom = (first: number) => Array.from({ length: AT_ONCE }, (_, index) => first + index)
const starts = (count: number) => Array.from({ length: count / AT_ONCE }, (_, index) => index * AT_ONCE)

const floatGraph = (seed: number) => grown(seed, 10, (_, x) => x, FLOATS)
const byteGraph = (seed: number) => grown(seed, 8, quantized, BYTES)

/** What a graph is given: noise. */
function feedsOf({ values }: RandomGraph, seed: number): Results {
  const { shape: dims } = values[0] as Shaped
  return { x: { type: 'float32', dims, data: new Dice(seed).noise(sizeOf(dims), 2) } }
}

/** Of a value of a graph: the largest difference between the two, and the largest element. */
async function byBoth(graph: RandomGraph, { value }: Shaped, seed: number) {
  graph.build.output(value)
  const feeds = feedsOf(graph, seed)
  const expected = await runRuntime(graph.build.model, feeds)
  const { results } = await runEngine(graph.build.model, feeds, { intraOpNumThreads: 1 + (seed % 2) })
  return spreadOf(expected[value.name] as FeedTensor, results[value.name])
}

describe('floats are as good as those of onnxruntime', () => {
  test.each(starts(GRAPHS))('graphs from seed %d on', async (first) => {
    for (const seed of seedsFrom(first)) {
      const graph = floatGraph(seed)
      const { most, largest } = await byBoth(graph, graph.values.at(-1) as Shaped, seed)
      if (!(most <= 1e-4 * Math.max(largest, 1e-2)))
        throw new Error(`Seed ${seed} is off by ${most} of ${largest}`)
    }
  })
})

/** What follows a value that is a step off carries on from there: of each graph the first that differs is held to a step. */
describe('8-bit values are at most a step off', () => {
  /** onnxruntime moves a QuantizeLinear past others with a zero point of the wrong type, and refuses the model then. */
  const unlessRefused = (error: Error) => {
    if (!/y_zero_point type/.test(error.message)) throw error
  }

  async function firstDifference(seed: number): Promise<void> {
    const count = byteGraph(seed).values.length
    for (let index = 1; index < count; index++) {
      const graph = byteGraph(seed)
      const value = graph.values[index] as Shaped
      const found = await byBoth(graph, value, seed).catch(unlessRefused)
      if (!found) continue
      const { most, largest } = found
      const allowed = value.bytes ? value.bytes.scale * 1.001 : 1e-4 * largest
      if (!(most <= allowed))
        throw new Error(`Seed ${seed} is off by ${most} of ${allowed} at ${value.value.name}`)
      if (most > 1e-5 * largest) return
    }
  }

  test.each(starts(BYTE_GRAPHS))('graphs from seed %d on', async (first) => {
    for (const seed of seedsFrom(first)) await firstDifference(seed)
  })
})

test('the engine runs nearly all of their operators itself', async () => {
  let [declined, steps] = [0, 0]
  for (const seed of seedsFrom(0)) {
    const graph = floatGraph(seed)
    graph.build.output((graph.values.at(-1) as Shaped).value)
    const run = await runEngine(graph.build.model, feedsOf(graph, seed))
    declined += run.declined.length
    steps += run.kernels.length
  }
  expect(declined).toBeLessThan(0.05 * steps)
})
