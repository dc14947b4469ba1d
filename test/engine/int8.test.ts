/** Groups of QuantizeLinear and DequantizeLinear against onnxruntime's integer kernels. */
import { attribute, type Model, Tensor, type Value } from '../../src/ir'
import { closeRuntime } from '../../src/runtime'
import { LARGEST_WEIGHT } from '../support/saturation'
import { expectParity, floats, ModelBuilder, noise, runEngine, runRuntime } from './support'

afterAll(closeRuntime)

interface Scheme {
  readonly name: string
  readonly dataType: 'uint8' | 'int8'
  readonly zeroPoint: number
}

const SCHEMES: readonly Scheme[] = [
  { name: 'uint8', dataType: 'uint8', zeroPoint: 117 },
  { name: 'int8', dataType: 'int8', zeroPoint: -11 },
]

const WEIGHT_SCALE = 0.01

/** Builds graphs in which every value is quantized, as quantizers write them. */
class QuantizedBuilder extends ModelBuilder {
  constructor(private readonly scheme: Scheme) {
    super()
  }

  zero(value = this.scheme.zeroPoint): Value {
    const { dataType } = this.scheme
    const element = dataType === 'uint8' ? Uint8Array.of(value) : Int8Array.of(value)
    return this.constant(Tensor.from(dataType, [], element), 'zero')
  }

  /** QuantizeLinear and DequantizeLinear. */
  pair(x: Value, scale: number, zeroPoint?: number): Value {
    const q = this.add('QuantizeLinear', [x, this.constant(Tensor.float32([scale])), this.zero(zeroPoint)])
    return this.add('DequantizeLinear', [q, this.constant(Tensor.float32([scale])), this.zero(zeroPoint)])
  }

  /** Constant int8 weights with a scale for each index of `axis`. */
  integers(shape: readonly number[], axis: number): Value {
    const numbers = noise(
      shape.reduce((all, size) => all * size, 1),
      shape.length * 7 + axis,
    )
    const q = this.constant(
      Tensor.from(
        'int8',
        shape,
        Int8Array.from(numbers, (each) => Math.round(each * LARGEST_WEIGHT)),
      ),
    )
    const scales = Array.from({ length: shape[axis] ?? 1 }, (_, channel) => WEIGHT_SCALE * (1 + channel / 8))
    return this.add('DequantizeLinear', [q, this.constant(Tensor.float32(scales, [scales.length]))], {
      axis: attribute.int(axis),
    })
  }

  /** A bias in units of the product's. */
  bias(channels: number, xScale: number): Value {
    const q = Int32Array.from(noise(channels, 5), (each) => Math.round(each * 2000))
    const scales = Array.from({ length: channels }, (_, channel) => xScale * WEIGHT_SCALE * (1 + channel / 8))
    const scale = this.constant(Tensor.float32(scales, [channels]))
    return this.add('DequantizeLinear', [this.constant(Tensor.from('int32', [channels], q)), scale], {
      axis: attribute.int(0),
    })
  }

  numbers(of: Iterable<number>, shape: readonly number[] = []): Value {
    return this.constant(Tensor.float32(of, shape))
  }

  conv(
    x: Value,
    shape: readonly number[],
    xScale: number,
    options: { group?: number; pads?: number; stride?: number } = {},
  ): Value {
    const { group = 1, pads = 0, stride = 1 } = options
    return this.add('Conv', [x, this.integers(shape, 0), this.bias(shape[0] ?? 1, xScale)], {
      group: attribute.int(group),
      pads: attribute.ints([pads, pads, pads, pads]),
      strides: attribute.ints([stride, stride]),
    })
  }
}

