/** onnxruntime's own operators, which are taken apart into ONNX's, against onnxruntime. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession as Runtime } from 'onnxruntime-node'
import { type Attribute, attribute, type DataType, dataTypeCode, Tensor, type Value } from '../../src/ir'
import { Model } from '../../src/model'
import { encodeModel } from '../../src/onnx'
import { closeRuntime } from '../../src/runtime'
import { expectParity, floats, ModelBuilder, noise, type Results } from './support'

afterAll(closeRuntime)

/** Nodes of onnxruntime's own operator set. */
class MicrosoftBuilder extends ModelBuilder {
  constructor() {
    super()
    this.model.opsetImports.set('com.microsoft', 1)
  }

  own(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Record<string, Attribute> = {},
    outputs = 1,
  ) {
    return this.graph.add(opType, inputs, { domain: 'com.microsoft', attributes, outputs }).outputs as Value[]
  }

  scale(...scales: readonly number[]): Value {
    return this.constant(Tensor.float32(scales, scales.length === 1 ? [] : [scales.length]), 'scale')
  }

  zero(dataType: DataType, ...zeros: readonly number[]): Value {
    const elements = dataType === 'int8' ? Int8Array.from(zeros) : Uint8Array.from(zeros)
    return this.constant(Tensor.from(dataType, zeros.length === 1 ? [] : [zeros.length], elements), 'zero')
  }

  integers(dataType: 'int8' | 'uint8' | 'int32', shape: readonly number[], seed = 7): Value {
    const numbers = noise(
      shape.reduce((all, size) => all * size, 1),
      seed,
    ).map((each) => Math.round(each * 60) + (dataType === 'uint8' ? 128 : 0))
    const arrays = { int8: Int8Array, uint8: Uint8Array, int32: Int32Array }
    return this.constant(Tensor.from(dataType, shape, arrays[dataType].from(numbers)), 'integers')
  }

  /** Integers of an input, whose scale and zero point follow. */
  quantized(name: string, dims: readonly number[], dataType: DataType = 'uint8', scale = 0.01) {
    const [by, zero] = [this.scale(scale), this.zero(dataType, dataType === 'uint8' ? 120 : -5)]
    return [this.add('QuantizeLinear', [this.input(name, dims), by, zero]), by, zero] as const
  }

  /** The floats of integers as output. */
  dequantized(y: Value | undefined, scale: Value, zero: Value): this {
    return this.output(this.add('DequantizeLinear', [y, scale, zero]))
  }
}

/** All of it in the engine, as onnxruntime computes it; integers without any difference. */
async function expectNative(
  build: MicrosoftBuilder,
  feeds: Results,
  tolerance: number,
): Promise<readonly string[]> {
  const run = await expectParity(build.model, feeds, tolerance)
  expect(run.declined).toEqual([])
  return run.kernels
}

const STEP = 1.01 / 255 // of 8-bit results, relative to the largest

