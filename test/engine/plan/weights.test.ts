import { InferenceSession } from '../../../src/engine'
import { rawSource, WeightStore } from '../../../src/engine/plan/weights'
import { Tensor } from '../../../src/ir'
import { closeRuntime } from '../../../src/runtime'
import { differences, ModelBuilder, noise, type Results, runRuntime } from '../support'

afterAll(closeRuntime)

const floats = (count: number, seed = 1) => Tensor.from('float32', [count], noise(count, seed))

/** A plan that is made of these and let go. */
async function passing(store: WeightStore, sources: readonly Tensor[]): Promise<void> {
  await store.whilePlanning(async () => {
    const held = store.hold(sources.map(rawSource))
    await Promise.all(held.map(({ constant }) => constant))
    store.letGo(held)
  })
}

describe('constants of plans', () => {
  test.each([
    ['small', 100],
    ['large', 100_000],
  ])('%s ones are there as long as a plan holds them, and once', async (_, count) => {
    const store = new WeightStore(1)
    const tensor = floats(count)
    const [first] = store.hold([rawSource(tensor)])
    const [second] = store.hold([rawSource(tensor)])
    expect(second).toBe(first)
    await first?.constant
    expect(store.bytes).toBe(4 * count)
    store.letGo([first as never])
    await passing(store, [])
    expect(store.bytes).toBe(4 * count)
    store.letGo([second as never])
    await passing(store, [])
    expect(store.bytes).toBe(0)
    store.release()
  })

  test('what a plan has let go is there for the next', async () => {
    const store = new WeightStore(1)
    const [tensor, other] = [floats(100_000), floats(100_000, 2)]
    await passing(store, [tensor])
    const [kept] = store.hold([rawSource(tensor)])
    await passing(store, [other])
    await passing(store, [])
    expect(store.bytes).toBe(400_000)
    expect(store.hold([rawSource(tensor)])[0]).toBe(kept)
    store.release()
  })

  test('one that was tried is dropped, unless a plan holds it', async () => {
    const store = new WeightStore(1)
    const [tried, held] = [floats(50_000), floats(50_000, 2)].map(rawSource)
    if (!tried || !held) throw new Error('nothing to try')
    await Promise.all([store.get(tried), store.get(held)])
    const [kept] = store.hold([held])
    store.drop(tried)
    store.drop(held)
    expect(store.bytes).toBe(200_000)
    expect(store.hold([held])[0]).toBe(kept)
    store.release()
  })
})

test('of many shapes the constants of the latest are kept', async () => {
  const [width, rows] = [64, 900]
  const build = new ModelBuilder()
  const x = build.input('x', ['rows', width])
  const length = build.add('Gather', [build.add('Shape', [x]), build.constant(Tensor.int64([0]))])
  const [zero, axis] = [build.constant(Tensor.int64([0])), build.constant(Tensor.int64([0]))]
  const positions = build.add('Slice', [build.weight([rows, width]), zero, length, axis])
  build.output(build.add('Add', [x, positions]))
  await using session = await InferenceSession.create(build.model, { intraOpNumThreads: 1 })
  const fed = (count: number): Results => ({
    x: { type: 'float32', dims: [count, width], data: noise(count * width, count) },
  })
  for (let count = 300; count < 360; count++) await session.run(fed(count) as never)
  const { model } = session as unknown as { model: { weights: WeightStore } }
  expect(model.weights.bytes).toBeLessThan(20 * 360 * width * 4)
  // One whose constants are gone is planned again.
  for (const count of [359, 300, 301]) {
    const expected = await runRuntime(build.model, fed(count))
    const actual = (await session.run(fed(count) as never)) as unknown as Results
    expect(Object.values(differences(expected, actual))).toEqual([0])
  }
})
