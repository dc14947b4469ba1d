/** Products: batches, operands that lie transposed, and weights of 8 bits whose activations are quantized at run time. */
import { transposed } from '../../src/engine/operators/transpose'
import { Fact } from '../../src/engine/plan/fact'
import { Lowering } from '../../src/engine/plan/lowering'
import { Slot } from '../../src/engine/plan/slot'
import { attribute, Tensor, type Value } from '../../src/ir'
import { closeRuntime } from '../../src/runtime'
import { LARGEST_WEIGHT } from '../support/saturation'
import { expectParity, floats, ModelBuilder, noise } from './support'

afterAll(closeRuntime)

const perm = (...axes: number[]) => ({ perm: attribute.ints(axes) })

describe('operands that were transposed are read as they lie', () => {
  test('queries, keys and values of attention', async () => {
    const build = new ModelBuilder()
    const heads = (name: string, ...axes: number[]) =>
      build.add('Transpose', [build.input(name, [2, 7, 3, 5])], perm(...axes))
    const scores = build.add('MatMul', [heads('q', 0, 2, 1, 3), heads('k', 0, 2, 3, 1)])
    const context = build.add('MatMul', [build.add('Softmax', [scores]), heads('v', 0, 2, 1, 3)])
    build.output(build.add('Transpose', [context], perm(0, 2, 1, 3)))
    const feeds = { q: floats([2, 7, 3, 5], 1), k: floats([2, 7, 3, 5], 2), v: floats([2, 7, 3, 5], 3) }
    const run = await expectParity(build.model, feeds, 1e-5)
    // Batch and head are apart by different steps, which a product does not take: those are copied.
    expect(run.kernels.filter((kernel) => kernel === 'copy').length).toBeLessThanOrEqual(4)
  })

  test('of one sequence without any copy', async () => {
    const build = new ModelBuilder()
    const heads = (name: string, ...axes: number[]) =>
      build.add('Transpose', [build.input(name, [1, 7, 3, 5])], perm(...axes))
    const scores = build.add('MatMul', [heads('q', 0, 2, 1, 3), heads('k', 0, 2, 3, 1)])
    const context = build.add('MatMul', [build.add('Softmax', [scores]), heads('v', 0, 2, 1, 3)])
    build.output(build.add('Transpose', [context], perm(0, 2, 1, 3)))
    const feeds = { q: floats([1, 7, 3, 5], 1), k: floats([1, 7, 3, 5], 2), v: floats([1, 7, 3, 5], 3) }
    const run = await expectParity(build.model, feeds, 1e-5)
    expect(run.kernels).toEqual(['attention'])
  })

  test.each([
    ['one sequence, as many keys as queries', [1, 7, 3, 5], [1, 7, 3, 5], [1, 1, 1, 7]],
    ['more queries than a block has', [2, 70, 1, 8], [2, 130, 1, 8], [2, 1, 70, 130]],
    ['a single query', [1, 1, 4, 16], [1, 300, 4, 16], [300]],
  ] as const)('masked scores and what they weigh in one step: %s', async (_name, query, key, masked) => {
    const build = new ModelBuilder()
    const heads = (name: string, shape: readonly number[], ...axes: number[]) =>
      build.add('Transpose', [build.input(name, [...shape])], perm(...axes))
    const scores = build.add('MatMul', [heads('q', query, 0, 2, 1, 3), heads('k', key, 0, 2, 3, 1)])
    const scaled = build.add('Div', [scores, build.constant(Tensor.float32([2], []))])
    const weights = build.add('Softmax', [build.add('Add', [scaled, build.input('mask', [...masked])])])
    build.output(build.add('MatMul', [weights, heads('v', key, 0, 2, 1, 3)]))
    const feeds = {
      q: floats([...query], 1),
      k: floats([...key], 2),
      v: floats([...key], 3),
      mask: floats([...masked], 4),
    }
    const run = await expectParity(build.model, feeds, 1e-5)
    expect(run.kernels.filter((kernel) => kernel !== 'copy')).toEqual(['attention'])
  })

  test.each([
    ['rows of several sequences', [2, 3, 130]],
    ['rows', [5, 130]],
    ['a vector', [130]],
  ])('large weights, by %s', async (_, dims) => {
    const build = new ModelBuilder()
    const turned = build.add('Transpose', [build.weight([170, 130])], perm(1, 0))
    build.output(build.add('MatMul', [build.input('x', dims), turned]))
    const run = await expectParity(build.model, { x: floats(dims) }, 1e-5)
    expect(run.kernels).toHaveLength(1)
    expect(run.kernels).not.toContain('copy')
  })

  test('large weights that others read in a row', async () => {
    const build = new ModelBuilder()
    const turned = build.add('Transpose', [build.weight([170, 130])], perm(1, 0))
    build.output(build.add('MatMul', [build.input('x', [5, 130]), turned]))
    build.output(build.add('Add', [build.input('y', [130, 170]), turned]))
    build.output(build.add('MatMul', [turned, build.input('z', [170, 4])]))
    build.output(turned)
    const feeds = { x: floats([5, 130]), y: floats([130, 170], 2), z: floats([170, 4], 3) }
    const run = await expectParity(build.model, feeds, 1e-5)
    // They are put in that order once, while the plan is made.
    expect(run.kernels).not.toContain('copy')
  })

  test('large weights of more axes, by more sequences than they have', () => {
    const build = new ModelBuilder()
    const [x, w] = [build.input('x', [3, 5, 20]), build.input('w', [1, 20, 30])]
    build.add('MatMul', [x, w])
    const plan = new Lowering()
    plan.define(x, Fact.at('float32', [3, 5, 20], Slot.input(0, 1200)))
    // As of weights that are too large to be turned beforehand.
    const weights = Fact.constant(Tensor.float32(noise(600), [1, 30, 20]))
    plan.define(w, transposed(plan, weights, [0, 2, 1]))
    plan.lowerAll(build.graph.nodes)
    const { tensor, parameters } = plan.steps[0]?.inputs[1]?.constant ?? {}
    expect(tensor).toBe(weights.constant)
    // One matrix of 30 columns and 20 rows, whose columns lie one behind the other.
    expect(parameters).toEqual([1, 30, 20, 20, 1, 0])
  })

  test('scores that others read too are kept', async () => {
    const build = new ModelBuilder()
    const scores = build.add('MatMul', [build.input('q', [2, 6, 4]), build.input('k', [2, 4, 5])])
    const masked = build.add('Softmax', [build.add('Add', [scores, build.input('mask', [5])])])
    build.output(build.add('MatMul', [masked, build.input('v', [2, 5, 3])])).output(masked)
    const feeds = {
      q: floats([2, 6, 4], 1),
      k: floats([2, 4, 5], 2),
      v: floats([2, 5, 3], 3),
      mask: floats([5], 4),
    }
    const run = await expectParity(build.model, feeds, 1e-5)
    expect(run.kernels).not.toContain('attention')
  })

  test.each([
    ['divided', 'Div', [[], 8], [2, 1, 1, 5]],
    ['multiplied', 'Mul', [[1], 0.125], [1, 3, 5, 5]],
    ['divided', 'Div', [[], 8], [5]],
    ['neither', undefined, undefined, [2, 1, 5, 5]],
    ['divided', 'Div', [[], 8], undefined],
  ] as const)(
    'scores that are %s by a number are masked in the softmax',
    async (_name, operator, number, shape) => {
      const build = new ModelBuilder()
      const x = build.input('x', [2, 3, 5, 5])
      const scaled = operator
        ? build.add(operator, [x, build.constant(Tensor.float32([number[1]], number[0]))])
        : x
      const sum = shape ? build.add('Add', [scaled, build.input('mask', shape)]) : scaled
      build.output(build.add('Softmax', [sum]))
      const mask = shape && floats(shape, 2)
      const run = await expectParity(build.model, { x: floats([2, 3, 5, 5], 1), ...(mask && { mask }) }, 1e-5)
      expect(run.kernels).toEqual(['maskedSoftmax'])
    },
  )

  test('what is no mask of a softmax along the last axis is computed as it stands', async () => {
    const build = new ModelBuilder()
    const x = build.input('x', [3, 5, 4])
    const turned = build.add('Softmax', [build.add('Add', [x, build.weight([4])])], {
      axis: attribute.int(1),
    })
    const columns = build.add('Softmax', [build.add('Add', [x, build.weight([5, 1])])])
    const wider = build.add('Softmax', [build.add('Add', [x, build.weight([2, 1, 1, 4])])])
    build.output(turned).output(columns).output(wider)
    const run = await expectParity(build.model, { x: floats([3, 5, 4]) }, 1e-5)
    expect(run.kernels).not.toContain('maskedSoftmax')
  })

  test('of a mask that is scaled itself only the addition goes into the softmax', async () => {
    const build = new ModelBuilder()
    const factor = build.constant(Tensor.float32([-3], []))
    const mask = build.add('Mul', [build.input('mask', [4]), factor])
    build.output(build.add('Softmax', [build.add('Add', [build.input('x', [3, 5, 4]), mask])]))
    const run = await expectParity(build.model, { x: floats([3, 5, 4], 1), mask: floats([4], 2) }, 1e-5)
    expect(run.kernels).toEqual(['binary.mul', 'maskedSoftmax'])
  })

  test('a matrix times itself, transposed', async () => {
    const build = new ModelBuilder()
    const x = build.input('x', [4, 6])
    build.output(build.add('MatMul', [build.add('Transpose', [x]), x]))
    const run = await expectParity(build.model, { x: floats([4, 6]) }, 1e-5)
    expect(run.kernels).toEqual(['matmul'])
  })

  test('what reads the elements one by one gets them in order', async () => {
    const build = new ModelBuilder()
    const y = build.add('Transpose', [build.input('x', [4, 6])])
    build.output(build.add('MatMul', [y, build.weight([4, 3])])).output(build.add('Exp', [y]))
    build.output(y)
    await expectParity(build.model, { x: floats([4, 6]) }, 1e-5)
  })
})

