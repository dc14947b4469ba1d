/** Weights of 4 or 8 bits beside floats: onnxruntime's MatMulNBits, and DequantizeLinear, held to what onnxruntime computes in floats. */
import { attribute, type DataType, Tensor, type Value } from '../../src/ir'
import { closeRuntime } from '../../src/runtime'
import { expectParity, floats, ModelBuilder, noise } from './support'

afterAll(closeRuntime)

const randomBytes = (length: number, seed: number) =>
  Uint8Array.from(noise(length, seed), (number) => Math.floor((number + 1) * 128) & 255)

/** onnxruntime would round the activations to 8 bits, too. */
const AS_WRITTEN = { graphOptimizationLevel: 'disabled' } as const

const scales = (shape: readonly number[]) =>
  Tensor.float32(
    noise(
      shape.reduce((all, size) => all * size, 1),
      21,
    ).map((number) => 0.01 + 0.005 * number),
    shape,
  )

interface Form {
  readonly rows: number
  readonly inputs: number
  readonly block: number
  readonly hasZeros: boolean
  readonly bits?: 4 | 8
}

function matMulNBits(build: ModelBuilder, x: Value, outputs: number, form: Form, bias?: Value): Value {
  const { inputs, block, hasZeros, bits = 4 } = form
  const blocks = Math.ceil(inputs / block)
  const q = randomBytes((outputs * blocks * block * bits) / 8, 22)
  const zeros = randomBytes(outputs * Math.ceil((blocks * bits) / 8), 23)
  build.model.opsetImports.set('com.microsoft', 1)
  const node = build.graph.add(
    'MatMulNBits',
    [
      x,
      build.constant(Tensor.from('uint8', [outputs, blocks, (block * bits) / 8], q)),
      build.constant(scales([outputs * blocks])),
      hasZeros ? build.constant(Tensor.from('uint8', [zeros.length], zeros)) : undefined,
      ...(bias ? [undefined, bias] : []),
    ],
    {
      domain: 'com.microsoft',
      attributes: {
        K: attribute.int(inputs),
        N: attribute.int(outputs),
        bits: attribute.int(bits),
        block_size: attribute.int(block),
      },
    },
  )
  return node.output() as Value
}

describe.each<Form>([
  { rows: 1, inputs: 96, block: 32, hasZeros: false },
  { rows: 1, inputs: 100, block: 16, hasZeros: true },
  { rows: 3, inputs: 200, block: 64, hasZeros: true },
  { rows: 4, inputs: 128, block: 128, hasZeros: false },
  { rows: 7, inputs: 96, block: 32, hasZeros: true },
  { rows: 70, inputs: 300, block: 256, hasZeros: false },
  { rows: 1, inputs: 96, block: 32, hasZeros: false, bits: 8 },
  { rows: 3, inputs: 100, block: 16, hasZeros: true, bits: 8 },
  { rows: 70, inputs: 300, block: 256, hasZeros: true, bits: 8 },
])('MatMulNBits %p', (form) => {
  const x = floats([form.rows, form.inputs], 5)

  test('alone', async () => {
    const build = new ModelBuilder()
    build.output(matMulNBits(build, build.input('x', [form.rows, form.inputs]), 53, form))
    const run = await expectParity(build.model, { x }, 1e-5)
    expect(run.declined).toEqual([])
    expect(run.kernels).toEqual(['narrowmatmul'])
  })

  test('with what follows', async () => {
    const build = new ModelBuilder()
    const product = matMulNBits(build, build.input('x', [form.rows, form.inputs]), 53, form)
    const sum = build.add('Add', [
      build.add('Add', [product, build.weight([53])]),
      build.input('r', [form.rows, 53]),
    ])
    build.output(build.add('Gelu', [sum]))
    const run = await expectParity(build.model, { x, r: floats([form.rows, 53], 6) }, 1e-5)
    expect(run.kernels).toEqual(['narrowmatmul'])
  })

  test('with a bias of its own', async () => {
    const build = new ModelBuilder()
    const input = build.input('x', [form.rows, form.inputs])
    build.output(matMulNBits(build, input, 53, form, build.weight([53])))
    const run = await expectParity(build.model, { x }, 1e-5)
    expect(run.kernels).toEqual(['narrowmatmul'])
  })
})

