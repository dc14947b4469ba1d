import fc from 'fast-check'
import { largestWithin, triesOf } from '../../../src/passes/accuracy/largestWithin'

/** Amounts of which those below a limit are within. */
async function search(count: number, limit: number) {
  const tried: number[] = []
  const found = await largestWithin({
    count,
    at: async (index) => {
      tried.push(index)
      return index
    },
    isWithin: (index) => index < limit,
  })
  return { found, tried }
}

test('the largest amount comes first, and nothing more is tried where it fits', async () => {
  expect(await search(8, 8)).toEqual({ found: 7, tried: [7] })
})

test('finds the largest that fits, or the least, in few tries', async () => {
  const sizes = fc.integer({ min: 1, max: 40 }).chain((count) => fc.tuple(fc.constant(count), fc.nat(count)))
  const property = fc.asyncProperty(sizes, async ([count, limit]) => {
    const { found, tried } = await search(count, limit)
    expect(found).toBe(Math.max(0, limit - 1))
    expect(tried.length).toBeLessThanOrEqual(triesOf(count))
    expect(tried).toContain(found)
  })
  await fc.assert(property, { seed: 3 })
})
