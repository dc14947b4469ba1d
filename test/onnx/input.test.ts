import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MemorySource } from '../../src/ir/byteSource'
import { Model } from '../../src/model'
import { createModel, decodeInput } from '../../src/onnx/decodeModel'
import type { Input } from '../../src/onnx/input'
import { runChild } from './support/runChild'
import { temporaryFolder } from './support/temporaryFolder'
import { rejected, thrown } from './support/thrown'
import { field, int, onnx } from './support/wire'

const folder = temporaryFolder()

/** An input that gives no byte more than asked for, always in a new place. */
class SparingInput implements Input {
  readonly copies = true
  readonly path = 'sparing'
  constructor(private readonly bytes: Uint8Array) {}

  get byteLength(): number {
    return this.bytes.byteLength
  }

  window(offset: number, wanted: number): Uint8Array {
    if (offset + wanted > this.byteLength) throw new Error('Bytes beyond the end were asked for')
    return this.bytes.slice(offset, offset + wanted)
  }

  slice(offset: number, length: number): Uint8Array {
    return this.window(offset, length)
  }

  region(offset: number, length: number): MemorySource {
    return new MemorySource(this.window(offset, length))
  }
}

/** Two megabytes: weights of all sizes, long texts, thousands of nodes and unknown fields across all boundaries. */
function largeModel(): Uint8Array {
  const nodes: Uint8Array[] = []
  const initializers: Uint8Array[] = []
  for (let index = 0; index < 3000; index++) {
    const ints = field(
      8,
      Uint8Array.from({ length: index % 300 }, (_, each) => each & 127),
    )
    const attributes = onnx.attribute(`attribute${index}`, 7, ints)
    const extra = index % 100 === 0 ? [field(999, 'u'.repeat(index * 7))] : []
    nodes.push(
      onnx.node(
        'Add',
        [index ? `v${index - 1}` : 'x', `w${index % 40}`],
        [`v${index}`],
        attributes,
        ...extra,
      ),
    )
  }
  for (let index = 0; index < 40; index++) {
    const bytes = new Uint8Array(index * index * 40).fill(index)
    const data = index % 2 ? onnx.raw(bytes) : field(4, bytes)
    initializers.push(onnx.tensor(`w${index}`, 1, [bytes.length / 4], data))
  }
  const graph = onnx.graph({
    nodes,
    initializers,
    inputs: [onnx.valueInfo('x')],
    outputs: [onnx.valueInfo('v2999')],
    rest: [field(10, 'd'.repeat(100_000))],
  })
  return onnx.model(graph, field(14, field(1, 'k'), field(2, 'é'.repeat(40_000))))
}

const bytesOf = (elements: Float32Array) =>
  new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength)

describe('where bytes come from makes no difference', () => {
  const bytes = largeModel()
  const expected = Model.fromBytes(bytes)

  test('the model is larger than what is read at once', () => {
    expect(bytes.byteLength).toBeGreaterThan(1.5e6)
    expected.verify()
  })

  test('from a file', async () => {
    const path = join(folder, 'm.onnx')
    writeFileSync(path, bytes)
    const model = await Model.open(path)
    expect(model.toText()).toBe(expected.toText())
    expect(Buffer.compare(model.toBytes(), expected.toBytes())).toBe(0)
    expect(model.extras).toEqual(expected.extras)
    for (const value of model.graph.initializers) {
      const pieces: Uint8Array[] = []
      for await (const piece of value.initializer?.byteSource.pieces(1000) ?? []) pieces.push(piece)
      const other = expected.graph.own(value.name)?.initializer
      expect(Buffer.compare(Buffer.concat(pieces), other?.bytes ?? new Uint8Array(1))).toBe(0)
      const loaded = await value.initializer?.load()
      expect(Buffer.compare(Buffer.concat(pieces), bytesOf(loaded as Float32Array))).toBe(0)
    }
  })

  test('from an input that gives single windows', () => {
    const model = decodeInput(new SparingInput(bytes), {}, createModel)
    expect(Buffer.compare(new Model(model.graph, model).toBytes(), expected.toBytes())).toBe(0)
  })

  test('a file cut off anywhere is refused as bytes cut off there are', async () => {
    for (let part = 1; part < 20; part++) {
      const cut = bytes.subarray(0, Math.floor((bytes.byteLength * part) / 20))
      const path = join(folder, 'cut.onnx')
      writeFileSync(path, cut)
      const error = await rejected(Model.open(path))
      expect(error.code).toBe('BAD_MODEL')
      expect(error.place.path).toBe(path)
      const { code, place } = thrown(() => Model.fromBytes(cut))
      expect([error.code, error.place.offset]).toEqual([code, place.offset])
    }
  })

  test('an empty file', async () => {
    const path = join(folder, 'empty.onnx')
    writeFileSync(path, '')
    expect((await rejected(Model.open(path))).code).toBe('BAD_MODEL')
  })
})

test('opening a thousand models leaves no files open', async () => {
  const path = join(folder, 'small.onnx')
  writeFileSync(path, onnx.model(onnx.graph({ inputs: [onnx.valueInfo('x')], rest: [int(900, 1)] })))
  const before = readdirSync('/proc/self/fd').length
  for (let round = 0; round < 1000; round++) await Model.open(path)
  expect(readdirSync('/proc/self/fd').length).toBeLessThan(before + 5)
})

test('files kept open for their weights are closed when their models are gone', async () => {
  const path = join(folder, 'large.onnx')
  const weight = onnx.tensor('w', 1, [500_000], onnx.raw(new Uint8Array(2_000_000)))
  writeFileSync(path, onnx.model(onnx.graph({ initializers: [weight] })))
  const { stdout, stderr } = await runChild('openMany.ts', [path], undefined, ['--expose-gc'])
  expect(stderr).toBe('')
  expect(JSON.parse(stdout).left).toBeLessThan(5)
})
