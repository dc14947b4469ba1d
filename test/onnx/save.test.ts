import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { Graph } from '../../src/ir/graph'
import { Tensor } from '../../src/ir/tensor'
import { tensorType } from '../../src/ir/valueType'
import { Model } from '../../src/model'
import { saveModel } from '../../src/onnx'
import { runChild } from './support/runChild'
import { temporaryFolder } from './support/temporaryFolder'
import { rejected } from './support/thrown'

const root = temporaryFolder()
let count = 0
const newFolder = () => {
  const folder = join(root, `f${count++}`)
  mkdirSync(folder)
  return folder
}

/** A model with weights of these numbers of float32 elements, filled with `value`. */
function build(sizes: number[], value = 1): Model {
  const graph = new Graph('g')
  const x = graph.createValue('x', tensorType('float32', [1]))
  graph.addInput(x)
  let last = x
  sizes.forEach((size, index) => {
    const weight = graph.addInitializer(
      Tensor.from('float32', [size], new Float32Array(size).fill(value + index)),
      `w${index}`,
    )
    last = graph.add('Add', [last, weight]).outputs[0] as typeof x
  })
  graph.addOutput(last)
  return new Model(graph)
}

const weights = (model: Model) =>
  model.graph.initializers.map((value) => value.initializer?.elements[0] as number)
const LARGE = [300_000, 20_000, 2000, 10]