test.each([
  [
    [3, 4, 5],
    [5, 6],
  ],
  [
    [4, 5],
    [2, 5, 6],
  ],
  [
    [2, 1, 4, 5],
    [3, 5, 6],
  ],
  [[5], [5, 6]],
  [[2, 4, 5], [5]],
  [[5], [5]],
  [
    [0, 4, 5],
    [5, 6],
  ],
])('MatMul of %p by %p', async (a, b) => {
  const build = new ModelBuilder()
  build.output(build.add('MatMul', [build.input('a', a), build.input('b', b)]))
  await expectParity(build.model, { a: floats(a, 1), b: floats(b, 2) }, 1e-5)
})

describe('Gemm with factors', () => {
  const factors = { alpha: attribute.float(0.7), beta: attribute.float(-1.5) }

  test.each([
    ['constant weights and a row', [7]],
    ['constant weights and a matrix', [3, 7]],
    ['constant weights and a column', [3, 1]],
  ] as const)('%s', async (_, shape) => {
    const build = new ModelBuilder()
    const inputs = [build.input('x', [3, 5]), build.weight([7, 5]), build.weight(shape)]
    build.output(build.add('Gemm', inputs, { ...factors, transB: attribute.int(1) }))
    const run = await expectParity(build.model, { x: floats([3, 5]) }, 1e-5)
    expect(run.declined).toEqual([])
  })

  test('a constant on the left, and one that others read too', async () => {
    const build = new ModelBuilder()
    const c = build.input('c', [3, 7])
    build.output(build.add('Gemm', [build.weight([3, 5]), build.input('x', [5, 7]), c], factors))
    build.output(build.add('Exp', [c]))
    const run = await expectParity(build.model, { x: floats([5, 7]), c: floats([3, 7], 2) }, 1e-5)
    expect(run.declined).toEqual([])
  })

  test('no constants', async () => {
    const build = new ModelBuilder()
    const inputs = [build.input('a', [5, 3]), build.input('b', [5, 7]), build.input('c', [1])]
    build.output(build.add('Gemm', inputs, { ...factors, transA: attribute.int(1) }))
    const run = await expectParity(
      build.model,
      { a: floats([5, 3]), b: floats([5, 7], 2), c: floats([1], 3) },
      1e-5,
    )
    expect(run.declined).toEqual([])
  })
})

