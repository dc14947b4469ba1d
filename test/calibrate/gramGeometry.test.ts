import { gramGeometry } from '../../src/calibrate/gramGeometry'
import type { GramRequest } from '../../src/calibrate/gramRequest'

const base = { key: 'k', value: 'v' }

describe('gramGeometry', () => {
  test('a line is an image of height 1', () => {
    const request: GramRequest = {
      ...base,
      kind: 'conv',
      channels: 6,
      kernel: [5],
      strides: [2],
      pads: [1, 3],
      group: 2,
    }
    expect(gramGeometry(request, [3, 6, 20])).toEqual({
      dims: [3, 6, 1, 20],
      kernel: [1, 5],
      strides: [1, 2],
      pads: [0, 1, 0, 3],
      dilations: [1, 1],
      group: 2,
    })
  })

  test('channels by themselves are groups of one feature', () => {
    const request: GramRequest = { ...base, kind: 'channels', channels: 6 }
    const point = { kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 6 }
    expect(gramGeometry(request, [3, 6, 4, 5])).toEqual({ dims: [3, 6, 1, 20], ...point })
    expect(gramGeometry(request, [7, 6])).toEqual({ dims: [7, 6, 1, 1], ...point })
    expect(gramGeometry({ ...request, axis: -1 }, [2, 3, 6])).toEqual({ dims: [6, 6, 1, 1], ...point })
    expect(gramGeometry(request, [3, 5, 4])).toMatchObject({
      reason: expect.stringContaining('6 features along axis 1'),
    })
  })

  test.each([
    ['SAME_UPPER', [0, 1, 1, 2]],
    ['SAME_LOWER', [1, 2, 0, 1]],
  ] as const)('%s depends on size, stride and dilation', (pads, expected) => {
    // 4 rows reach over 3 · 2 + 2 = 8 of 7, 4 columns over 3 · 3 + 3 + 1 = 13 of 10.
    const request: GramRequest = {
      ...base,
      kind: 'conv',
      channels: 1,
      kernel: [2, 2],
      strides: [2, 3],
      dilations: [1, 3],
      pads,
    }
    expect(gramGeometry(request, [1, 1, 7, 10])).toMatchObject({ pads: expected })
  })

  test('rows of a matrix are what lies around its feature axis', () => {
    const request: GramRequest = { ...base, kind: 'matmul', channels: 7, axis: -2 }
    expect(gramGeometry(request, [2, 3, 7, 5])).toMatchObject({
      dims: [6, 7, 1, 5],
      kernel: [1, 1],
      group: 1,
    })
  })

  test.each<[string, GramRequest, number[], RegExp]>([
    [
      'other channels',
      { ...base, kind: 'conv', channels: 3, kernel: [1, 1] },
      [1, 4, 2, 2],
      /want 3 features/,
    ],
    ['other axes', { ...base, kind: 'conv', channels: 4, kernel: [1, 1] }, [1, 4, 2], /shape \[1,4,2\]/],
    ['an axis that is not there', { ...base, kind: 'matmul', channels: 4, axis: 2 }, [1, 4], /along axis 2/],
  ])('says what is wrong with %s', (_, request, dims, reason) => {
    expect(gramGeometry(request, dims)).toEqual({ reason: expect.stringMatching(reason) })
  })
})
