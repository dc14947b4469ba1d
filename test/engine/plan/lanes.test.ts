/** Buffers that take turns. */

import { Lanes } from '../../../src/engine/plan/lanes'

const later = () => new Promise<void>((resolve) => setImmediate(resolve))

test('nobody shares a buffer, each is large enough, and few are made', async () => {
  const lanes = new Lanes(4)
  const inUse = new Set<ArrayBufferLike>()
  const all = new Set<ArrayBufferLike>()
  let most = 0
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      lanes.use(100 + ((index * 37) % 60), async (buffer) => {
        expect(buffer.byteLength).toBeGreaterThanOrEqual(100 + ((index * 37) % 60))
        expect(inUse.has(buffer.buffer)).toBe(false)
        inUse.add(buffer.buffer)
        all.add(buffer.buffer)
        most = Math.max(most, inUse.size)
        for (let turn = 0; turn < index % 5; turn++) await later()
        inUse.delete(buffer.buffer)
        return index
      }),
    ),
  )
  expect(results).toEqual(Array.from({ length: 50 }, (_, index) => index))
  expect(most).toBe(4)
  expect(all.size).toBeLessThan(20)
})

test('who fails lets the next one in', async () => {
  const lanes = new Lanes(4)
  const failing = Array.from({ length: 9 }, () =>
    lanes.use(8, async () => {
      await later()
      throw new Error('no')
    }),
  )
  for (const { status } of await Promise.allSettled(failing)) expect(status).toBe('rejected')
  expect(await lanes.use(8, async (buffer) => buffer.byteLength)).toBe(8)
})
