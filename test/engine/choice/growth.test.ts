import { within } from '../../../src/engine/choice/growth'

const wish = (bytes: number, seconds: number) => ({ wanted: 1, modest: 0, bytes, seconds })

describe('within', () => {
  test('gives memory to those that save the most time a byte', () => {
    const wishes = [wish(60, 6), wish(50, 10), wish(40, 12), wish(10, 0.1)]
    expect(within(100, wishes)).toEqual([0, 1, 1, 1])
    expect(within(1000, wishes)).toEqual([1, 1, 1, 1])
  })

  test('grants what takes no more memory, whatever is left', () => {
    expect(within(0, [wish(0, 1), wish(-20, 1), wish(1, 100)])).toEqual([1, 1, 0])
  })
})
