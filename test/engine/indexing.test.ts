/** Operators that read and write where indices point to, and that find where things are, against onnxruntime. */

import { InferenceSession } from '../../src/engine'
import { attribute, type DataType, Tensor, type Value } from '../../src/ir'
import { closeRuntime, type FeedTensor } from '../../src/runtime'
import { expectParity, floats, ModelBuilder, noise } from './support'

afterAll(closeRuntime)

/** Indices from −n to n − 1. */
function indices(dims: readonly number[], n: number, dataType: 'int64' | 'int32' = 'int64'): FeedTensor {
  const count = dims.reduce((all, size) => all * size, 1)
  const numbers = Array.from(noise(count, 9), (each) => Math.min(Math.floor(each * n), n - 1))
  const data = dataType === 'int64' ? BigInt64Array.from(numbers, BigInt) : Int32Array.from(numbers)
  return { type: dataType, dims, data }
}

/** Indices that are all different along an axis: onnxruntime says nothing of the order of others. */
function distinct(dims: readonly number[], axis: number, n: number): FeedTensor {
  const inner = dims.slice(axis + 1).reduce((all, size) => all * size, 1)
  const count = dims.reduce((all, size) => all * size, 1)
  const data = BigInt64Array.from({ length: count }, (_, at) => {
    const along = Math.floor(at / inner) % (dims[axis] ?? 1)
    return BigInt((along * 3 + at) % n) - (at % 2 ? BigInt(n) : 0n)
  })
  return { type: 'int64', dims, data }
}

class IndexBuilder extends ModelBuilder {
  /** A node, all of whose inputs are fed; floats come back. */
  async expectNative(
    opType: string,
    feeds: Record<string, FeedTensor>,
    attributes = {},
    outputs: readonly DataType[] = ['float32'],
  ): Promise<readonly string[]> {
    const inputs = Object.entries(feeds).map(([name, { type, dims }]) =>
      this.input(name, dims, type as DataType),
    )
    const node = this.graph.add(opType, inputs, { attributes, outputs: outputs.length })
    for (const [index, dataType] of outputs.entries()) this.output(node.output(index) as Value, dataType)
    const run = await expectParity(this.model, feeds, 1e-6)
    expect(run.declined).toEqual([])
    return run.kernels
  }
}

describe('elements along an axis', () => {
  test.each(['int64', 'int32'] as const)('GatherElements by %s', async (dataType) => {
    const feeds = { x: floats([3, 40, 50]), at: indices([2, 90, 50], 40, dataType) }
    const kernels = await new IndexBuilder().expectNative('GatherElements', feeds, { axis: attribute.int(1) })
    expect(kernels).toContain('gatherElements')
  })

  test.each(['none', 'add', 'mul', 'max', 'min'])('ScatterElements, %s', async (reduction) => {
    const where = reduction === 'none' ? distinct([2, 5, 4], 1, 7) : indices([2, 5, 4], 7)
    const feeds = { x: floats([3, 7, 4]), at: where, updates: floats([2, 5, 4], 2) }
    const attributes = { axis: attribute.int(1), reduction: attribute.string(reduction) }
    await new IndexBuilder().expectNative('ScatterElements', feeds, attributes)
  })
})

describe('runs that tuples point to', () => {
  test.each([
    [[4, 5, 6], [3, 2, 2], 0],
    [[4, 5, 6], [7, 1], 0],
    [[3, 4, 4, 2], [3, 5, 2], 1],
    [[2, 3, 4], [2, 3, 2, 1], 2],
  ])('GatherND of %p by %p, %p batches', async (data, at, batches) => {
    const feeds = { x: floats(data), at: indices(at, 3) }
    const tuple = at.at(-1) ?? 1
    // Every axis that a tuple goes by has at least three elements.
    expect(data.slice(batches, batches + tuple).every((size) => size >= 3)).toBe(true)
    await new IndexBuilder().expectNative('GatherND', feeds, { batch_dims: attribute.int(batches) })
  })

  test.each(['none', 'add', 'mul', 'max', 'min'])('ScatterND, %s', async (reduction) => {
    const at = { type: 'int64', dims: [3, 1], data: BigInt64Array.of(2n, -4n, 1n) } as const
    const feeds = { x: floats([4, 5]), at, updates: floats([3, 5], 2) }
    await new IndexBuilder().expectNative('ScatterND', feeds, { reduction: attribute.string(reduction) })
  })
})

test.each([
  ['GatherElements', [1, 2]],
  ['GatherND', [1, 1]],
])('%s of an index outside is a typed error', async (opType, dims) => {
  const build = new ModelBuilder()
  const x = build.input('x', [3, 2])
  build.output(build.add(opType, [x, build.input('at', dims, 'int64')]))
  await using session = await InferenceSession.create(build.model)
  const at = (index: bigint) => ({ type: 'int64', dims, data: new BigInt64Array(dims[1] ?? 1).fill(index) })
  await session.run({ x: floats([3, 2]), at: at(-3n) })
  await expect(session.run({ x: floats([3, 2]), at: at(3n) })).rejects.toMatchObject({ code: 'RUNTIME' })
})