test.each<Form>([
  { rows: 1, inputs: 128, block: 32, hasZeros: true },
  { rows: 3, inputs: 100, block: 16, hasZeros: false },
  { rows: 50, inputs: 300, block: 128, hasZeros: true },
  { rows: 1, inputs: 128, block: 32, hasZeros: true, bits: 8 },
  { rows: 50, inputs: 100, block: 16, hasZeros: false, bits: 8 },
])('activations that may be rounded to 8 bits are, as by onnxruntime: %p', async (form) => {
  const build = new ModelBuilder()
  const y = matMulNBits(build, build.input('x', [form.rows, form.inputs]), 53, form, build.weight([53]))
  y.producer?.setAttribute('accuracy_level', attribute.int(4))
  build.output(build.add('Relu', [y]))
  const run = await expectParity(build.model, { x: floats([form.rows, form.inputs]) }, 1e-4)
  expect(run.kernels).toEqual(['narrowmatmul.int8'])
})

/** Any integers of a type, as tensors hold them. */
function integers(dataType: DataType, shape: readonly number[], seed: number): Tensor {
  const count = shape.reduce((all, size) => all * size, 1)
  const bytes = randomBytes(dataType.endsWith('4') ? Math.ceil(count / 2) : count, seed)
  return Tensor.from(dataType, shape, dataType === 'int8' ? new Int8Array(bytes.buffer) : bytes)
}

describe.each<DataType>(['int4', 'uint4', 'int8', 'uint8'])('DequantizeLinear of %s', (dataType) => {
  const [inputs, outputs, block] = [64, 30, 16]

  /** Weights in blocks along `axis`, or one scale an output. */
  function weights(
    build: ModelBuilder,
    shape: readonly number[],
    axis: number,
    hasZeros: boolean,
    size?: number,
  ) {
    const [first = 1, second = 1] = shape
    const along = (length: number, at: number) => (at === axis ? Math.ceil(length / (size ?? 1)) : length)
    const scaleShape = size ? [along(first, 0), along(second, 1)] : [shape[axis] ?? 1]
    const zeros = integers(dataType, scaleShape, 31)
    const q = integers(dataType, shape, 32)
    return build.add(
      'DequantizeLinear',
      [build.constant(q), build.constant(scales(scaleShape)), hasZeros ? build.constant(zeros) : undefined],
      { axis: attribute.int(axis), ...(size ? { block_size: attribute.int(size) } : {}) },
    )
  }

  test.each([
    ['blocks along the inputs', 0, block, true, 1, 'narrowmatmul'],
    ['blocks along the inputs, many rows', 0, block, false, 9, 'narrowmatmul'],
    ['a scale an output', 1, undefined, true, 2, 'narrowmatmul'],
    ['blocks along the outputs', 1, 15, true, 2, 'matmul'],
  ] as const)('%s', async (_, axis, size, hasZeros, rows, kernel) => {
    const build = new ModelBuilder()
    const w = weights(build, [inputs, outputs], axis, hasZeros, size)
    build.output(build.add('MatMul', [build.input('x', [rows, inputs]), w]))
    const run = await expectParity(build.model, { x: floats([rows, inputs]) }, 1e-5, undefined, AS_WRITTEN)
    expect(run.declined).toEqual([])
    expect(run.kernels.map((each) => each.replace('gemv', 'matmul'))).toEqual([kernel])
  })

  test('Gemm with transposed weights', async () => {
    const build = new ModelBuilder()
    const w = weights(build, [outputs, inputs], 1, true, block)
    const inputsOf = [build.input('x', [3, inputs]), w, build.weight([outputs])]
    build.output(build.add('Gemm', inputsOf, { transB: attribute.int(1) }))
    const run = await expectParity(build.model, { x: floats([3, inputs]) }, 1e-5, undefined, AS_WRITTEN)
    expect(run.kernels).toEqual(['narrowmatmul'])
  })
  test('one scale', async () => {
    const build = new ModelBuilder()
    const q = build.constant(integers(dataType, [inputs, outputs], 33))
    const w = build.add('DequantizeLinear', [q, build.constant(Tensor.float32([0.01], []))])
    build.output(build.add('MatMul', [build.input('x', [4, inputs]), w]))
    const run = await expectParity(build.model, { x: floats([4, inputs]) }, 1e-5, undefined, AS_WRITTEN)
    expect(run.kernels).toEqual(['narrowmatmul'])
  })
})

test('weights of 8 bits most of which are zero are left out as floats are', async () => {
  const build = new ModelBuilder()
  const numbers = Int8Array.from(noise(256 * 128, 7), (each, at) =>
    Math.floor(at / 128 / 4) % 5 ? 0 : each * 99,
  )
  const q = build.constant(Tensor.from('int8', [256, 128], numbers))
  const w = build.add('DequantizeLinear', [q, build.constant(Tensor.float32([0.01], []))])
  build.output(build.add('MatMul', [build.input('x', [64, 256]), w]))
  const run = await expectParity(build.model, { x: floats([64, 256]) }, 1e-5, undefined, AS_WRITTEN)
  expect(run.kernels).not.toContain('narrowmatmul')
})
