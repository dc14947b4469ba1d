import { runModule } from './runModule'

/** Code that makes a PNG of one color: `await solid(width, height, red, green, blue)`. */
const solid = `
  import sharp from 'sharp'
  const solid = (width, height, r, g, b) =>
    sharp({ create: { width, height, channels: 3, background: { r, g, b } } }).png().toBuffer()
`

interface Prepared {
  dims: number[]
  /** The first value of each plane. */
  first: number[]
  /** The last value of the first row. */
  end: number
}

const prepare = (call: string) =>
  runModule(`${solid}
    import { prepareClassifier, prepareDetector, prepareLine } from './preprocess.mjs'
    const { data, dims } = await ${call}
    const plane = dims[2] * dims[3]
    give({ dims, first: [0, 1, 2].map((index) => data[index * plane]), end: data[dims[3] - 1] })
  `) as Prepared

describe('preprocessing', () => {
  test('a line becomes 48 high, blue first, -1..1, and gray on the right up to a multiple of 8', () => {
    const { dims, first, end } = prepare('prepareLine(await solid(100, 40, 255, 0, 51))')
    expect(dims).toEqual([1, 3, 48, 120])
    expect(first[0]).toBeCloseTo(51 / 127.5 - 1, 5)
    expect(first.slice(1)).toEqual([-1, 1])
    expect(end).not.toBe(0)
    const padded = prepare('prepareLine(await solid(101, 48, 255, 255, 255))')
    expect(padded).toEqual({ dims: [1, 3, 48, 104], first: [1, 1, 1], end: 0 })
  })

  test('a pixel keeps its place', () => {
    const data = runModule(`
      import { toPlanes } from './preprocess.mjs'
      const pixels = Uint8Array.from([0, 51, 102, 153, 204, 255, 255, 0, 0, 0, 0, 255])
      const size = { width: 2, height: 2, paddedWidth: 3 }
      const { data } = toPlanes(pixels, size, { mean: [0, 0, 0], deviation: [1, 1, 1] })
      give(Array.from(data, (value) => Math.round(value * 5)))
    `)
    const [blue, green, red] = [
      [2, 5, 0, 0, 5, 0],
      [1, 4, 0, 0, 0, 0],
      [0, 3, 0, 5, 0, 0],
    ]
    expect(data).toEqual([...blue, ...green, ...red])
  })

  test('the classifier takes 192 columns, whatever the width', () => {
    expect(prepare('prepareClassifier(await solid(60, 48, 255, 255, 255))').dims).toEqual([1, 3, 48, 192])
    const long = prepare('prepareClassifier(await solid(900, 48, 255, 255, 255))')
    expect(long).toEqual({ dims: [1, 3, 48, 192], first: [1, 1, 1], end: 1 })
  })

  test('the classifier can be given a line upside down', () => {
    const twoHalves = `await sharp(await solid(192, 48, 255, 255, 255))
      .composite([{ input: await solid(192, 24, 0, 0, 0), top: 0, left: 0 }]).png().toBuffer()`
    expect(prepare(`prepareClassifier(${twoHalves})`).first).toEqual([-1, -1, -1])
    expect(prepare(`prepareClassifier(${twoHalves}, { upsideDown: true })`).first).toEqual([1, 1, 1])
  })

  test('the detector takes multiples of 32 and normalizes by ImageNet', () => {
    const { dims, first } = prepare('prepareDetector(await solid(330, 50, 255, 255, 255))')
    expect(dims).toEqual([1, 3, 64, 320])
    const expected = [0.485 / 0.229, 0.456 / 0.224, 0.406 / 0.225]
    const spread = [0.229, 0.224, 0.225]
    expected.forEach((shift, index) => {
      expect(first[index]).toBeCloseTo(1 / (spread[index] as number) - shift, 5)
    })
  })
})
