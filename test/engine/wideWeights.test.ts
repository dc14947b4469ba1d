/** Constant weights of 8 bits whose zero point leaves them wider than a signed byte. */

import { bytesSaturate } from '../../src/compress/saturation'
import {
  type Repetition,
  repetitionsOf,
  SignedSource,
  type WeightOrder,
} from '../../src/engine/operators/int8/signedSource'
import { signedWeights } from '../../src/engine/operators/int8/weights'
import { attribute, type Node, Tensor, type Value } from '../../src/ir'
import { closeRuntime } from '../../src/runtime'
import { expectParity, floats, ModelBuilder, noise } from './support'

afterAll(closeRuntime)

type Attributes = Parameters<Node['setAttribute']>[1][] | object

/** Bytes of a bell: those far out are few, as of real weights. */
function bell(dataType: 'uint8' | 'int8', shape: readonly number[], middle: number): Tensor {
  const size = shape.reduce((all, each) => all * each, 1)
  const draws = Array.from({ length: 6 }, (_, seed) => noise(size, seed + 3))
  const [least, most] = dataType === 'uint8' ? [0, 255] : [-128, 127]
  const numbers = Array.from({ length: size }, (_, at) => {
    const sum = draws.reduce((all, draw) => all + (draw[at] ?? 0), 0)
    return Math.min(Math.max(Math.round(middle + 50 * sum), least), most)
  })
  // Both ends are there.
  numbers.splice(1, 2, least, most)
  return Tensor.from(dataType, shape, (dataType === 'uint8' ? Uint8Array : Int8Array).from(numbers))
}

describe('signed bytes of weights', () => {
  const orders: WeightOrder[] = [
    { outer: 5, inputs: 6, inner: 4, zeros: [3], isByOuter: true },
    { outer: 5, inputs: 6, inner: 4, zeros: [0, 255, 128, 127, 90], isByOuter: true },
    { outer: 1, inputs: 30, inner: 4, zeros: [200, 0, 128, 31], isByOuter: false },
  ]

  test.each(orders)('and of their repetitions are the weights: %j', async (order) => {
    const q = bell('uint8', [120], 120)
    const repetitions = repetitionsOf(q, order)
    expect(repetitions.length).toBeGreaterThan(0)
    const source = new SignedSource(q, order, repetitions)
    const bytes = new Int8Array(source.read().slice().buffer)
    expect(sums(bytes, order, repetitions)).toEqual(weightsOf(q, order))
    const all = source.read()
    expect(await source.load()).toEqual(all)
    const scratch = new Uint8Array(all.length + 5)
    expect((await source.load(scratch)).buffer).toBe(scratch.buffer)
    const pieces: number[] = []
    for await (const piece of source.pieces(7)) pieces.push(...piece)
    expect(pieces).toEqual([...all])
    for (const [start, length] of [
      [0, 3],
      [7, 30],
      [all.length - 2, 2],
    ] as const)
      expect(source.part(start, length)).toEqual(all.slice(start, start + length))
  })

  function weightsOf(q: Tensor, { outer, inputs, inner, zeros, isByOuter }: WeightOrder): number[] {
    return [...(q.elements as Uint8Array)].map((each, at) => {
      const channel = isByOuter ? Math.floor(at / inputs / inner) : at % inner
      expect(at).toBeLessThan(outer * inputs * inner)
      return each - (zeros[zeros.length === 1 ? 0 : channel] ?? 0)
    })
  }

  /** Each weight from all bytes that its input has. */
  function sums(
    bytes: Int8Array,
    { outer, inputs, inner }: WeightOrder,
    repetitions: readonly Repetition[],
  ): number[] {
    const row = inputs + repetitions.length
    const weights: number[] = []
    for (let o = 0; o < outer; o++)
      for (let k = 0; k < inputs; k++)
        for (let i = 0; i < inner; i++) {
          const places = [k, ...repetitions.flatMap(({ input }, at) => (input === k ? [inputs + at] : []))]
          weights.push(places.reduce((sum, place) => sum + (bytes[(o * row + place) * inner + i] ?? 0), 0))
        }
    return weights
  }

  test('are the tensor itself where there is nothing to take off', () => {
    const q = bell('int8', [4, 4], 0)
    expect(signedWeights(q, [0], 0)).toEqual({ tensor: q, repeated: [] })
    expect(signedWeights(bell('uint8', [4, 4], 128), [128], 0).repeated).toEqual([])
    const wide = bell('uint8', [4, 8], 128)
    expect(signedWeights(wide, [100], 0)).toBe(signedWeights(wide, [100], 0))
    expect(signedWeights(wide, [100], 0).repeated).toHaveLength(4)
  })
})

// Where they saturate, onnxruntime's own products of such weights are wrong.
const describeExact = bytesSaturate() ? describe.skip : describe