describe('where things are', () => {
  test.each([
    ['ArgMax', 0, 1, 0],
    ['ArgMin', -1, 0, 0],
    ['ArgMax', 1, 1, 1],
  ])('%s along axis %p', async (opType, axis, keepdims, last) => {
    const x = floats([3, 70, 5])
    const rounded = { ...x, data: (x.data as Float32Array).map((each) => Math.round(each * 8)) }
    const attributes = {
      axis: attribute.int(axis),
      keepdims: attribute.int(keepdims),
      select_last_index: attribute.int(last),
    }
    await new IndexBuilder().expectNative(opType, { x: rounded }, attributes, ['int64'])
  })

  test.each(['int64', 'int32'] as const)('ArgMax of %s', async (dataType) => {
    const feeds = { x: indices([3, 20, 5], 50, dataType) }
    await new IndexBuilder().expectNative('ArgMax', feeds, { axis: attribute.int(1) }, ['int64'])
  })

  test.each([
    ['ReduceSum', 'int64'],
    ['ReduceMax', 'int32'],
    ['ReduceMin', 'int64'],
    ['ReduceProd', 'int32'],
  ] as const)('%s of %s', async (opType, dataType) => {
    const build = new ModelBuilder()
    const inputs = [build.input('x', [3, 4, 5], dataType), build.constant(Tensor.int64([0, 2]))]
    build.output(build.add(opType, inputs, { keepdims: attribute.int(0) }), dataType)
    const run = await expectParity(build.model, { x: indices([3, 4, 5], 4, dataType) }, 0)
    expect(run.declined).toEqual([])
  })

  test.each([
    [-1, 1],
    [1, 0],
  ])('TopK along axis %p, largest: %p', async (axis, largest) => {
    const build = new ModelBuilder()
    const node = build.graph.add('TopK', [build.input('x', [3, 20, 30]), build.constant(Tensor.int64([4]))], {
      outputs: 2,
      attributes: { axis: attribute.int(axis), largest: attribute.int(largest) },
    })
    build.output(node.output(0) as Value).output(node.output(1) as Value, 'int64')
    const run = await expectParity(build.model, { x: floats([3, 20, 30]) }, 0)
    expect(run.declined).toEqual([])
  })

  test.each([
    ['float32', 0, 0],
    ['int64', 1, 0],
    ['int32', 0, 1],
  ] as const)('CumSum of %s, exclusive: %p, reversed: %p', async (dataType, exclusive, reverse) => {
    const build = new ModelBuilder()
    const x = build.input('x', [3, 20, 4], dataType)
    const attributes = { exclusive: attribute.int(exclusive), reverse: attribute.int(reverse) }
    build.output(build.add('CumSum', [x, build.constant(Tensor.int64([1], []))], attributes), dataType)
    const fed = dataType === 'float32' ? floats([3, 20, 4]) : indices([3, 20, 4], 50, dataType)
    const run = await expectParity(build.model, { x: fed }, 1e-6)
    expect(run.declined).toEqual([])
  })
})

test.each([
  [1, 0],
  [0, 2],
  [1, -1],
])('Trilu, upper: %p, from diagonal %p', async (upper, k) => {
  const build = new ModelBuilder()
  const inputs = [build.input('x', [2, 5, 7]), build.constant(Tensor.int64([k], []))]
  build.output(build.add('Trilu', inputs, { upper: attribute.int(upper) }))
  const run = await expectParity(build.model, { x: floats([2, 5, 7]) }, 0)
  expect(run.declined).toEqual([])
})

test.each([
  ['DepthToSpace', { mode: attribute.string('DCR') }],
  ['DepthToSpace', { mode: attribute.string('CRD') }],
  ['SpaceToDepth', {}],
])('%s', async (opType, attributes) => {
  const all = { blocksize: attribute.int(2), ...attributes }
  await new IndexBuilder().expectNative(opType, { x: floats([2, 8, 6, 4]) }, all)
})

test.each([
  ['int64', 0],
  ['int32', 1],
] as const)('Mod of %s, as C has it: %p', async (dataType, fmod) => {
  const [a, b] = [indices([30], 50, dataType), indices([30], 3, dataType)]
  const divisors = Array.from(b.data as Int32Array, (each) => Number(each) * 2 + 1) // never 0
  const data = dataType === 'int64' ? BigInt64Array.from(divisors, BigInt) : Int32Array.from(divisors)
  const feeds = { a, b: { ...b, data } }
  await new IndexBuilder().expectNative('Mod', feeds, { fmod: attribute.int(fmod) }, [dataType])
})

test('IsNaN and IsInf', async () => {
  const build = new ModelBuilder()
  const x = build.input('x', [5])
  for (const [opType, attributes] of [
    ['IsNaN', {}],
    ['IsInf', {}],
    ['IsInf', { detect_negative: attribute.int(0) }],
    ['IsInf', { detect_positive: attribute.int(0) }],
  ] as const)
    build.output(build.add(opType, [x], attributes), 'bool')
  const data = Float32Array.of(1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0)
  const run = await expectParity(build.model, { x: { type: 'float32', dims: [5], data } }, 0)
  expect(run.declined).toEqual([])
})
