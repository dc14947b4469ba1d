import { execFileSync } from 'node:child_process'
import { existsSync, linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Model } from '../../src/model'
import { temporaryFolder } from './support/temporaryFolder'
import { rejected } from './support/thrown'
import { field, int, join as joined, onnx } from './support/wire'

const folder = temporaryFolder()
let count = 0

/** A new folder `root/models/a` with an outside file `root/secret`. */
function world(): { root: string; models: string } {
  const root = join(folder, `world${count++}`)
  const models = join(root, 'models')
  mkdirSync(models, { recursive: true })
  writeFileSync(join(root, 'secret'), Buffer.alloc(64, 7))
  return { root, models }
}

type Where = 'initializer' | 'attribute' | 'subgraph' | 'function' | 'sparse values' | 'sparse indices'
const WHERE: Where[] = ['initializer', 'attribute', 'subgraph', 'function', 'sparse values', 'sparse indices']

/** A model with one tensor of 16 bytes that lies elsewhere. */
function modelBytes(entries: Record<string, string>, where: Where = 'initializer'): Uint8Array {
  const isIndex = where === 'sparse indices'
  const tensor = onnx.tensor(isIndex ? '' : 'w', isIndex ? 7 : 1, [isIndex ? 2 : 4], onnx.external(entries))
  const constant = onnx.node('Constant', [], ['c'], field(5, field(1, 'value'), field(5, tensor), int(20, 4)))
  switch (where) {
    case 'initializer':
      return onnx.model(onnx.graph({ initializers: [tensor] }))
    case 'attribute':
      return onnx.model(onnx.graph({ nodes: [constant] }))
    case 'subgraph': {
      const inner = onnx.graph({ initializers: [tensor] })
      const holder = onnx.node('If', [], [], field(5, field(1, 'then_branch'), field(6, inner), int(20, 5)))
      return onnx.model(onnx.graph({ nodes: [holder] }))
    }
    case 'function':
      return onnx.model(onnx.graph({}), field(25, field(1, 'f'), field(10, 'd'), field(7, constant)))
    case 'sparse values': {
      const indices = onnx.tensor('', 7, [4], onnx.raw(new Uint8Array(32)))
      return onnx.model(onnx.graph({ sparse: [joined(field(1, tensor), field(2, indices), int(3, 9))] }))
    }
    default: {
      const values = onnx.tensor('s', 1, [2], onnx.raw(new Uint8Array(8)))
      return onnx.model(onnx.graph({ sparse: [joined(field(1, values), field(2, tensor), int(3, 9))] }))
    }
  }
}

function put(path: string, bytes: Uint8Array | string): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  return path
}