describe('operators on 8-bit integers', () => {
  test.each(['uint8', 'int8'] as const)('QLinearConv of %s is one integer step', async (dataType) => {
    const build = new MicrosoftBuilder()
    const [x, scale, zero] = build.quantized('x', [1, 6, 9, 9], dataType)
    const w = build.integers('int8', [8, 6, 3, 3])
    const scales = build.scale(...Array.from({ length: 8 }, (_, at) => 0.01 + at / 1000))
    const zeros = build.zero('int8', ...new Array<number>(8).fill(0))
    const [by, to] = [build.scale(0.05), build.zero(dataType, 3)]
    const inputs = [x, scale, zero, w, scales, zeros, by, to, build.integers('int32', [8])]
    const y = build.add('QLinearConv', inputs, { pads: attribute.ints([1, 1, 1, 1]) })
    build.dequantized(y, by, to)
    const kernels = await expectNative(build, { x: floats([1, 6, 9, 9]) }, 0)
    expect(kernels).toContain('qconv.c4')
  })

  test('QLinearConv with one zero point for many scales', async () => {
    const build = new MicrosoftBuilder()
    const [x, scale, zero] = build.quantized('x', [1, 4, 5, 5])
    const w = [build.integers('int8', [2, 4, 1, 1]), build.scale(0.01, 0.02), build.zero('int8', 0)]
    const [by, to] = [build.scale(0.05), build.zero('uint8', 3)]
    build.dequantized(build.add('QLinearConv', [x, scale, zero, ...w, by, to]), by, to)
    expect(await expectNative(build, { x: floats([1, 4, 5, 5]) }, 0)).toContain('qconv.c4')
  })

  test('QLinearMatMul with a scale for each column', async () => {
    const build = new MicrosoftBuilder()
    const [x, scale, zero] = build.quantized('x', [5, 12])
    const b = [
      build.integers('int8', [12, 7]),
      build.scale(0.01, 0.02, 0.03, 0.01, 0.02, 0.03, 0.04),
      build.zero('int8', 0, 0, 0, 0, 0, 0, 0),
    ]
    const [by, to] = [build.scale(0.05), build.zero('uint8', 100)]
    build.dequantized(build.add('QLinearMatMul', [x, scale, zero, ...b, by, to]), by, to)
    await expectNative(build, { x: floats([5, 12]) }, 0)
  })

  test.each([
    ['integers', true],
    ['floats', false],
  ])('QGemm with a bias, of %s', async (_, isQuantized) => {
    const build = new MicrosoftBuilder()
    const [x, scale, zero] = build.quantized('x', [5, 12])
    const [by, to] = [build.scale(0.05), build.zero('uint8', 100)]
    const operands = [
      x,
      scale,
      zero,
      build.integers('int8', [7, 12]),
      build.scale(0.02),
      build.zero('int8', 0),
    ]
    const [y] = build.own(
      'QGemm',
      [...operands, build.integers('int32', [7]), ...(isQuantized ? [by, to] : [])],
      { transB: attribute.int(1) },
    )
    if (isQuantized) build.dequantized(y, by, to)
    else build.output(y as Value)
    await expectNative(build, { x: floats([5, 12]) }, isQuantized ? 0 : 1e-6)
  })

  test.each(['QLinearAdd', 'QLinearMul'])('%s', async (opType) => {
    const build = new MicrosoftBuilder()
    const [by, to] = [build.scale(0.02), build.zero('uint8', 128)]
    const operands = [...build.quantized('x', [2, 3, 4]), ...build.quantized('z', [3, 1], 'uint8', 0.02)]
    build.dequantized(build.own(opType, [...operands, by, to])[0], by, to)
    await expectNative(build, { x: floats([2, 3, 4]), z: floats([3, 1], 2) }, 0)
  })

  test.each([
    ['QLinearSigmoid', {}, 1 / 256],
    ['QLinearLeakyRelu', { alpha: attribute.float(0.1) }, 0.01],
    ['QLinearGlobalAveragePool', {}, 0.01],
    ['QLinearAveragePool', { kernel_shape: attribute.ints([2, 2]), strides: attribute.ints([2, 2]) }, 0.01],
  ])('%s', async (opType, attributes, scale) => {
    const build = new MicrosoftBuilder()
    const [by, to] = [build.scale(scale), build.zero('uint8', 4)]
    build.dequantized(
      build.own(opType, [...build.quantized('x', [1, 5, 6, 6]), by, to], attributes)[0],
      by,
      to,
    )
    await expectNative(build, { x: floats([1, 5, 6, 6]) }, STEP)
  })

  test('QLinearConcat of parts with different scales', async () => {
    const build = new MicrosoftBuilder()
    const [by, to] = [build.scale(0.02), build.zero('uint8', 128)]
    const parts = [
      ...build.quantized('x', [1, 3, 4, 4]),
      ...build.quantized('z', [1, 5, 4, 4], 'uint8', 0.03),
    ]
    const [y] = build.own('QLinearConcat', [by, to, ...parts], { axis: attribute.int(1) })
    build.dequantized(y, by, to)
    await expectNative(build, { x: floats([1, 3, 4, 4]), z: floats([1, 5, 4, 4], 2) }, 0)
  })

  test('QLinearWhere', async () => {
    const build = new MicrosoftBuilder()
    const [by, to] = [build.scale(0.02), build.zero('uint8', 128)]
    const condition = build.add('Greater', [build.input('x', [3, 4]), build.constant(Tensor.float32([0]))])
    const operands = [...build.quantized('a', [3, 4]), ...build.quantized('b', [3, 4])]
    build.dequantized(build.own('QLinearWhere', [condition, ...operands, by, to])[0], by, to)
    await expectNative(build, { x: floats([3, 4]), a: floats([3, 4], 2), b: floats([3, 4], 3) }, STEP)
  })

  test('MatMulIntegerToFloat of activations with a known and with an unknown range', async () => {
    const build = new MicrosoftBuilder()
    const [x, scale, zero] = build.quantized('x', [5, 12])
    const [b, bScale, bZero] = [build.integers('int8', [12, 7]), build.scale(0.02), build.zero('int8', 0)]
    const bias = build.weight([7])
    build.output(build.own('MatMulIntegerToFloat', [x, b, scale, bScale, zero, bZero, bias])[0] as Value)
    const dynamic = build.graph.add('DynamicQuantizeLinear', [build.input('z', [5, 12])], { outputs: 3 })
    const [q, qScale, qZero] = dynamic.outputs
    build.output(build.own('MatMulIntegerToFloat', [q, b, qScale, bScale, qZero, bZero])[0] as Value)
    const kernels = await expectNative(build, { x: floats([5, 12]), z: floats([5, 12], 2) }, 1e-6)
    expect(kernels).toContain('dynamicMatmul')
  })

  test('DynamicQuantizeMatMul', async () => {
    const build = new MicrosoftBuilder()
    const b = [build.integers('int8', [12, 7]), build.scale(0.02), build.zero('int8', 0)]
    build.output(
      build.own('DynamicQuantizeMatMul', [build.input('x', [5, 12]), ...b, build.weight([7])])[0] as Value,
    )
    const kernels = await expectNative(build, { x: floats([5, 12]) }, 1e-6)
    expect(kernels).toContain('dynamicMatmul')
  })
})