/** The results differ by no more than `steps` of a scale, and onnxruntime ran integers too. */
async function expectSteps(model: Model, feeds: Parameters<typeof runEngine>[1], scale: number, steps = 1) {
  const expected = Object.values(await runRuntime(model, feeds))
  const run = await runEngine(model, feeds)
  for (const [index, actual] of Object.values(run.results).entries()) {
    const want = expected[index]
    expect(`${actual.dims}`).toBe(`${want?.dims}`)
    const [x, y] = [want?.data, actual.data] as [Float32Array, Float32Array]
    const most = x.reduce((worst, each, at) => Math.max(worst, Math.abs(each - (y[at] as number))), 0)
    expect(most).toBeLessThanOrEqual(steps * scale * 1.0001)
    expect(new Set(x).size).toBeGreaterThan(5)
  }
  expect(run.declined).toEqual([])
  return run.kernels
}

describe.each(SCHEMES)('values of $name', (scheme) => {
  const feeds = { x: floats([2, 5, 9, 11]) }
  const start = () => {
    const build = new QuantizedBuilder(scheme)
    return { build, x: build.pair(build.input('x', [2, 5, 9, 11]), 1 / 127) }
  }

  test('Conv, with padding and stride', async () => {
    const { build, x } = start()
    build.output(build.pair(build.conv(x, [6, 5, 3, 3], 1 / 127, { pads: 1, stride: 2 }), 0.05))
    const kernels = await expectSteps(build.model, feeds, 0.05)
    expect(kernels).toEqual(['c4.quantize', 'qconv.c4', 'c4.dequantize'])
  })

  test('Conv without a quantized result gives floats', async () => {
    const { build, x } = start()
    build.output(build.add('Tanh', [build.conv(x, [6, 5, 3, 3], 1 / 127)]))
    expect(await expectSteps(build.model, feeds, 1e-5)).toEqual(['c4.quantize', 'qconv.f32'])
  })

  test('Conv by depth, and in groups', async () => {
    const { build, x } = start()
    const wide = build.pair(build.conv(x, [16, 5, 1, 1], 1 / 127), 0.05)
    const deep = build.pair(build.conv(wide, [16, 1, 3, 3], 0.05, { group: 16, pads: 1 }), 0.2)
    build.output(build.pair(build.conv(deep, [8, 8, 3, 3], 0.2, { group: 2, pads: 1 }), 1))
    const kernels = await expectSteps(build.model, feeds, 1)
    expect(kernels).toEqual(['c4.quantize', 'qconv.c4', 'qdepthwise', 'qconv.c4', 'c4.dequantize'])
  })

  test('Relu and Clip in front of a quantization are its bounds', async () => {
    const { build, x } = start()
    const relu = build.pair(build.add('Relu', [build.conv(x, [8, 5, 3, 3], 1 / 127)]), 0.04)
    const bound = (value: number) => build.constant(Tensor.float32([value]))
    const clip = build.add('Clip', [build.conv(relu, [8, 8, 1, 1], 0.04), bound(-1), bound(2)])
    build.output(build.pair(clip, 0.03))
    const kernels = await expectSteps(build.model, feeds, 0.03)
    expect(kernels).toEqual(['c4.quantize', 'qconv.c4', 'qconv.c4', 'c4.dequantize'])
  })

  test('a residual is added as the result is stored', async () => {
    const { build, x } = start()
    const first = build.pair(build.conv(x, [8, 5, 1, 1], 1 / 127), 0.06)
    const second = build.pair(build.conv(first, [8, 8, 3, 3], 0.06, { pads: 1 }), 0.3)
    build.output(build.pair(build.add('Relu', [build.add('Add', [second, first])]), 0.2))
    const kernels = await expectSteps(build.model, feeds, 0.2)
    expect(kernels).toEqual(['c4.quantize', 'qconv.c4', 'qconv.c4', 'c4.dequantize'])
  })

  test('Add and Mul, of equal shapes and by channel', async () => {
    const { build, x } = start()
    const a = build.pair(build.conv(x, [8, 5, 1, 1], 1 / 127), 0.05)
    const b = build.pair(build.add('HardSigmoid', [a]), 0.01)
    const gate = build.pair(build.add('GlobalAveragePool', [b]), 0.01)
    const product = build.pair(build.add('Mul', [a, b]), 0.05)
    const scaled = build.pair(build.add('Mul', [gate, product]), 0.05)
    build.output(build.pair(build.add('Add', [scaled, a]), 0.06))
    await expectSteps(build.model, feeds, 0.06, 2)
  })

  test('MaxPool, AveragePool and Concat', async () => {
    const { build, x } = start()
    const window = {
      kernel_shape: attribute.ints([3, 3]),
      strides: attribute.ints([2, 2]),
      pads: attribute.ints([1, 1, 1, 1]),
    }
    const wide = build.pair(build.conv(x, [8, 5, 1, 1], 1 / 127), 0.05)
    const most = build.pair(build.add('MaxPool', [wide], window), 0.05)
    const mean = build.pair(build.add('AveragePool', [wide], window), 0.03)
    build.output(build.pair(build.add('Concat', [most, mean], { axis: attribute.int(1) }), 0.05))
    const kernels = await expectSteps(build.model, feeds, 0.05)
    expect(kernels.filter((kernel) => kernel === 'qpool.max')).toHaveLength(1)
  })

  test('Resize to the nearest moves bytes, of quantized values as of bytes themselves', async () => {
    const { build, x } = start()
    const resized = (value: Value, height: number, width: number) =>
      build.add('Resize', [value, undefined, build.constant(Tensor.float32([1, 1, height, width], [4]))], {
        mode: attribute.string('nearest'),
        coordinate_transformation_mode: attribute.string('asymmetric'),
        nearest_mode: attribute.string('floor'),
      })
    build.output(build.pair(resized(x, 2, 3), 1 / 127))
    const [zero, scale] = [build.zero(), build.constant(Tensor.float32([0.01]))]
    const bytes = resized(build.add('QuantizeLinear', [x, scale, zero]), 2, 0.5)
    build.output(build.add('DequantizeLinear', [bytes, scale, zero]))
    const kernels = await expectSteps(build.model, feeds, 0)
    expect(kernels.filter((kernel) => kernel === 'interpolate')).toEqual([])
    expect(kernels.filter((kernel) => kernel === 'gather')).toHaveLength(4)
  })

  test('MaxPool of bytes themselves', async () => {
    const { build, x } = start()
    const [zero, scale] = [build.zero(), build.constant(Tensor.float32([0.01]))]
    const window = { kernel_shape: attribute.ints([3, 3]), strides: attribute.ints([2, 1]) }
    const bytes = build.add('MaxPool', [build.add('QuantizeLinear', [x, scale, zero])], {
      ...window,
      pads: attribute.ints([1, 0, 1, 1]),
    })
    build.output(build.add('DequantizeLinear', [bytes, scale, zero]))
    expect(await expectSteps(build.model, feeds, 0)).toContain('qpool.max')
  })

  test('functions of one value are tables', async () => {
    const { build, x } = start()
    const y = build.pair(build.conv(x, [8, 5, 1, 1], 1 / 127), 0.05)
    build.output(build.pair(build.add('Sigmoid', [y]), 1 / 255, scheme.dataType === 'uint8' ? 0 : -128))
    const kernels = await expectSteps(build.model, feeds, 1 / 255)
    expect(kernels).not.toContain('unary.sigmoid')
  })

  test.each<[string, (build: QuantizedBuilder, x: Value) => Value]>([
    ['x + 0.3', (build, x) => build.add('Add', [x, build.numbers([0.3], [1])])],
    ['0.3 - x', (build, x) => build.add('Sub', [build.numbers([0.3]), x])],
    ['x / 1.7', (build, x) => build.add('Div', [x, build.numbers([1.7], [1, 1])])],
    ['min(x, 0.4)', (build, x) => build.add('Min', [x, build.numbers([0.4])])],
    ['relu(0.9 x)', (build, x) => build.add('Relu', [build.add('Mul', [x, build.numbers([0.9])])])],
    [
      '0.7 x - 0.1',
      (build, x) => build.add('Add', [build.add('Mul', [build.numbers([0.7]), x]), build.numbers([-0.1])]),
    ],
  ])('%s is a table', async (_, of) => {
    const { build, x } = start()
    build.output(build.pair(of(build, x), 0.011))
    const kernels = await expectSteps(build.model, feeds, 0.011)
    expect(kernels).toEqual(['quantize', 'table', 'dequantize'])
  })

  test.each([
    ['one number a channel', [5, 1, 1]],
    ['a number of more axes', [1, 1, 1, 1, 1]],
  ])('%s is added in floats', async (_, shape) => {
    const { build, x } = start()
    const y = build.add('Add', [
      x,
      build.numbers(
        noise(
          shape.reduce((a, b) => a * b, 1),
          3,
        ),
        shape,
      ),
    ])
    build.output(build.pair(y, 0.011))
    expect(await expectSteps(build.model, feeds, 0.011)).toContain('binary.add')
  })

  test('MatMul and Gemm, to 8 bits and to floats, and what moves values between them', async () => {
    const build = new QuantizedBuilder(scheme)
    const x = build.pair(build.input('x', [2, 6, 10]), 1 / 127)
    const y = build.pair(build.add('MatMul', [x, build.integers([10, 12], 1)]), 0.05)
    const turned = build.pair(build.add('Transpose', [y], { perm: attribute.ints([0, 2, 1]) }), 0.05)
    const flat = build.pair(build.add('Reshape', [turned, build.constant(Tensor.int64([12, 12]))]), 0.05)
    build.output(
      build.add('Gemm', [flat, build.integers([7, 12], 0), build.bias(7, 0.05)], {
        transB: attribute.int(1),
      }),
    )
    const kernels = await expectSteps(build.model, { x: floats([2, 6, 10]) }, 0.05)
    expect(kernels).toContain('qmatmul.rows')
    expect(kernels).toContain('qmatmul.f32')
    expect(kernels.filter((kernel) => /^(de)?quantize/.test(kernel))).toEqual(['quantize'])
  })
})

