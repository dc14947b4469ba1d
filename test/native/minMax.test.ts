import { type ChannelLayout, minMax, minMaxPerChannel } from '../../src/native'
import { channelOf, layouts, refusal, sizeOf, values, wild } from './values'

function twin(x: Iterable<number>) {
  let [min, max, nonFinite] = [Infinity, -Infinity, 0]
  for (const v of x) {
    if (!Number.isFinite(v)) nonFinite++
    else [min, max] = [Math.min(min, v), Math.max(max, v)]
  }
  return { min, max, nonFinite, absMax: min > max ? 0 : Math.max(-min, max) }
}

describe('minMax', () => {
  test.each([1, 7, 16, 33, 1000, 65_537, 200_000])(
    'finds the finite range of %d elements',
    async (length) => {
      const x = wild(length, length)
      expect(await minMax(x)).toEqual(twin(x))
    },
  )

  test('says when there is nothing finite', async () => {
    const nothing = { min: Infinity, max: -Infinity, absMax: 0 }
    expect(await minMax(new Float32Array(0))).toEqual({ ...nothing, nonFinite: 0 })
    expect(await minMax(Float32Array.of(Number.NaN, Infinity))).toEqual({ ...nothing, nonFinite: 2 })
  })

  test('reads views at any offset and shared memory', async () => {
    const x = values(1003)
    const shared = new Float32Array(new SharedArrayBuffer(1003 * 4))
    shared.set(x)
    expect(await minMax(x.subarray(3, 900))).toEqual(twin(x.slice(3, 900)))
    expect(await minMax(shared)).toEqual(twin(x))
  })

  test('keeps an array alive that nobody else holds', async () => {
    const pending = Array.from({ length: 40 }, (_, k) => minMax(new Float32Array(250_000).fill(k)))
    const found = await Promise.all(pending)
    expect(found.map(({ min }) => min)).toEqual(Array.from({ length: 40 }, (_, k) => k))
  })
})

describe('minMaxPerChannel', () => {
  test.each(layouts)('finds the range of each channel of %j', async (layout) => {
    const x = wild(sizeOf(layout))
    const { min, max } = await minMaxPerChannel(x, layout)
    const channels: number[][] = Array.from({ length: layout.channels }, () => [])
    x.forEach((v, i) => {
      channels[channelOf(layout, i)]?.push(v)
    })
    expect([...min]).toEqual(channels.map((channel) => twin(channel).min))
    expect([...max]).toEqual(channels.map((channel) => twin(channel).max))
  })
})

describe('bad arguments', () => {
  test('are typed errors that say what was expected', async () => {
    expect(await refusal(minMax([1, 2] as never))).toMatchObject({
      code: 'BAD_ARGUMENT',
      message: 'Expected a Float32Array for x of minMax, received [1, 2]',
    })
    const one = new Float32Array(1)
    const bad: [unknown, RegExp][] = [
      [undefined, /Expected { outer, channels, inner } for layout of minMaxPerChannel, received undefined/],
      [{ outer: 1, channels: 2, inner: 1 }, /outer \* channels \* inner = 1 .* "1 \* 2 \* 1"/],
      [{ outer: -1, channels: -1, inner: 1 }, /integer of at least 0 for layout.outer/],
      [{ outer: 0.5, channels: 2, inner: 1 }, /integer of at least 0 for layout.outer/],
      [{ outer: 2 ** 40, channels: 2 ** 40, inner: 2 ** 40 }, /outer \* channels \* inner = 1/],
    ]
    for (const [layout, message] of bad) {
      const error = await refusal(minMaxPerChannel(one, layout as ChannelLayout))
      expect(error.code).toBe('BAD_ARGUMENT')
      expect(error.message).toMatch(message)
    }
  })

  test('include arrays whose memory may go away', async () => {
    const transferred = values(10)
    structuredClone(transferred.buffer, { transfer: [transferred.buffer as ArrayBuffer] })
    expect((await refusal(minMax(transferred))).message).toMatch(/not yet transferred/)
    const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer
    const resizable = new Float32Array(new Resizable(16, { maxByteLength: 64 }))
    expect((await refusal(minMax(resizable))).message).toMatch(/fixed length/)
  })

  test('a layout with more channels than memory is refused, not fatal', async () => {
    const error = await refusal(
      minMaxPerChannel(new Float32Array(0), { outer: 0, channels: 2 ** 50, inner: 1 }),
    )
    expect(error.code).toBe('LIMIT_EXCEEDED')
  })
})