describe('fused operators on floats', () => {
  test.each([
    ['Relu', []],
    ['Tanh', []],
    ['LeakyRelu', [0.2]],
    ['Clip', [-0.5, 0.75]],
    ['HardSigmoid', [0.3, 0.4]],
    ['', []],
  ])('FusedConv with a value added and %s', async (activation, parameters) => {
    const build = new MicrosoftBuilder()
    const inputs = [build.input('x', [1, 3, 8, 8]), build.weight([4, 3, 3, 3]), build.weight([4])]
    const attributes = {
      ...(activation ? { activation: attribute.string(activation) } : {}),
      ...(parameters.length > 0 ? { activation_params: attribute.floats(parameters) } : {}),
    }
    build.output(build.own('FusedConv', [...inputs, build.input('z', [1, 4, 6, 6])], attributes)[0] as Value)
    await expectNative(build, { x: floats([1, 3, 8, 8]), z: floats([1, 4, 6, 6], 2) }, 1e-5)
  })

  test('FusedGemm', async () => {
    const build = new MicrosoftBuilder()
    const inputs = [build.input('x', [3, 8]), build.weight([5, 8]), build.weight([5])]
    const attributes = {
      activation: attribute.string('LeakyRelu'),
      activation_alpha: attribute.float(0.2),
      transB: attribute.int(1),
    }
    build.output(build.own('FusedGemm', inputs, attributes)[0] as Value)
    await expectNative(build, { x: floats([3, 8]) }, 1e-5)
  })

  test.each([
    [0, 0, 1],
    [1, 0, 0.5],
    [0, 1, 0.125],
  ])('FusedMatMul, transposed %p and %p, times %p', async (transA, transB, alpha) => {
    const build = new MicrosoftBuilder()
    const [a, b] = [transA ? [2, 6, 4] : [2, 4, 6], transB ? [2, 5, 6] : [2, 6, 5]]
    const attributes = {
      transA: attribute.int(transA),
      transB: attribute.int(transB),
      alpha: attribute.float(alpha),
    }
    const z = build.add('Relu', [build.input('z', b)])
    build.output(build.own('FusedMatMul', [build.input('x', a), z], attributes)[0] as Value)
    await expectNative(build, { x: floats(a), z: floats(b, 2) }, 1e-5)
  })

  test.each([
    ['Gelu', false],
    ['BiasGelu', true],
    ['FastGelu', true],
    ['FastGelu', false],
    ['QuickGelu', false],
  ])('%s, with a bias: %p', async (opType, hasBias) => {
    const build = new MicrosoftBuilder()
    const inputs = [build.input('x', [3, 8]), ...(hasBias ? [build.weight([8])] : [])]
    build.output(build.own(opType, inputs)[0] as Value)
    await expectNative(build, { x: floats([3, 8]) }, 1e-5)
  })

  test('SkipLayerNormalization, and the sum that it normalizes', async () => {
    const build = new MicrosoftBuilder()
    const inputs = [build.input('x', [2, 3, 8]), build.input('z', [2, 3, 8])]
    const weights = [build.weight([8]), build.weight([8]), build.weight([8])]
    const [y, , , sum] = build.own(
      'SkipLayerNormalization',
      [...inputs, ...weights],
      { epsilon: attribute.float(1e-6) },
      4,
    )
    build.output(y as Value).output(build.add('Relu', [sum]))
    await expectNative(build, { x: floats([2, 3, 8]), z: floats([2, 3, 8], 2) }, 1e-5)
  })
})