describe('products whose activations are quantized at run time', () => {
  /** As quantizers write it; the bias and what follows are optional. */
  function dynamicProduct(
    build: ModelBuilder,
    x: Value,
    weights: Tensor,
    zero: number | undefined,
    perChannel: boolean,
  ): Value {
    const columns = weights.shape[1] ?? 1
    const scales = Array.from({ length: perChannel ? columns : 1 }, (_, channel) => 0.01 + channel / 1000)
    const scale = build.constant(Tensor.float32(scales, perChannel ? [columns] : []))
    const node = build.graph.add('DynamicQuantizeLinear', [x], { outputs: 3 })
    const [q, xScale, xZero] = node.outputs as [Value, Value, Value]
    const element = weights.dataType === 'int8' ? Int8Array.of(zero ?? 0) : Uint8Array.of(zero ?? 0)
    const weightZero =
      zero === undefined ? undefined : build.constant(Tensor.from(weights.dataType, [], element))
    const sums = build.add('MatMulInteger', [q, build.constant(weights), xZero, weightZero])
    const cast = build.add('Cast', [sums], { to: attribute.int(1) })
    return build.add('Mul', [cast, build.add('Mul', [xScale, scale])])
  }

  const integers = (dataType: 'int8' | 'uint8', middle: number) => {
    const numbers = noise(10 * 12, 3).map((each) => Math.round(each * Math.min(LARGEST_WEIGHT, 100)) + middle)
    return Tensor.from(
      dataType,
      [10, 12],
      dataType === 'int8' ? Int8Array.from(numbers) : Uint8Array.from(numbers),
    )
  }

  test.each([
    ['int8', 0, undefined, true],
    ['int8', 0, 0, false],
    ['uint8', 128, 128, false],
  ] as const)('%s weights, zero point %p', async (dataType, middle, zero, perChannel) => {
    const build = new ModelBuilder()
    const x = build.input('x', [3, 4, 10])
    const product = dynamicProduct(build, x, integers(dataType, middle), zero, perChannel)
    build.output(build.add('Gelu', [build.add('Add', [product, build.weight([12])])]))
    const run = await expectParity(build.model, { x: floats([3, 4, 10]) }, 1e-4)
    expect(run.declined).toEqual([])
    expect(run.kernels.filter((kernel) => !kernel.startsWith('binary.mul'))).toEqual([
      'dynamicQuantize',
      'dynamicMatmul',
    ])
  })

  /** The convolution of the same, as onnxruntime's quantizer writes it; weights are `[outputs, inputs, …kernel]`. */
  function dynamicConv(
    build: ModelBuilder,
    x: Value,
    shape: readonly number[],
    attributes: object,
    byChannel: boolean,
  ) {
    const [outputs = 1, , ...kernel] = shape
    const size = shape.reduce((all, each) => all * each, 1)
    const numbers = noise(size, 4).map((each) => Math.round(each * Math.min(LARGEST_WEIGHT, 100)) + 128)
    const q = build.constant(Tensor.from('uint8', shape, Uint8Array.from(numbers)))
    const zero = build.constant(Tensor.from('uint8', [], Uint8Array.of(128)))
    const node = build.graph.add('DynamicQuantizeLinear', [x], { outputs: 3 })
    const [bytes, xScale, xZero] = node.outputs as [Value, Value, Value]
    const scales = Array.from({ length: byChannel ? outputs : 1 }, (_, channel) => 0.01 + channel / 1000)
    const scaleShape = byChannel ? [1, outputs, ...kernel.map(() => 1)] : []
    const scale = build.constant(Tensor.float32(scales, scaleShape))
    const sums = build.add('ConvInteger', [bytes, q, xZero, zero], attributes)
    const cast = build.add('Cast', [sums], { to: attribute.int(1) })
    return build.add('Mul', [cast, build.add('Mul', [xScale, scale])])
  }

  test.each([
    ['padding', [2, 5, 9, 8], [6, 5, 3, 3], { pads: attribute.ints([1, 1, 1, 1]) }, false],
    ['strides', [1, 3, 16, 16], [7, 3, 4, 4], { strides: attribute.ints([4, 4]) }, true],
    ['groups', [1, 8, 7, 7], [6, 4, 3, 3], { group: attribute.int(2) }, true],
    ['one axis', [1, 6, 30], [5, 6, 3], { pads: attribute.ints([1, 1]) }, false],
  ] as const)(
    'ConvInteger with %s, a bias and Relu is one step',
    async (_, dims, shape, attributes, byChannel) => {
      const build = new ModelBuilder()
      const product = dynamicConv(build, build.input('x', dims), shape, attributes, byChannel)
      const bias = build.weight([1, shape[0], ...shape.slice(2).map(() => 1)])
      build.output(build.add('Relu', [build.add('Add', [product, bias])]))
      const run = await expectParity(build.model, { x: floats(dims) }, 1e-5)
      expect(run.declined).toEqual([])
      expect(run.kernels.filter((kernel) => !/^(binary.mul|c4)/.test(kernel))).toEqual([
        'dynamicQuantize',
        'dynamicConv',
      ])
    },
  )

  test.each([
    ['ConvInteger', [1, 5, 9, 8], [6, 5, 3, 3], [1, 6, 1, 1], 'dynamicConv'],
    ['MatMulInteger', [7, 20], [20, 12], [12], 'dynamicMatmul'],
  ] as const)(
    '%s to whose sums a bias of whole numbers is added, as older quantizers write it',
    async (opType, dims, shape, channels, kernel) => {
      const build = new ModelBuilder()
      const size = shape.reduce((all, each) => all * each, 1)
      const q = Int8Array.from(noise(size, 4).map((each) => Math.round(each * Math.min(LARGEST_WEIGHT, 100))))
      const x = build.graph.add('DynamicQuantizeLinear', [build.input('x', dims)], { outputs: 3 })
      const [bytes, xScale, xZero] = x.outputs as [Value, Value, Value]
      const scale = build.add('Mul', [xScale, build.constant(Tensor.float32([0.01]))])
      const bias = build.weight([Math.max(...channels)], 40)
      const whole = build.add('Cast', [build.add('Floor', [build.add('Div', [bias, scale])])], {
        to: attribute.int(6),
      })
      const sums = build.add(opType, [bytes, build.constant(Tensor.from('int8', shape, q)), xZero])
      const placed = build.add('Reshape', [whole, build.constant(Tensor.int64([...channels]))])
      const cast = build.add('Cast', [build.add('Add', [sums, placed])], { to: attribute.int(1) })
      build.output(build.add('Relu', [build.add('Mul', [cast, scale])]))
      const run = await expectParity(build.model, { x: floats(dims) }, 1e-6)
      expect(run.declined).toEqual([])
      expect(run.kernels.at(-1)).toBe(kernel)
    },
  )

  test('whole numbers that are added along another axis leave a ConvInteger to onnxruntime', async () => {
    const build = new ModelBuilder()
    const q = Int8Array.from(noise(32, 4).map((each) => Math.round(each * 60)))
    const x = build.graph.add('DynamicQuantizeLinear', [build.input('x', [1, 4, 6, 8])], { outputs: 3 })
    const [bytes, scale, zero] = x.outputs as [Value, Value, Value]
    const sums = build.add('ConvInteger', [bytes, build.constant(Tensor.from('int8', [8, 4, 1, 1], q)), zero])
    const addend = build.constant(
      Tensor.from(
        'int32',
        [8],
        Int32Array.from({ length: 8 }, (_, at) => at * 99),
      ),
    )
    const cast = build.add('Cast', [build.add('Add', [sums, addend])], { to: attribute.int(1) })
    build.output(build.add('Mul', [cast, scale]))
    const run = await expectParity(build.model, { x: floats([1, 4, 6, 8]) }, 1e-6)
    expect(run.declined).toHaveLength(1)
  })

  test('ConvInteger by depth', async () => {
    const build = new ModelBuilder()
    const attributes = { group: attribute.int(6), pads: attribute.ints([1, 1, 1, 1]) }
    build.output(dynamicConv(build, build.input('x', [1, 6, 9, 9]), [6, 1, 3, 3], attributes, false))
    const run = await expectParity(build.model, { x: floats([1, 6, 9, 9]) }, 1e-5)
    expect(run.declined).toEqual([])
    expect(run.kernels.join()).toMatch(/depthwise|conv/)
  })

  test('what is added to a ConvInteger along another axis stays a sum of its own', async () => {
    const build = new ModelBuilder()
    const product = dynamicConv(build, build.input('x', [1, 4, 6, 8]), [8, 4, 1, 1], {}, false)
    build.output(build.add('Add', [product, build.weight([8])]))
    const run = await expectParity(build.model, { x: floats([1, 4, 6, 8]) }, 1e-5)
    expect(run.declined).toEqual([])
    expect(run.kernels.at(-1)).toBe('binary.add')
  })
})