describe('external data', () => {
  test('is read where offset and length say', async () => {
    const { models } = world()
    put(join(models, 'data', 'w.bin'), Float32Array.of(0, 1, 2, 3, 4, 5) as unknown as Uint8Array)
    const path = put(
      join(models, 'm.onnx'),
      modelBytes({ location: 'data/w.bin', offset: '4', length: '16' }),
    )
    const model = await Model.open(path)
    expect(model.graph.own('w')?.initializer?.elements).toEqual(Float32Array.of(1, 2, 3, 4))
    expect(await model.graph.own('w')?.initializer?.load()).toEqual(Float32Array.of(1, 2, 3, 4))
    const short = put(join(models, 'n.onnx'), modelBytes({ location: 'data/w.bin' }))
    expect((await Model.open(short)).graph.own('w')?.initializer?.elements).toEqual(
      Float32Array.of(0, 1, 2, 3),
    )
  })

  describe.each(WHERE)('of %s', (where) => {
    const OUTSIDE: [what: string, location: (root: string, models: string) => string][] = [
      ['a path upwards', () => '../secret'],
      ['a path down and upwards', () => 'a/../../secret'],
      ['a path upwards with backslashes', () => '..\\secret'],
      ['an absolute path', (root) => join(root, 'secret')],
      ['a Windows path', () => 'C:\\secret'],
      ['a share', () => '\\\\server\\secret'],
      ['an address', () => 'https://example.com/secret'],
      ['a file address', (root) => `file://${root}/secret`],
      ['an address in memory', () => '*/_ORT_MEM_ADDR_/*'],
      ['an empty path', () => ''],
      ['a path with a null character', () => 'a\0b'],
      ['a device', () => '/dev/zero'],
      [
        'a symbolic link out',
        (root, models) => {
          symlinkSync(join(root, 'secret'), join(models, 'link'))
          return 'link'
        },
      ],
      [
        'a folder linked out',
        (root, models) => {
          symlinkSync(root, join(models, 'folder'))
          return 'folder/secret'
        },
      ],
      [
        'a hard link',
        (root, models) => {
          linkSync(join(root, 'secret'), join(models, 'hard'))
          return 'hard'
        },
      ],
      [
        'a folder',
        (_root, models) => {
          mkdirSync(join(models, 'sub'))
          return 'sub'
        },
      ],
      [
        'a named pipe',
        (_root, models) => {
          execFileSync('mkfifo', [join(models, 'pipe')])
          return 'pipe'
        },
      ],
    ]
    test.each(OUTSIDE)('%s is refused', async (_what, locate) => {
      const { root, models } = world()
      const before = statSync(join(root, 'secret'))
      const location = locate(root, models)
      const path = put(join(models, 'm.onnx'), modelBytes({ location }, where))
      expect((await rejected(Model.open(path))).code).toBe('UNSAFE_PATH')
      expect(statSync(join(root, 'secret')).atimeMs).toBe(before.atimeMs)
    })
  })

  const BROKEN: [what: string, entries: Record<string, string>][] = [
    ['a negative offset', { location: 'w.bin', offset: '-1' }],
    ['an offset that is no number', { location: 'w.bin', offset: '0x10' }],
    ['a huge offset', { location: 'w.bin', offset: '99999999999999999999' }],
    ['an offset beyond the file', { location: 'w.bin', offset: '1000' }],
    ['a sum that overflows', { location: 'w.bin', offset: '9007199254740991', length: '16' }],
    ['a length beyond the file', { location: 'w.bin', offset: '8', length: '16' }],
    ["a length that is not the tensor's", { location: 'w.bin', length: '8' }],
    ['a file that is too short', { location: 'short.bin' }],
  ]
  test.each(BROKEN)('%s is refused before anything is allocated', async (_what, entries) => {
    const { models } = world()
    put(join(models, 'w.bin'), new Uint8Array(16))
    put(join(models, 'short.bin'), new Uint8Array(15))
    const path = put(join(models, 'm.onnx'), modelBytes(entries))
    expect((await rejected(Model.open(path))).code).toBe('BAD_MODEL')
  })

  test('the same key twice is refused', async () => {
    const { models } = world()
    put(join(models, 'w.bin'), new Uint8Array(16))
    const twice = joined(
      field(13, field(1, 'location'), field(2, 'w.bin')),
      field(13, field(1, 'location'), field(2, 'w.bin')),
      int(14, 1),
    )
    const path = put(
      join(models, 'm.onnx'),
      onnx.model(onnx.graph({ initializers: [onnx.tensor('w', 1, [4], twice)] })),
    )
    expect((await rejected(Model.open(path))).code).toBe('BAD_MODEL')
  })

  test('a file that is not there is an IO error that names it', async () => {
    const { models } = world()
    const error = await rejected(
      Model.open(put(join(models, 'm.onnx'), modelBytes({ location: 'gone.bin' }))),
    )
    expect(error.code).toBe('IO')
    expect(error.message).toContain('gone.bin')
  })

  test('strings never lie outside', async () => {
    const { models } = world()
    put(join(models, 'w.bin'), new Uint8Array(16))
    const tensor = onnx.tensor('w', 8, [1], onnx.external({ location: 'w.bin' }))
    const path = put(join(models, 'm.onnx'), onnx.model(onnx.graph({ initializers: [tensor] })))
    expect((await rejected(Model.open(path))).code).toBe('BAD_MODEL')
  })

  test('hard links are read when the caller trusts them, but never from outside', async () => {
    const { root, models } = world()
    linkSync(join(root, 'secret'), join(models, 'hard'))
    const path = put(join(models, 'm.onnx'), modelBytes({ location: 'hard' }))
    expect((await Model.open(path, { trusted: true })).graph.own('w')?.initializer?.bytes[0]).toBe(7)
    const outside = put(join(models, 'n.onnx'), modelBytes({ location: '../secret' }))
    expect((await rejected(Model.open(outside, { trusted: true }))).code).toBe('UNSAFE_PATH')
  })

  test('the Hugging Face cache works: links into the blobs of the model, not into those of another', async () => {
    const { root } = world()
    const blobs = join(root, 'models--me', 'blobs')
    const other = put(join(root, 'models--other', 'blobs', 'ccc'), Buffer.alloc(16, 9))
    put(join(blobs, 'aaa'), modelBytes({ location: 'model.onnx_data' }))
    put(join(blobs, 'bbb'), Buffer.alloc(16, 5))
    const snapshot = join(root, 'models--me', 'snapshots', 'rev', 'onnx')
    mkdirSync(snapshot, { recursive: true })
    symlinkSync('../../../blobs/aaa', join(snapshot, 'model.onnx'))
    symlinkSync('../../../blobs/bbb', join(snapshot, 'model.onnx_data'))
    const model = await Model.open(join(snapshot, 'model.onnx'))
    expect(model.graph.own('w')?.initializer?.bytes[0]).toBe(5)
    const wrong = join(root, 'models--me', 'snapshots', 'bad')
    mkdirSync(wrong, { recursive: true })
    symlinkSync('../../blobs/aaa', join(wrong, 'model.onnx'))
    symlinkSync(other, join(wrong, 'model.onnx_data'))
    expect((await rejected(Model.open(join(wrong, 'model.onnx')))).code).toBe('UNSAFE_PATH')
  })

  test('a model that is linked finds the weights beside its real file', async () => {
    const { root, models } = world()
    put(join(models, 'w.bin'), Buffer.alloc(16, 3))
    put(join(models, 'm.onnx'), modelBytes({ location: 'w.bin' }))
    symlinkSync(join(models, 'm.onnx'), join(root, 'link.onnx'))
    expect((await Model.open(join(root, 'link.onnx'))).graph.own('w')?.initializer?.bytes[0]).toBe(3)
  })

  test('nothing is written outside by saving', async () => {
    const { root, models } = world()
    const model = await Model.open(put(join(models, 'm.onnx'), onnx.model(onnx.graph({}))))
    for (const externalName of ['../out', 'a/b', '/tmp/x', '..', '', 'a\0', 'm.onnx', 'C:x', 'a\\b']) {
      const error = await rejected(model.save(join(models, 'm.onnx'), { externalData: true, externalName }))
      expect([externalName, error.code]).toEqual([externalName, 'BAD_ARGUMENT'])
    }
    expect(existsSync(join(root, 'out'))).toBe(false)
    expect(readFileSync(join(root, 'secret'))).toEqual(Buffer.alloc(64, 7))
  })
})