describe("ONNX's own that others say as well", () => {
  test.each([
    [3, {}],
    [5, { alpha: attribute.float(0.3), beta: attribute.float(0.5), bias: attribute.float(2) }],
  ])('LRN of %d channels', async (size, attributes) => {
    const build = new MicrosoftBuilder()
    const all = { size: attribute.int(size), ...attributes }
    build.output(build.add('LRN', [build.input('x', [2, 7, 5, 4])], all))
    await expectNative(build, { x: floats([2, 7, 5, 4]) }, 1e-5)
  })

  test('GroupNormalization', async () => {
    const build = new MicrosoftBuilder()
    const inputs = [build.input('x', [2, 6, 5, 4]), build.weight([6]), build.weight([6])]
    build.output(build.add('GroupNormalization', inputs, { num_groups: attribute.int(3) }))
    await expectNative(build, { x: floats([2, 6, 5, 4]) }, 1e-5)
  })

  test.each([
    ['ReduceLogSum', 1, [1, 2]],
    ['ReduceLogSumExp', 1, [1]],
    ['ReduceLogSumExp', 0, [0, 2]],
    ['ReduceLogSumExp', 1, undefined],
  ])('%s, keeping axes: %p', async (opType, keepdims, axes) => {
    const build = new MicrosoftBuilder()
    const x = build.add('Add', [build.input('x', [3, 4, 5]), build.constant(Tensor.float32([80]))])
    const inputs = [x, ...(axes ? [build.constant(Tensor.int64(axes))] : [])]
    build.output(build.add(opType, inputs, { keepdims: attribute.int(keepdims) }))
    await expectNative(build, { x: floats([3, 4, 5]) }, 1e-5)
  })

  test('ReduceLogSumExp of what is infinite', async () => {
    const build = new MicrosoftBuilder()
    const x = build.input('x', [3, 2])
    build.output(build.add('ReduceLogSumExp', [x, build.constant(Tensor.int64([1]))]))
    const [most, none] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    const data = Float32Array.of(none, none, 1, none, most, 2)
    await expectNative(build, { x: { type: 'float32', dims: [3, 2], data } }, 1e-6)
  })
})

