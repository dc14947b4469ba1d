/** Models of 16-bit floats: computed in 32 bits, as onnxruntime does. */

import {
  attribute,
  type ByteSource,
  type DataType,
  dataTypeCode,
  Graph,
  MemorySource,
  Tensor,
  tensorType,
  type Value,
} from '../../src/ir'
import { fromFloat32, toFloat32 } from '../../src/native'
import { widenedSource } from '../../src/passes/float32/widenedSource'
import { closeRuntime, type FeedTensor } from '../../src/runtime'
import { differences, expectParity, floats, ModelBuilder, noise, runEngine, runRuntime } from './support'

afterAll(closeRuntime)

/** A float has 11 bits as a half, and onnxruntime rounds to them here and there. */
const ROUNDED = 2 ** -10

const to = (type: DataType) => ({ to: attribute.int(dataTypeCode(type)) })

async function halves(dims: readonly number[], seed = 1): Promise<FeedTensor> {
  const { data } = floats(dims, seed)
  return { type: 'float16', dims, data: await fromFloat32(data as Float32Array, 'float16') }
}

/** A model of floats in which every number is a half's, or the same of halves. */
class FloatBuilder extends ModelBuilder {
  private seeds = 1

  constructor(readonly type: 'float16' | 'float32') {
    super()
  }

  async number(shape: readonly number[], scale = 1): Promise<Value> {
    const size = shape.reduce((all, each) => all * each, 1)
    const elements = noise(size, this.seeds++).map((each) => each * scale)
    const bits = await fromFloat32(elements, 'float16')
    return this.constant(Tensor.from(this.type, shape, this.is16 ? bits : await toFloat32(bits, 'float16')))
  }

  private get is16(): boolean {
    return this.type === 'float16'
  }
}

async function network(type: 'float16' | 'float32'): Promise<ModelBuilder> {
  const build = new FloatBuilder(type)
  const x = build.add('Cast', [build.input('x', [1, 8, 12, 12])], to(type))
  const wide = await build.number([16, 8, 3, 3], 0.2)
  const conv = build.add('Relu', [
    build.add('Conv', [x, wide, await build.number([16])], { pads: attribute.ints([1, 1, 1, 1]) }),
  ])
  const pooled = build.add('GlobalAveragePool', [conv])
  const flat = build.add('Flatten', [pooled])
  const product = build.add('Gemm', [flat, await build.number([16, 10]), await build.number([10])])
  const filled = build.add('ConstantOfShape', [build.constant(Tensor.int64([10]))], {
    value: attribute.tensor(
      type === 'float16' ? Tensor.from('float16', [1], Uint16Array.of(0x3800)) : Tensor.float32([0.5], [1]),
    ),
  })
  const y = build.add('Softmax', [build.add('Mul', [product, filled])])
  return build.output(build.add('Cast', [y], to('float32')))
}

test('a network of halves is computed as one of the same floats, all of it in the engine', async () => {
  const feeds = { x: floats([1, 8, 12, 12]) }
  const [half, float] = [await network('float16'), await network('float32')]
  const run = await runEngine(half.model, feeds)
  expect(run.declined).toEqual([])
  const expected = Object.values(await runRuntime(float.model, feeds))[0] as FeedTensor
  expect(differences({ y: expected }, { y: Object.values(run.results)[0] as FeedTensor }).y).toBeLessThan(
    1e-5,
  )
  await expectParity(half.model, feeds, ROUNDED)
})

test('halves come in and go out', async () => {
  const build = new FloatBuilder('float16')
  const x = build.input('x', [2, 40], 'float16')
  const sum = build.add('Add', [x, await build.number([40])])
  build.output(build.add('MatMul', [sum, await build.number([40, 6])]), 'float16')
  build.output(sum, 'float16')
  const run = await expectParity(build.model, { x: await halves([2, 40]) }, ROUNDED)
  expect(run.declined).toEqual([])
  expect(run.kernels.filter((kernel) => kernel === 'cast')).toHaveLength(3)
})

test('an input and a constant that are outputs stay halves', async () => {
  const build = new FloatBuilder('float16')
  const x = build.input('x', [3], 'float16')
  const constant = await build.number([3])
  build
    .output(build.add('Neg', [x]), 'float16')
    .output(x, 'float16')
    .output(constant, 'float16')
  const { results } = await expectParity(build.model, { x: await halves([3]) }, 0)
  expect(Object.values(results).map(({ type }) => type)).toEqual(['float16', 'float16', 'float16'])
})

