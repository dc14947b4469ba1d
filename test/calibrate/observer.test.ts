import { Observer } from '../../src/calibrate/observer'
import { histogramOf, normals } from './support'

describe('Observer', () => {
  test('agrees with all data seen at once, piece by piece', async () => {
    const pieces = [normals(1, 5000, 0.01), normals(2, 1), normals(3, 30000, 4), normals(4, 777)]
    const observer = new Observer('x', undefined)
    for (const piece of pieces) await observer.add(piece, [piece.length])
    const all = pieces.flatMap((piece) => [...piece])
    const { histogram, ...rest } = observer.finish()
    expect(rest.elements).toBe(all.length)
    expect([rest.min, rest.max]).toEqual([Math.min(...all), Math.max(...all)])
    const expected = histogramOf(all)
    expect([histogram.width, histogram.start]).toEqual([expected.width, expected.start])
    // float32 rounding may put an element that lies on a boundary into the neighboring bin.
    let apart = 0
    let total = 0
    histogram.counts.forEach((count, bin) => {
      total += count - (expected.counts[bin] ?? 0)
      apart = Math.max(apart, Math.abs(total))
    })
    expect([total, apart <= 2]).toEqual([0, true])
  })

  test('weighs all samples the same until there are a hundred', async () => {
    const observer = new Observer('x', undefined)
    for (const top of [1, 2, 9]) await observer.add(Float32Array.of(-top, top), [2])
    const { averageMin, averageMax } = observer.finish()
    expect(averageMin).toBeCloseTo(-4, 12)
    expect(averageMax).toBeCloseTo(4, 12)
  })

  test('of nothing says zeros', async () => {
    const observer = new Observer('x', 0)
    await observer.add(new Float32Array(0), [0])
    const { histogram, ...rest } = observer.finish()
    expect(rest).toEqual({
      value: 'x',
      elements: 0,
      nonFinite: 0,
      min: 0,
      max: 0,
      averageMin: 0,
      averageMax: 0,
    })
    expect(histogram.counts.every((count) => count === 0)).toBe(true)
  })

  test('takes means along any axis, over samples of different sizes', async () => {
    const observer = new Observer('x', -2)
    await observer.add(Float32Array.of(1, 2, 3, 4, 5, 6), [1, 2, 3])
    await observer.add(Float32Array.of(10, 20), [1, 2, 1])
    expect(observer.finish().channelMeans).toEqual(Float64Array.of(16 / 4, 35 / 4))
  })
})