// 52² · 0.025² / 0.02 is 84.5: which way it falls hangs on when the zero point is added.
test.each([
  ['Mul', 0.025, 0.02],
  ['Mul', 0.05, 0.02],
  ['Add', 0.05, 0.04],
  ['Add', 0.03, 0.04],
])(
  '%s of a value and itself, of scale %d to %d, falls at halves to where onnxruntime has it',
  async (...the) => {
    const [opType, scale, result] = the
    const build = new QuantizedBuilder({ name: 'uint8', dataType: 'uint8', zeroPoint: 128 })
    const x = build.pair(build.input('x', [256]), scale, 0)
    build.output(build.pair(build.add(opType, [x, x]), result))
    const data = Float32Array.from({ length: 256 }, (_, byte) => byte * scale)
    const { kernels } = await expectParity(build.model, { x: { type: 'float32', dims: [256], data } }, 1e-6)
    expect(kernels).toEqual(['quantize', 'table', 'dequantize'])
  },
)

// Which way a sum at a half falls hangs on which value is added first.
test.each([
  ['first', 0.03, 0.02],
  ['first', 0.04, 0.03],
  ['second', 0.03, 0.02],
  ['second', 0.04, 0.03],
] as const)(
  'the result of a Conv that is the %s value of an Add, %d and %d, is added as onnxruntime does',
  async (...the) => {
    const [place, scale, other] = the
    const build = new QuantizedBuilder({ name: 'uint8', dataType: 'uint8', zeroPoint: 113 })
    const x = build.pair(build.input('x', [1, 16, 24, 24]), 1 / 127)
    const values = [
      build.pair(build.conv(x, [16, 16, 1, 1], 1 / 127), scale),
      build.pair(build.input('y', [1, 16, 24, 24]), other),
    ]
    if (place === 'second') values.reverse()
    build.output(build.pair(build.add('Add', values), 0.06))
    const feeds = { x: floats([1, 16, 24, 24], 1), y: floats([1, 16, 24, 24], 2) }
    const { kernels } = await expectParity(build.model, feeds, 1e-6)
    expect(kernels).not.toContain('qbinary.add')
  },
)

