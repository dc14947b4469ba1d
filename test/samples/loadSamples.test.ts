import { join } from 'node:path'
import sharp from 'sharp'
import { Graph, Model, tensorType } from '../../src/ir'
import type { Feeds, FeedTensor } from '../../src/runtime'
import { type LoadSamplesOptions, loadSamples } from '../../src/samples/loadSamples'
import { bytesOf, floatNpy, folderOf, npyBytes, zipBytes } from './support'

function modelOf(inputs: Record<string, (number | string)[]>, type: 'float32' | 'uint8' = 'float32'): Model {
  const graph = new Graph('inputs')
  for (const [name, shape] of Object.entries(inputs))
    graph.addInput(graph.createValue(name, tensorType(type, shape)))
  return new Model(graph)
}

async function readAll(path: string, model: Model, options?: LoadSamplesOptions): Promise<Feeds[]> {
  const feeds: Feeds[] = []
  for await (const each of (await loadSamples(path, model, options)).samples) feeds.push(each)
  return feeds
}

function elementsOf(tensor: FeedTensor | undefined): ArrayLike<unknown> {
  return tensor?.data as unknown as ArrayLike<unknown>
}

const one = modelOf({ x: ['n', 2] })

describe('arrays', () => {
  const folder = folderOf({
    'b.npy': floatNpy([1, 2], [3, 4]),
    'a.npy': floatNpy([1, 2], [1, 2]),
    'labels.json': '{}',
    '.hidden.npy': 'broken',
  })

  test('a folder of .npy gives one sample a file, by name, as often as wanted', async () => {
    const { samples, count } = await loadSamples(folder, one)
    expect(count).toBe(2)
    for (let round = 0; round < 2; round++) {
      const seen: unknown[] = []
      for await (const { x } of samples) seen.push(x?.data)
      expect(seen).toEqual([Float32Array.of(1, 2), Float32Array.of(3, 4)])
    }
  })

  test('one file is one sample', async () => {
    expect(await readAll(join(folder, 'b.npy'), one)).toHaveLength(1)
  })

  test('.npz files have arrays named as the inputs', async () => {
    const pair = (value: number) =>
      zipBytes([
        { name: 'x.npy', bytes: floatNpy([1, 2], [value, value]) },
        { name: 'y.npy', bytes: floatNpy([1], [value]), isDeflated: true },
      ])
    const npz = folderOf({ '1.npz': pair(1), '2.npz': pair(2) })
    const feeds = await readAll(npz, modelOf({ x: ['n', 2], y: ['n'] }))
    expect(feeds.map(({ y }) => y?.data)).toEqual([Float32Array.of(1), Float32Array.of(2)])
  })

  test('a sample that does not fit names its file, what was expected and what came', async () => {
    const bad = folderOf({ 'a.npy': floatNpy([1, 2], [1, 2]), 'wide.npy': floatNpy([1, 3], [1, 2, 3]) })
    await expect(readAll(bad, one)).rejects.toMatchObject({
      code: 'BAD_SAMPLES',
      message: expect.stringMatching(
        /wide\.npy: expected float32\[n,2\] for input "x", received float32\[1,3\]/,
      ),
    })
  })

  test('a wrong element type is told too', async () => {
    const bad = folderOf({ 'a.npy': npyBytes('<f8', [1, 2], bytesOf(Float64Array.of(1, 2))) })
    await expect(readAll(bad, one)).rejects.toThrow(
      /received float64\[1,2\]; convert its elements to float32/,
    )
  })

  test('.npy files do for models with one input only', async () => {
    await expect(loadSamples(folder, modelOf({ x: [2], mask: [2] }))).rejects.toMatchObject({
      code: 'BAD_SAMPLES',
      message: expect.stringMatching(/2 inputs \("x", "mask"\); use \.npz/),
    })
  })

  test('a file that shrinks behind its header is refused before it is read', async () => {
    const bytes = npyBytes('<f4', [2 ** 29], new Uint8Array(16))
    await expect(readAll(folderOf({ 'a.npy': bytes }), one)).rejects.toThrow(
      /ask for 2147483776 bytes, but the file has 144/,
    )
  })
})