describe('saving', () => {
  test('what is saved opens with the same content', async () => {
    const path = join(newFolder(), 'm.onnx')
    const model = build(LARGE)
    await model.save(path)
    expect(Buffer.compare(readFileSync(path), model.toBytes())).toBe(0)
    const again = await Model.open(path)
    again.verify()
    expect(again).toBeInstanceOf(Model)
    expect(again.toText()).toBe(model.toText())
    expect(weights(again)).toEqual([1, 2, 3, 4])
  })

  test('external data: large tensors outside and aligned, small ones inside', async () => {
    const folder = newFolder()
    const path = join(folder, 'm.onnx')
    await build([...LARGE, 300_000]).save(path, { externalData: true })
    expect(readdirSync(folder).sort()).toEqual(['m.onnx', 'm.onnx_data'])
    expect(statSync(path).size).toBeLessThan(2000)
    // Behind the key come a tag and a length, one byte each.
    const [, ...rest] = readFileSync(path).toString('latin1').split('offset')
    const offsets = rest.map((text) => Number.parseInt(text.slice(2), 10))
    expect(offsets).toHaveLength(4)
    expect(offsets[0]).toBe(0)
    expect((offsets[1] ?? 1) % 4096).toBe(0)
    expect((offsets[3] ?? 1) % 65536).toBe(0)
    expect(weights(await Model.open(path))).toEqual([1, 2, 3, 4, 5])
  })

  test('the same model gives the same bytes, and saving again changes nothing', async () => {
    const [one, other] = [newFolder(), newFolder()]
    for (const folder of [one, other, one])
      await build(LARGE).save(join(folder, 'm.onnx'), { externalData: true })
    for (const name of ['m.onnx', 'm.onnx_data']) {
      expect(Buffer.compare(readFileSync(join(one, name)), readFileSync(join(other, name)))).toBe(0)
    }
    expect(readdirSync(one)).toHaveLength(2)
  })

  test('tensors that share their bytes are written once', async () => {
    const model = build([5000])
    const [value] = model.graph.initializers
    model.graph.addInitializer(value?.initializer as Tensor, 'copy')
    const path = join(newFolder(), 'm.onnx')
    await model.save(path, { externalData: true })
    expect(statSync(`${path}_data`).size).toBe(20_000)
  })

  test('saving over the file that was opened is safe, and the open model still reads the old weights', async () => {
    const path = join(newFolder(), 'm.onnx')
    await build(LARGE).save(path)
    const opened = await Model.open(path)
    await build(LARGE, 50).save(path)
    expect(weights(opened)).toEqual([1, 2, 3, 4])
    expect(weights(await Model.open(path))).toEqual([50, 51, 52, 53])
    await opened.save(path)
    expect(weights(await Model.open(path))).toEqual([1, 2, 3, 4])
  })

  test('the same with external data: changed weights get a name of their own, and old ones go', async () => {
    const folder = newFolder()
    const path = join(folder, 'm.onnx')
    await build(LARGE).save(path, { externalData: true })
    const opened = await Model.open(path)
    await opened.save(path, { externalData: true })
    expect(readdirSync(folder).sort()).toEqual(['m.onnx', 'm.onnx_data'])
    await build(LARGE, 50).save(path, { externalData: true })
    const names = readdirSync(folder).sort()
    expect(names).toHaveLength(2)
    expect(names[1]).toMatch(/^m\.onnx_data\.[\da-f]{12}$/)
    expect(weights(opened)).toEqual([1, 2, 3, 4])
    expect(weights(await Model.open(path))).toEqual([50, 51, 52, 53])
    await opened.save(path)
    expect(readdirSync(folder)).toEqual(['m.onnx'])
    expect(weights(await Model.open(path))).toEqual([1, 2, 3, 4])
  })

  test('files beside the model that are not its weights are left alone', async () => {
    const folder = newFolder()
    const path = join(folder, 'm.onnx')
    writeFileSync(join(folder, 'm.onnx_data'), 'somebody else wrote this')
    await build(LARGE).save(path, { externalData: true, externalName: 'other.bin' })
    await build(LARGE).save(path)
    expect(readFileSync(join(folder, 'm.onnx_data'), 'utf8')).toBe('somebody else wrote this')
    expect(existsSync(join(folder, 'other.bin'))).toBe(true)
    await build(LARGE).save(path, { externalData: true })
    expect(readFileSync(join(folder, 'm.onnx_data'), 'utf8')).toBe('somebody else wrote this')
    expect(weights(await Model.open(path))).toEqual([1, 2, 3, 4])
  })

  test('permissions stay, a symbolic link is replaced and what it pointed to is not', async () => {
    const folder = newFolder()
    const path = join(folder, 'm.onnx')
    await build([10]).save(path)
    chmodSync(path, 0o640)
    await build([10], 5).save(path)
    expect(statSync(path).mode & 0o777).toBe(0o640)
    symlinkSync(path, join(folder, 'link.onnx'))
    await build([10], 7).save(join(folder, 'link.onnx'))
    expect(weights(await Model.open(path))).toEqual([5])
    expect(weights(await Model.open(join(folder, 'link.onnx')))).toEqual([7])
  })

  test.each([
    ['a folder', (folder: string) => folder],
    ['a device', () => '/dev/null'],
    ['a folder that is not there', (folder: string) => join(folder, 'no', 'm.onnx')],
  ])('%s is refused', async (_what, target) => {
    const error = await rejected(build([10]).save(target(newFolder())))
    expect(error.code).toBe('IO')
  })

  test.each([false, true])(
    'an aborted save leaves the old file and nothing else (external data: %s)',
    async (externalData) => {
      const folder = newFolder()
      const path = join(folder, 'm.onnx')
      await build(LARGE).save(path, { externalData })
      const before = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('hex'))
      const large = build([8_000_000, 8_000_000], 9)
      for (const delay of [0, 1, 3, 6]) {
        const abort = new AbortController()
        setTimeout(() => abort.abort(), delay)
        const outcome = await large.save(path, { externalData, signal: abort.signal }).then(
          () => 'saved',
          (error) => error.code,
        )
        if (outcome === 'saved') break
        expect(outcome).toBe('ABORTED')
        expect(readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('hex'))).toEqual(
          before,
        )
      }
      const stopped = await rejected(large.save(path, { externalData, signal: AbortSignal.abort() }))
      expect(stopped.code).toBe('ABORTED')
    },
  )

  test.each([false, true])(
    'a source that fails leaves the old file and nothing else (external data: %s)',
    async (externalData) => {
      const folder = newFolder()
      const path = join(folder, 'm.onnx')
      const source = join(newFolder(), 'source.onnx')
      await build(LARGE).save(source)
      await build([10]).save(path)
      const before = readFileSync(path)
      const opened = await Model.open(source)
      truncateSync(source, 1000)
      expect((await rejected(opened.save(path, { externalData }))).code).toBe('IO')
      expect(readdirSync(folder)).toEqual(['m.onnx'])
      expect(Buffer.compare(readFileSync(path), before)).toBe(0)
    },
  )

  test('a full disk leaves the old file and nothing else', async () => {
    const folder = newFolder()
    const path = join(folder, 'm.onnx')
    await build([10]).save(path)
    const before = readFileSync(path)
    // A limit on file sizes fails writes half way, as a full disk does.
    const { stdout } = await runChild('saveLimited.ts', [path])
    expect(stdout.trim()).toBe('IO')
    expect(readdirSync(folder)).toEqual(['m.onnx'])
    expect(Buffer.compare(readFileSync(path), before)).toBe(0)
  })

  test('kill -9 at any moment leaves a whole model', async () => {
    const folder = newFolder()
    const path = join(folder, 'm.onnx')
    await build(LARGE).save(path, { externalData: true })
    let killed = 0
    let latest = 0
    for (let round = 0; round < 12; round++) {
      const ended = await runChild('saveForever.ts', [path], 500 + 50 * round)
      if (ended.signal === 'SIGKILL') killed++
      const model = await Model.open(path)
      const found = weights(model)
      latest = Math.max(latest, found[0] ?? 0)
      expect(found.every((value, index) => value === (found[0] ?? 0) + index)).toBe(true)
    }
    expect(killed).toBeGreaterThan(10)
    expect(latest).toBeGreaterThan(100)
  })
})