test('floats of other than 32 bits are left to onnxruntime as they are', async () => {
  const build = new MicrosoftBuilder()
  const to = (value: Value, dataType: DataType) =>
    build.add('Cast', [value], { to: attribute.int(dataTypeCode(dataType)) })
  const x = to(build.input('x', [3, 8]), 'float64')
  const [product] = build.own('FusedMatMul', [x, to(build.input('z', [8, 4]), 'float64')], {
    alpha: attribute.float(0.5),
  })
  const sum = build.add('ReduceLogSumExp', [product, build.constant(Tensor.int64([1]))])
  build.output(to(sum, 'float32'))
  const run = await expectParity(build.model, { x: floats([3, 8]), z: floats([8, 4], 2) }, 1e-6)
  expect(run.declined).toContainEqual(expect.stringMatching(/FusedMatMul/))
})

describe('attention of encoders', () => {
  const [heads, width] = [4, 32]
  const rows = [2, 6, width]
  const mask = {
    type: 'int32',
    dims: [2, 6],
    data: Int32Array.of(1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0),
  } as const

  test.each([
    ['alone', {}, []],
    ['with a mask', { mask }, []],
    ['with a bias of scores', { mask, added: floats([2, heads, 6, 6], 3) }, []],
    ['with sizes and a scale of its own', {}, [24, 24, 40]],
  ])('Attention %s', async (_, given: Results, sizes) => {
    const build = new MicrosoftBuilder()
    const all = sizes.length > 0 ? sizes.reduce((sum, each) => sum + each, 0) : 3 * width
    const x = build.input('x', rows)
    const masks = given.mask ? build.input('mask', [2, 6], 'int32') : undefined
    const added = given.added ? build.input('added', [2, heads, 6, 6]) : undefined
    const inputs = [x, build.weight([width, all], 0.3), build.weight([all]), masks, undefined, added]
    const attributes = {
      num_heads: attribute.int(heads),
      ...(sizes.length > 0 ? { qkv_hidden_sizes: attribute.ints(sizes), scale: attribute.float(0.3) } : {}),
    }
    build.output(build.own('Attention', inputs, attributes)[0] as Value)
    const kernels = await expectNative(build, { x: floats(rows), ...given }, 1e-5)
    expect(kernels).toContain('attention')
  })

  test.each([
    [true, true],
    [false, false],
  ])('MultiHeadAttention, with a bias: %p, with a mask: %p', async (hasBias, hasMask) => {
    const build = new MicrosoftBuilder()
    const inputs = [build.input('q', [2, 5, width]), build.input('k', rows), build.input('v', rows)]
    const bias = hasBias ? build.weight([3 * width]) : undefined
    const masks = hasMask ? build.input('mask', [2, 6], 'int32') : undefined
    const attributes = { num_heads: attribute.int(heads) }
    build.output(build.own('MultiHeadAttention', [...inputs, bias, masks], attributes)[0] as Value)
    const feeds = { q: floats([2, 5, width]), k: floats(rows, 2), v: floats(rows, 3) }
    const kernels = await expectNative(build, hasMask ? { ...feeds, mask } : feeds, 1e-5)
    expect(kernels).toContain('attention')
  })

  test.each([
    ['earlier tokens', 3, true, false],
    ['earlier tokens, with a mask', 3, false, true],
    ['no earlier tokens, whose keys are asked for', undefined, true, false],
  ])('MultiHeadAttention of %s', async (_, past, hasBias, hasMask) => {
    const build = new MicrosoftBuilder()
    const tokens = [2, 6 - (past ?? 0), width]
    const kept = [2, heads, past ?? 0, width / heads]
    const inputs = ['q', 'k', 'v'].map((name) => build.input(name, tokens))
    const bias = hasBias ? build.weight([3 * width]) : undefined
    const masks = hasMask ? build.input('mask', [2, 6], 'int32') : undefined
    const pasts = past ? ['pastK', 'pastV'].map((name) => build.input(name, kept)) : []
    const attributes = { num_heads: attribute.int(heads) }
    const all = [...inputs, bias, masks, undefined, ...pasts]
    for (const output of build.own('MultiHeadAttention', all, attributes, 3)) build.output(output)
    const feeds = {
      ...{ q: floats(tokens), k: floats(tokens, 2), v: floats(tokens, 3) },
      ...(past && { pastK: floats(kept, 4), pastV: floats(kept, 5) }),
      ...(hasMask && { mask }),
    }
    await expectNative(build, feeds, 1e-5)
  })

  test("MultiHeadAttention to an encoder's heads", async () => {
    const build = new MicrosoftBuilder()
    const keys = [2, heads, 7, width / heads]
    const inputs = [build.input('q', [2, 5, width]), build.input('k', keys), build.input('v', keys)]
    build.output(build.own('MultiHeadAttention', inputs, { num_heads: attribute.int(heads) })[0] as Value)
    await expectNative(build, { q: floats([2, 5, width]), k: floats(keys, 2), v: floats(keys, 3) }, 1e-5)
  })

  test('MultiHeadAttention whose values are wider, with a bias, is left to onnxruntime', async () => {
    const build = new MicrosoftBuilder()
    const [narrow, wide] = [
      [2, 6, 24],
      [2, 6, 48],
    ]
    const inputs = [build.input('q', narrow), build.input('k', narrow), build.input('v', wide)]
    const attributes = { num_heads: attribute.int(heads) }
    build.output(build.own('MultiHeadAttention', [...inputs, build.weight([96])], attributes)[0] as Value)
    const feeds = { q: floats(narrow), k: floats(narrow, 2), v: floats(wide, 3) }
    const run = await expectParity(build.model, feeds, 1e-5)
    expect(run.declined).toEqual([expect.stringMatching(/MultiHeadAttention/)])
  })

  test.each([true, false])('EmbedLayerNormalization, with segments and positions: %p', async (hasAll) => {
    const build = new MicrosoftBuilder()
    const integers = (most: number, seed: number) => ({
      type: 'int32' as const,
      dims: [2, 6],
      data: Int32Array.from(noise(12, seed), (each) => Math.floor(((each + 1) / 2) * most)),
    })
    const words = build.input('words', [2, 6], 'int32')
    const segments = hasAll ? build.input('segments', [2, 6], 'int32') : undefined
    const tables = [
      build.weight([20, width]),
      build.weight([9, width]),
      hasAll ? build.weight([2, width]) : undefined,
    ]
    const positions = hasAll ? build.input('positions', [2, 6], 'int32') : undefined
    const inputs = [
      words,
      segments,
      ...tables,
      build.weight([width]),
      build.weight([width]),
      undefined,
      positions,
    ]
    const [y, , sum] = build.own('EmbedLayerNormalization', inputs, { epsilon: attribute.float(1e-6) }, 3)
    build.output(y as Value).output(build.add('Relu', [sum]))
    const feeds = { words: integers(20, 2) }
    const rest = { segments: integers(2, 3), positions: integers(9, 4) }
    await expectNative(build, hasAll ? { ...feeds, ...rest } : feeds, 1e-5)
  })
})

