import { collectGrams, type GramMatrix, type GramRequest } from '../../src/calibrate'
import { attribute, Graph, Tensor, tensorType } from '../../src/ir'
import { closeRuntime, type Feeds, modelInputs, SampleStore } from '../../src/runtime'
import { floats, image, modelOf, temporaryEntries } from '../runtime/support'

afterAll(closeRuntime)

/** x[b, 4, h, w] → Relu → (transposed, channels last) with a matrix of its own, m[r, 6]. */
function model() {
  const graph = new Graph('layers')
  const x = graph.createValue('x', tensorType('float32', ['b', 4, 'h', 'w']))
  const m = graph.createValue('m', tensorType('float32', ['r', 6]))
  graph.addInput(x)
  graph.addInput(m)
  const relu = graph.createValue('relu')
  graph.add('Relu', [x], { outputs: [relu] })
  const last = graph.createValue('last', tensorType('float32', ['b', 'h', 'w', 4]))
  graph.add('Transpose', [relu], { outputs: [last], attributes: { perm: attribute.ints([0, 2, 3, 1]) } })
  const weights = graph.addInitializer(Tensor.float32(new Float32Array(12).fill(1), [6, 2], 'weights'))
  const y = graph.createValue('y', tensorType('float32', ['r', 2]))
  graph.add('MatMul', [m, weights], { outputs: [y] })
  graph.addOutput(last)
  graph.addOutput(y)
  return modelOf(graph)
}

/** Of different sizes. */
const samples: Feeds[] = [
  { x: image([1, 4, 7, 9], 1), m: image([5, 6], 2) },
  { x: image([2, 4, 8, 6], 3), m: image([11, 6], 4) },
  { x: image([1, 4, 5, 5], 5), m: image([1, 6], 6) },
]

const relus = samples.map(({ x }) => ({
  dims: x!.dims,
  data: Float32Array.from(x!.data as Float32Array, (value) => Math.max(0, value)),
}))

interface Naive {
  readonly kernel: [number, number]
  readonly strides: [number, number]
  /** top, left, bottom, right */
  readonly pads: [number, number, number, number]
  readonly dilations: [number, number]
  readonly group: number
}

/** Every patch of every sample, one list a group. */
function patches({ kernel, strides, pads, dilations, group }: Naive): number[][][] {
  const perGroup: number[][][] = Array.from({ length: group }, () => [])
  for (const { dims, data } of relus) {
    const [batch, channels, height, width] = dims as [number, number, number, number]
    for (let b = 0; b < batch; b++) {
      for (let top = -pads[0]; top + dilations[0] * (kernel[0] - 1) < height + pads[2]; top += strides[0]) {
        for (
          let left = -pads[1];
          left + dilations[1] * (kernel[1] - 1) < width + pads[3];
          left += strides[1]
        ) {
          for (let g = 0; g < group; g++) {
            const patch: number[] = []
            for (let c = (g * channels) / group; c < ((g + 1) * channels) / group; c++)
              for (let ky = 0; ky < kernel[0]; ky++)
                for (let kx = 0; kx < kernel[1]; kx++) {
                  const [y, x] = [top + ky * dilations[0], left + kx * dilations[1]]
                  const inside = y >= 0 && x >= 0 && y < height && x < width
                  patch.push(inside ? data[((b * channels + c) * height + y) * width + x]! : 0)
                }
            perGroup[g]!.push(patch)
          }
        }
      }
    }
  }
  return perGroup
}

function expectGram(found: GramMatrix, perGroup: readonly (readonly number[][])[]): void {
  const features = perGroup[0]![0]!.length
  const rows = perGroup[0]!.length
  expect(found).toMatchObject({ features, rows, groups: perGroup.length })
  expect([found.gram.length, found.means.length]).toEqual([
    perGroup.length * features ** 2,
    perGroup.length * features,
  ])
  for (const [g, list] of perGroup.entries()) {
    for (let i = 0; i < features; i++) {
      // Same terms in the same order, and products of float32 are exact: equal to the last bit.
      expect(found.means[g * features + i]).toBe(list.reduce((sum, row) => sum + row[i]!, 0) / rows)
      for (let j = 0; j < features; j++) {
        const product = list.reduce((sum, row) => sum + row[i]! * row[j]!, 0)
        expect(found.gram[(g * features + i) * features + j]).toBe(product)
      }
    }
  }
}