describe('files that change under an open model', () => {
  test('replaced: the old content is still read', async () => {
    const folder = newFolder()
    const path = join(folder, 'm.onnx')
    await build(LARGE).save(path)
    const model = await Model.open(path)
    writeFileSync(join(folder, 'new'), Buffer.alloc(3_000_000))
    renameSync(join(folder, 'new'), path)
    expect(weights(model)).toEqual([1, 2, 3, 4])
    rmSync(path)
    expect(weights(model)).toEqual([1, 2, 3, 4])
  })

  test('truncated or overwritten in place: a typed error, not garbage', async () => {
    const path = join(newFolder(), 'm.onnx')
    await build(LARGE).save(path)
    const bytes = readFileSync(path)
    const model = await Model.open(path)
    writeFileSync(path, bytes)
    const tensor = model.graph.initializers[0]?.initializer
    await expect(tensor?.load()).rejects.toMatchObject({ code: 'IO' })
    truncateSync(path, 100)
    expect(() => tensor?.bytes).toThrow(/changed after it was opened/)
  })

  test('no file, a folder: typed errors', async () => {
    expect((await rejected(Model.open(join(root, 'gone.onnx')))).code).toBe('IO')
    expect((await rejected(Model.open(root))).code).toBe('IO')
    expect((await rejected(Model.open('/dev/zero'))).code).toBe('IO')
  })
})

describe('a disk that fails', () => {
  const isLarge = 6_000_000

  afterEach(() => jest.restoreAllMocks())

  async function handlePrototype() {
    const handle = await open(__filename)
    await handle.close()
    return Object.getPrototypeOf(handle) as FileHandle
  }

  test('while the file is still being written leaves the old one, and says so', async () => {
    const path = join(newFolder(), 'm.onnx')
    await build([10]).save(path)
    const before = readFileSync(path)
    const prototype = await handlePrototype()
    jest.spyOn(prototype, 'datasync').mockRejectedValue(Object.assign(new Error('EIO'), { code: 'EIO' }))
    const error = await rejected(build([isLarge]).save(path))
    expect(error).toMatchObject({ code: 'IO' })
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(join(path, '..'))).toEqual(['m.onnx'])
  })

  test('is not waited for where nobody would miss the file', async () => {
    const path = join(newFolder(), 'm.onnx')
    const prototype = await handlePrototype()
    const syncs = [jest.spyOn(prototype, 'datasync'), jest.spyOn(prototype, 'sync')]
    await saveModel(build([isLarge]), path, { durable: false })
    for (const sync of syncs) expect(sync).not.toHaveBeenCalled()
    expect(statSync(path).size).toBeGreaterThan(4 * isLarge)
    await saveModel(build([isLarge]), path)
    for (const sync of syncs) expect(sync).toHaveBeenCalled()
  })
})