describeExact('models', () => {
  /** Scale and zero point of weights. */
  function quantized(
    build: ModelBuilder,
    q: Tensor,
    zeros: readonly number[],
  ): readonly [Value, Value, Value] {
    const scales = zeros.map((_, channel) => 0.01 + channel / 1000)
    const shape = zeros.length === 1 ? [] : [zeros.length]
    const array = q.dataType === 'uint8' ? Uint8Array : Int8Array
    return [
      build.constant(q, 'q'),
      build.constant(Tensor.float32(scales, shape), 'scale'),
      build.constant(Tensor.from(q.dataType, shape, array.from(zeros)), 'zero'),
    ]
  }

  function dynamic(
    build: ModelBuilder,
    opType: string,
    x: Value,
    q: Tensor,
    zero: number,
    attributes: Attributes = {},
  ) {
    const [bytes, xScale, xZero] = build.graph.add('DynamicQuantizeLinear', [x], { outputs: 3 }).outputs as [
      Value,
      Value,
      Value,
    ]
    const [weights, scale, zeroPoint] = quantized(build, q, [zero])
    const sums = build.add(opType, [bytes, weights, xZero, zeroPoint], attributes)
    return build.add('Mul', [
      build.add('Cast', [sums], { to: attribute.int(1) }),
      build.add('Mul', [xScale, scale]),
    ])
  }

  const zeros = [0, 100, 121, 140, 255]

  test.each(zeros)('ConvInteger with zero point %d', async (zero) => {
    for (const [images, channels] of [
      [1, 8],
      [2, 5],
      [2, 16],
    ] as const) {
      const build = new ModelBuilder()
      const dims = [images, channels, 9, 11]
      const pads = { pads: attribute.ints([1, 1, 1, 1]) }
      build.output(
        dynamic(
          build,
          'ConvInteger',
          build.input('x', dims),
          bell('uint8', [12, channels, 3, 3], zero),
          zero,
          pads,
        ),
      )
      const run = await expectParity(build.model, { x: floats(dims) }, 1e-6)
      expect(run.declined).toEqual([])
      expect(run.kernels).toContain('dynamicConv')
    }
  })

  test.each(zeros)('MatMulInteger with zero point %d', async (zero) => {
    for (const [rows, inputs] of [
      [1, 64],
      [3, 10],
      [40, 36],
    ] as const) {
      const build = new ModelBuilder()
      const x = build.input('x', [2, rows, inputs])
      build.output(dynamic(build, 'MatMulInteger', x, bell('uint8', [inputs, 20], zero), zero))
      const run = await expectParity(build.model, { x: floats([2, rows, inputs]) }, 1e-6)
      expect(run.declined).toEqual([])
      expect(run.kernels.join()).toMatch(/dynamicMatmul|qgemv.dynamic/)
    }
  })

  test.each([
    ['uint8', 'one zero point', [90]],
    ['uint8', 'one a channel', Array.from({ length: 12 }, (_, channel) => 100 + 5 * channel)],
    ['int8', 'one a channel', Array.from({ length: 12 }, (_, channel) => channel - 6)],
  ] as const)('Conv of %s with %s', async (dataType, _, points) => {
    const build = new ModelBuilder()
    const dims = [1, 8, 10, 10]
    const weights = quantized(build, bell(dataType, [12, 8, 3, 3], points[0] ?? 0), points)
    const w = build.add('DequantizeLinear', [...weights], { axis: attribute.int(0) })
    const y = build.add('Conv', [build.rounded(build.input('x', dims), 0.01, 117), w, build.weight([12])])
    build.output(build.rounded(y, 0.5, 117))
    const run = await expectParity(build.model, { x: floats(dims) }, 1.01 / 255)
    expect(run.declined).toEqual([])
    expect(run.kernels.join()).toMatch(/qconv|qblockconv/)
  })

  test.each([
    [0, 7],
    [1, 7],
    [0, 60],
    [1, 60],
  ])('Gemm, weights transposed: %d, of %d rows', async (transB, rows) => {
    const build = new ModelBuilder()
    const points = Array.from({ length: 12 }, (_, channel) => 100 + 5 * channel)
    const weights = quantized(build, bell('uint8', transB ? [12, 32] : [32, 12], 120), points)
    const b = build.add('DequantizeLinear', [...weights], { axis: attribute.int(transB ? 0 : 1) })
    const x = build.rounded(build.input('x', [rows, 32]), 0.01, 117)
    build.output(build.add('Gemm', [x, b, build.weight([12])], { transB: attribute.int(transB) }))
    const run = await expectParity(build.model, { x: floats([rows, 32]) }, 1e-5)
    expect(run.declined).toEqual([])
    expect(run.kernels.join()).toMatch(/qmatmul|qgemv/)
  })

  test('by depth, products are of floats', async () => {
    const build = new ModelBuilder()
    const attributes = { group: attribute.int(8), pads: attribute.ints([1, 1, 1, 1]) }
    const x = build.input('x', [1, 8, 9, 9])
    build.output(dynamic(build, 'ConvInteger', x, bell('uint8', [8, 1, 3, 3], 110), 110, attributes))
    const run = await expectParity(build.model, { x: floats([1, 8, 9, 9]) }, 1e-5)
    expect(run.declined).toEqual([])
  })
})