async function withGrams(
  requests: readonly GramRequest[],
  options: Parameters<typeof collectGrams>[3],
  check: (grams: Awaited<ReturnType<typeof collectGrams>>) => Promise<void> | void,
  feeds: readonly Feeds[] = samples,
): Promise<void> {
  const graph = model()
  const store = await SampleStore.spool(feeds, modelInputs(graph))
  const grams = await collectGrams(graph, requests, store, options)
  await check(grams)
  await Promise.all([grams.dispose(), store.dispose()])
  expect(temporaryEntries()).toEqual([])
}

const conv = { value: 'relu', kind: 'conv', channels: 4 } as const

describe('collectGrams', () => {
  test.each<[string, Omit<GramRequest & { kind: 'conv' }, 'key' | 'value' | 'kind' | 'channels'>, Naive]>([
    [
      '1x1',
      { kernel: [1, 1] },
      { kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 },
    ],
    [
      'uneven pads, strides and dilations',
      { kernel: [3, 2], strides: [2, 1], pads: [1, 0, 2, 1], dilations: [1, 3] },
      { kernel: [3, 2], strides: [2, 1], pads: [1, 0, 2, 1], dilations: [1, 3], group: 1 },
    ],
    [
      'two groups',
      { kernel: [2, 2], pads: [1, 1, 0, 0], group: 2 },
      { kernel: [2, 2], strides: [1, 1], pads: [1, 1, 0, 0], dilations: [1, 1], group: 2 },
    ],
    [
      'depthwise',
      { kernel: [3, 3], pads: [1, 1, 1, 1], group: 4 },
      { kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], group: 4 },
    ],
    [
      'SAME_UPPER: the odd zero comes last',
      { kernel: [2, 4], pads: 'SAME_UPPER' },
      { kernel: [2, 4], strides: [1, 1], pads: [0, 1, 1, 2], dilations: [1, 1], group: 1 },
    ],
    [
      'SAME_LOWER: the odd zero comes first',
      { kernel: [2, 4], pads: 'SAME_LOWER' },
      { kernel: [2, 4], strides: [1, 1], pads: [1, 2, 0, 1], dilations: [1, 1], group: 1 },
    ],
  ])('convolution, %s', async (_, window, naive) => {
    await withGrams([{ key: 'a', ...conv, ...window }], {}, async (grams) => {
      expect(grams.skipped).toEqual([])
      expectGram(await grams.read('a'), patches(naive))
    })
  })

  test('matrices along the last and another axis, of values and of inputs', async () => {
    const requests: GramRequest[] = [
      { key: 'input', value: 'm', kind: 'matmul', channels: 6 },
      { key: 'last', value: 'last', kind: 'matmul', channels: 4 },
      { key: 'first', value: 'relu', kind: 'matmul', channels: 4, axis: 1 },
    ]
    const rowsOf = ({ data }: { data: unknown }, width: number) =>
      Array.from({ length: (data as Float32Array).length / width }, (_, row) => [
        ...(data as Float32Array).subarray(row * width, (row + 1) * width),
      ])
    const pixels = patches({
      kernel: [1, 1],
      strides: [1, 1],
      pads: [0, 0, 0, 0],
      dilations: [1, 1],
      group: 1,
    })
    await withGrams(requests, {}, async (grams) => {
      expectGram(await grams.read('input'), [samples.flatMap(({ m }) => rowsOf(m!, 6))])
      expectGram(await grams.read('last'), pixels)
      expectGram(await grams.read('first'), pixels)
    })
  })

  test('gives the same in many sweeps as in one, and once for equal requests', async () => {
    const requests: GramRequest[] = [
      { key: 'a', ...conv, kernel: [3, 3] },
      { key: 'm', value: 'm', kind: 'matmul', channels: 6 },
      { key: 'same', kernel: [3, 3], ...conv },
      { key: 'b', ...conv, kernel: [2, 3] },
    ]
    const ratios: number[] = []
    await withGrams(requests, {}, async (one) => {
      const whole = await Promise.all(requests.map(({ key }) => one.read(key)))
      // 36 features take 10,656 bytes and 24 take 4,800, so two sweeps are needed.
      const options = { memoryBytes: 11_000, onProgress: (ratio: number) => void ratios.push(ratio) }
      const store = await SampleStore.spool(samples, modelInputs(model()))
      const many = await collectGrams(model(), requests, store, options)
      for (const [index, { key }] of requests.entries()) expect(await many.read(key)).toEqual(whole[index])
      await Promise.all([many.dispose(), store.dispose()])
    })
    expect(ratios).toHaveLength(2 * samples.length)
    expect(ratios.at(-1)).toBe(1)
  })

  test('looks at no more rows of a sample than asked for, the same ones each time', async () => {
    const requests: GramRequest[] = [{ key: 'a', ...conv, kernel: [1, 1] }]
    const options = { rowsPerSample: 30 }
    await withGrams(requests, options, async (first) => {
      const one = await first.read('a')
      expect(one.rows).toBe(30 + 30 + 25)
      const store = await SampleStore.spool(samples, modelInputs(model()))
      const second = await collectGrams(model(), requests, store, options)
      expect(await second.read('a')).toEqual(one)
      await Promise.all([second.dispose(), store.dispose()])
    })
  })

  test('says what it leaves out and why', async () => {
    const nan: Feeds[] = [{ x: image([1, 4, 3, 3]), m: floats([1, 2, Number.NaN, 4, 5, 6], [1, 6]) }]
    const requests: GramRequest[] = [
      { key: 'large', ...conv, kernel: [50, 50] },
      { key: 'other', ...conv, channels: 5, kernel: [1, 1] },
      { key: 'volume', ...conv, kernel: [1, 1, 1] },
      { key: 'none', ...conv, kernel: [4, 4] },
      { key: 'nan', value: 'm', kind: 'matmul', channels: 6 },
      { key: 'good', ...conv, kernel: [3, 3] },
    ]
    const check = (grams: Awaited<ReturnType<typeof collectGrams>>) => {
      expect(grams.keys).toEqual(['good'])
      expect(grams.skipped).toEqual([
        {
          key: 'large',
          reason: expect.stringContaining('10000 features takes 800080000 bytes, more than the'),
        },
        { key: 'other', reason: expect.stringContaining('want 5 features along axis 1') },
        { key: 'volume', reason: expect.stringContaining('shape [1,4,3,3]') },
        { key: 'none', reason: 'no sample has rows of its inputs' },
        { key: 'nan', reason: 'its inputs hold NaN or infinities' },
      ])
    }
    await withGrams(requests, {}, check, nan)
  })

  test('of no requests is empty', async () => {
    await withGrams([], {}, (grams) => expect([grams.keys, grams.skipped]).toEqual([[], []]))
  })

  test.each<[string, GramRequest[], RegExp]>([
    ['a value that is not there', [{ key: 'a', value: 'z', kind: 'matmul', channels: 1 }], /no value "z"/],
    [
      'two equal keys',
      [
        { key: 'a', ...conv, kernel: [1, 1] },
        { key: 'a', ...conv, kernel: [3, 3] },
      ],
      /Expected a key of its own/,
    ],
    [
      'a kernel of 0',
      [{ key: 'a', ...conv, kernel: [0, 1] }],
      /Expected 2 integers of at least 1 for kernel/,
    ],
    ['pads for one axis', [{ key: 'a', ...conv, kernel: [1, 1], pads: [1, 1] }], /Expected 4 integers/],
    ['3 groups of 4 channels', [{ key: 'a', ...conv, kernel: [1, 1], group: 3 }], /Expected a divisor of 4/],
  ])('refuses %s', async (_, requests, message) => {
    const store = await SampleStore.spool(samples, modelInputs(model()))
    await expect(collectGrams(model(), requests, store)).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringMatching(message),
    })
    await store.dispose()
    expect(temporaryEntries()).toEqual([])
  })
})