test.each([
  ['Gelu', { Gelu: {} }],
  ['Tanh', { Tanh: {} }],
  ['nothing', {}],
])('a product in floats, with a bias, a residual and %s, is stored as 8 bits', async (_name, activation) => {
  const build = new QuantizedBuilder(SCHEMES[0] as (typeof SCHEMES)[number])
  const x = build.pair(build.input('x', [2, 40, 64]), 1 / 127)
  const bias = build.add('Add', [build.add('MatMul', [x, build.integers([64, 40], 1)]), build.weight([40])])
  const sum = build.add('Add', [bias, build.input('residual', [2, 40, 40])])
  const [operator] = Object.keys(activation)
  build.output(build.pair(operator ? build.add(operator, [sum]) : sum, 0.02))
  const feeds = { x: floats([2, 40, 64], 1), residual: floats([2, 40, 40], 2) }
  const kernels = await expectSteps(build.model, feeds, 0.02)
  expect(kernels).toEqual(['quantize', 'qmatmul.activated', 'dequantize'])
})

test('weights of uint8 with a zero point run as integers where they fit', async () => {
  const build = new ModelBuilder()
  const scalar = (value: number) => build.constant(Tensor.float32([value]))
  const zero = build.constant(Tensor.from('uint8', [], Uint8Array.of(128)))
  const pair = (x: Value, scale: number) =>
    build.add('DequantizeLinear', [
      build.add('QuantizeLinear', [x, scalar(scale), zero]),
      scalar(scale),
      zero,
    ])
  const q = Uint8Array.from(noise(8 * 4), (each) => Math.round(each * LARGEST_WEIGHT) + 128)
  const weights = build.add('DequantizeLinear', [
    build.constant(Tensor.from('uint8', [8, 4, 1, 1], q)),
    scalar(0.01),
    zero,
  ])
  build.output(pair(build.add('Conv', [pair(build.input('x', [1, 4, 5, 5]), 1 / 127), weights]), 0.02))
  const kernels = await expectSteps(build.model, { x: floats([1, 4, 5, 5]) }, 0.02)
  expect(kernels).toContain('qconv.c4')
})

