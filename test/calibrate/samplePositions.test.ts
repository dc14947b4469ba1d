import { samplePositions } from '../../src/calibrate/samplePositions'

describe('samplePositions', () => {
  test('all of them where the limit allows', () => {
    expect([...samplePositions(5, 5, 1)]).toEqual([0, 1, 2, 3, 4])
    expect(samplePositions(0, 5, 1)).toHaveLength(0)
  })

  test.each([
    [6, 5],
    [1000, 999],
    [4097, 64],
    [100_000, 4096],
  ])('one from each stretch of %i over %i', (total, limit) => {
    const positions = samplePositions(total, limit, 3)
    expect(positions).toHaveLength(limit)
    for (const [index, position] of positions.entries()) {
      expect(position).toBeGreaterThanOrEqual(Math.floor((index * total) / limit))
      expect(position).toBeLessThan(Math.floor(((index + 1) * total) / limit))
    }
  })

  test('sees every column of an image whose width divides the step', () => {
    const columns = new Set([...samplePositions(64 * 4096, 4096, 1)].map((position) => position % 64))
    expect(columns.size).toBe(64)
  })

  test('differs from seed to seed and from nothing else', () => {
    expect(samplePositions(1000, 10, 1)).toEqual(samplePositions(1000, 10, 1))
    expect(samplePositions(1000, 10, 1)).not.toEqual(samplePositions(1000, 10, 2))
  })
})