describe('Einsum', () => {
  test.each([
    ['ij,jk->ik', [3, 4], [4, 5]],
    ['bsd,de->bse', [2, 3, 4], [4, 5]],
    ['bhid,bhjd->bhij', [2, 3, 4, 5], [2, 3, 6, 5]],
    ['bhij,bhjd->bihd', [2, 3, 4, 5], [2, 3, 5, 6]],
    ['bhwc,hkc->bhwk', [2, 3, 4, 5], [3, 6, 5]],
    ['bhwc,wkc->bhwk', [2, 3, 4, 5], [4, 6, 5]],
    ['abc,cd', [2, 3, 4], [4, 5]],
    ['bij,bkl->bikjl', [2, 3, 4], [2, 5, 6]],
    ['bijk,bjkl->bil', [2, 3, 4, 5], [2, 4, 5, 6]],
    ['i,j->ij', [3], [4]],
    ['i,i->', [5], [5]],
    ['bi,bi->b', [3, 4], [3, 4]],
    ['bi,bi->bi', [3, 4], [3, 4]],
    ['bij,kl->bil', [2, 3, 4], [5, 6]],
    ['n c , c -> c n', [3, 4], [4]],
  ])('%s', async (equation, left, right) => {
    const build = new MicrosoftBuilder()
    const inputs = [build.input('x', left), build.input('z', right)]
    build.output(build.add('Einsum', inputs, { equation: attribute.string(equation) }))
    await expectNative(build, { x: floats(left), z: floats(right, 2) }, 1e-5)
  })

  test.each([
    ['ijk->kij', [2, 3, 4]],
    ['ijk->ki', [2, 3, 4]],
    ['ij->', [3, 4]],
  ])('%s', async (equation, dims) => {
    const build = new MicrosoftBuilder()
    build.output(build.add('Einsum', [build.input('x', dims)], { equation: attribute.string(equation) }))
    await expectNative(build, { x: floats(dims) }, 1e-5)
  })

  test('a diagonal is left to onnxruntime', async () => {
    const build = new MicrosoftBuilder()
    build.output(build.add('Einsum', [build.input('x', [4, 4])], { equation: attribute.string('ii->i') }))
    const run = await expectParity(build.model, { x: floats([4, 4]) }, 1e-5)
    expect(run.declined).toEqual([expect.stringMatching(/Einsum/)])
  })
})