test.each([
  [0.07725612819194794, 39],
  [0.06179346516728401, 49],
])(
  "of values of scale %p and zero point %p and a constant, sums at a half are onnxruntime's",
  async (scale, zero) => {
    const build = new ModelBuilder()
    const number = (value: number) => build.constant(Tensor.float32([value], []))
    const byte = (value: number) => build.constant(Tensor.from('uint8', [], Uint8Array.of(value)))
    const x = build.add('DequantizeLinear', [build.input('x', [1, 256], 'uint8'), number(scale), byte(zero)])
    const top = build.add('DequantizeLinear', [byte(255), number(0.0117647061124444), byte(0)])
    const sum = build.add('Add', [x, top])
    build.output(build.add('QuantizeLinear', [sum, number(0.0235294122248888), byte(0)]), 'uint8')
    const data = Uint8Array.from({ length: 256 }, (_, each) => each)
    const run = await expectParity(build.model, { x: { type: 'uint8', dims: [1, 256], data } }, 0)
    expect(run.kernels).toEqual(['table'])
  },
)

test('a quantized result that the caller wants as integers', async () => {
  const build = new ModelBuilder()
  const scale = build.constant(Tensor.float32([0.02]))
  const zero = build.constant(Tensor.from('int8', [], Int8Array.of(5)))
  const q = build.add('QuantizeLinear', [build.input('x', [3, 4]), scale, zero])
  build.output(q, 'int8').output(build.add('DequantizeLinear', [q, scale, zero]))
  const feeds = { x: floats([3, 4]) }
  expect(JSON.stringify((await runEngine(build.model, feeds)).results)).toBe(
    JSON.stringify(
      Object.fromEntries(
        Object.entries(await runRuntime(build.model, feeds)).map(([name, { type, data, dims }]) => [
          name,
          { type, data, dims, location: 'cpu' },
        ]),
      ),
    ),
  )
})