test('branches read halves from around them', async () => {
  const build = new FloatBuilder('float16')
  const x = build.input('x', [4], 'float16')
  const isChosen = build.input('c', [], 'bool')
  const branch = (name: string, make: (graph: Graph) => Value) => {
    const graph = new Graph(name, build.graph)
    graph.addOutput(make(graph))
    return attribute.graph(graph)
  }
  const scale = await build.number([4])
  const y = build.add('If', [isChosen], {
    then_branch: branch('then', (graph) => graph.add('Mul', [x, scale]).output() as Value),
    else_branch: branch('else', (graph) => graph.add('Identity', [x]).output() as Value),
  })
  build.output(build.add('Add', [y, scale]), 'float16')
  for (const value of [1, 0]) {
    const c = { type: 'bool', dims: [], data: Uint8Array.of(value) }
    await expectParity(build.model, { x: await halves([4]), c }, ROUNDED)
  }
})

test('what the engine lacks runs in onnxruntime, between the same halves', async () => {
  const build = new FloatBuilder('float16')
  const x = build.input('x', [4, 4], 'float16')
  const shifted = build.add('Add', [x, await build.number([4])])
  const y = build.add('Det', [build.add('MatMul', [shifted, await build.number([4, 4])])])
  const run = await expectParity(build.output(y, 'float16').model, { x: await halves([4, 4]) }, 4 * ROUNDED)
  expect(run.declined).toHaveLength(1)
})

test('halves in sequences are left to onnxruntime', async () => {
  const build = new FloatBuilder('float16')
  const x = build.input('x', [4], 'float16')
  const sequence = build.add('SequenceConstruct', [x, build.add('Neg', [x])])
  sequence.type = { kind: 'sequence', element: tensorType('float16') }
  build.output(build.add('ConcatFromSequence', [sequence], { axis: attribute.int(0) }), 'float16')
  await expectParity(build.model, { x: await halves([4]) }, 0)
})

test('results are of Float16Array where JavaScript has it', async () => {
  class Float16Array extends Uint16Array {}
  const build = new FloatBuilder('float16')
  const { model } = build.output(build.add('Neg', [build.input('x', [3], 'float16')]), 'float16')
  const feeds = { x: await halves([3]) }
  const [bits] = Object.values((await runEngine(model, feeds)).results)
  Object.assign(globalThis, { Float16Array })
  try {
    const [numbers] = Object.values((await runEngine(model, feeds)).results)
    expect(numbers?.data).toBeInstanceOf(Float16Array)
    expect(Array.from(numbers?.data as Uint16Array)).toEqual(Array.from(bits?.data as Uint16Array))
  } finally {
    Reflect.deleteProperty(globalThis, 'Float16Array')
  }
})

describe('widened bytes', () => {
  const every = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits)
  const bytes = new Uint8Array(every.buffer)
  const bitsOf = (y: Uint8Array) => [...new Uint32Array(y.slice().buffer)]
  /** Signaling NaNs may become quiet ones. */
  const finite = (bits: readonly number[]) =>
    bits.map((each) => ((each & 0x7fffffff) > 0x7f800000 ? 'NaN' : each))

  test('are those of every half, however they are asked for', async () => {
    const source = widenedSource(new MemorySource(bytes))
    const expected = finite(bitsOf(new Uint8Array((await toFloat32(every, 'float16')).buffer)))
    expect(source.byteLength).toBe(4 * every.length)
    expect(finite(bitsOf(source.read()))).toEqual(expected)
    expect(finite(bitsOf(await source.load()))).toEqual(expected)
    const scratch = new Uint8Array(source.byteLength + 8)
    expect((await source.load(scratch)).buffer).toBe(scratch.buffer)
    expect(finite(bitsOf(source.read(scratch.subarray(1))))).toEqual(expected)
    const pieces: Uint8Array[] = []
    for await (const piece of source.pieces(1003)) pieces.push(piece.slice())
    expect(finite(bitsOf(Buffer.concat(pieces)))).toEqual(expected)
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(1003)
    const whole = source.read()
    for (const [start, length] of [
      [0, 16],
      [8, 4],
      [6, 7],
      [4 * every.length - 5, 5],
    ] as const)
      expect(source.part?.(start, length)).toEqual(whole.slice(start, start + length))
  })

  test('have parts only where halves have', () => {
    const source: ByteSource = {
      byteLength: 4,
      read: () => bytes,
      load: async () => bytes,
      pieces: async function* () {},
    }
    expect(widenedSource(source).part).toBeUndefined()
  })
})