describe('files that onnxruntime has optimized and saved', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onnxpress-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  async function optimized(model: string | Uint8Array): Promise<string> {
    const path = join(folder, 'optimized.onnx')
    const session = await Runtime.create(model as string, {
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath: path,
      logSeverityLevel: 4,
    })
    await session.release()
    return path
  }

  const assets = join(__dirname, '..', '..', 'node_modules', '@gutenye', 'ocr-models', 'assets')

  test.each([
    ['ch_ppocr_mobile_v2.0_cls_infer.onnx', [1, 3, 48, 192], 'FusedConv'],
    ['ch_PP-OCRv4_rec_infer.onnx', [1, 3, 48, 120], 'QuickGelu'],
  ])('%s runs as a whole', async (file, dims, opType) => {
    const path = await optimized(join(assets, file))
    const model = await Model.open(path)
    expect([...model.graph].map((node) => node.qualifiedType)).toContain(`com.microsoft.${opType}`)
    const run = await expectParity(path, { x: floats(dims) }, 1e-4)
    expect(run.declined).toEqual([])
  })

  test('a quantized one has the kernels that it had before', async () => {
    const build = new MicrosoftBuilder()
    const pair = (x: Value, scale: number) => {
      const [by, zero] = [build.scale(scale), build.zero('uint8', 120)]
      return build.add('DequantizeLinear', [build.add('QuantizeLinear', [x, by, zero]), by, zero])
    }
    const layer = (x: Value, channels: number, kernel: number) => {
      const q = build.integers('int8', [8, channels, kernel, kernel])
      const scales = build.scale(...Array.from({ length: 8 }, (_, at) => 0.01 + at / 1000))
      const w = build.add('DequantizeLinear', [q, scales], { axis: attribute.int(0) })
      const pads = { pads: attribute.ints(new Array(4).fill((kernel - 1) / 2)) }
      return pair(build.add('Relu', [build.add('Conv', [x, w], pads)]), 0.03)
    }
    const first = layer(pair(build.input('x', [1, 3, 12, 12]), 0.01), 3, 3)
    const sum = pair(build.add('Add', [layer(first, 8, 1), first]), 0.05)
    const pooled = build.add('MaxPool', [sum], {
      kernel_shape: attribute.ints([2, 2]),
      strides: attribute.ints([2, 2]),
    })
    build.output(pair(build.add('GlobalAveragePool', [pair(pooled, 0.05)]), 0.05))
    const feeds = { x: floats([1, 3, 12, 12]) }
    const before = await expectParity(build.model, feeds, 0)
    const after = await expectParity(await optimized(encodeModel(build.model)), feeds, 0)
    expect(after.declined).toEqual([])
    expect(after.kernels).toEqual(before.kernels)
  })
})