describe('paths', () => {
  test.each([
    ['nowhere', /ENOENT/],
    ['empty', /found none/],
    ['mixed', /one kind/],
    ['notes.txt', /expected a \.npy, \.npz, image/],
  ])('%s', async (name, message) => {
    const root = folderOf({ 'notes.txt': 'x' })
    const paths: Record<string, string> = {
      empty: folderOf({ 'labels.json': '{}' }),
      mixed: folderOf({ 'a.npy': floatNpy([1, 2], [1, 2]), 'b.npz': zipBytes([]) }),
    }
    const path = paths[name] ?? join(root, name)
    await expect(loadSamples(path, one)).rejects.toMatchObject({
      code: 'BAD_SAMPLES',
      message: expect.stringMatching(message),
    })
  })
})

describe('images', () => {
  const image = (red: number, green: number, blue: number) =>
    sharp({ create: { width: 4, height: 2, channels: 3, background: { r: red, g: green, b: blue } } })
  const model = modelOf({ x: ['n', 3, 'h', 'w'] })

  test('become tensors as the preprocess block says', async () => {
    const folder = folderOf({ 'a.png': await image(255, 0, 51).png().toBuffer() })
    const [feeds] = await readAll(folder, model, {
      preprocess: { resize: { width: 2, height: 2 }, channels: 'BGR' },
    })
    expect(feeds?.x?.dims).toEqual([1, 3, 2, 2])
    const expected = [0.2, 0, 1].flatMap((value) => [value, value, value, value])
    expect(feeds?.x?.data).toEqual(Float32Array.from(expected))
  })

  test('one side given keeps the proportions', async () => {
    const folder = folderOf({ 'a.png': await image(1, 2, 3).png().toBuffer() })
    const [feeds] = await readAll(folder, model, { preprocess: { resize: { height: 8 } } })
    expect(feeds?.x?.dims).toEqual([1, 3, 8, 16])
  })

  test('integers stay bytes', async () => {
    const folder = folderOf({ 'a.jpg': await image(100, 100, 100).jpeg({ quality: 100 }).toBuffer() })
    const bytes = modelOf({ x: ['n', 'h', 'w', 3] }, 'uint8')
    const [feeds] = await readAll(folder, bytes, { preprocess: { layout: 'NHWC' } })
    expect(feeds?.x).toMatchObject({ type: 'uint8', dims: [1, 2, 4, 3] })
    expect(Number(elementsOf(feeds?.x)[0])).toBeCloseTo(100, -1)
  })

  test('gray images have one channel, and transparency is white', async () => {
    const clear = sharp({
      create: { width: 1, height: 1, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
    const folder = folderOf({ 'a.png': await clear.png().toBuffer() })
    const gray = modelOf({ x: ['n', 1, 'h', 'w'] })
    const [feeds] = await readAll(folder, gray, { preprocess: { channels: 'gray' } })
    expect(feeds?.x).toEqual({ type: 'float32', dims: [1, 1, 1, 1], data: Float32Array.of(1) })
  })

  test('without a preprocess block they are refused', async () => {
    const folder = folderOf({ 'a.png': await image(1, 2, 3).png().toBuffer() })
    await expect(loadSamples(folder, model)).rejects.toMatchObject({
      code: 'BAD_SAMPLES',
      message: expect.stringContaining('preprocess block'),
    })
  })

  test('what is no image is told by its file', async () => {
    const folder = folderOf({ 'a.png': Buffer.from('no image') })
    await expect(readAll(folder, model, { preprocess: {} })).rejects.toMatchObject({
      code: 'BAD_SAMPLES',
      message: expect.stringMatching(/a\.png: cannot be decoded/),
    })
  })
})
