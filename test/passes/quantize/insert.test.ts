import { attribute, Graph, type Value } from '../../../src/ir'
import { check, countOf, LayerBuilder } from './support'

/** What float leftovers of fusions look like: none of these may stay between 8-bit layers. */
const FLOAT = ['Conv', 'FusedConv', 'Relu', 'Clip', 'HardSwish', 'HardSigmoid', 'DequantizeLinear']

function image(b: LayerBuilder, channels = 4, size: number | string = 8, name = 'x'): Value {
  return b.input(name, ['batch', channels, size, size])
}

describe('a convolution and what follows it', () => {
  test.each(['uint8', 'int8'] as const)('Conv + Relu, %s', async (activations) => {
    const b = new LayerBuilder()
    const y = b.node('Relu', [b.conv(image(b, 4, 'width'), [5, 4, 3, 3], { pads: 1, name: 'c' })], {}, 'y')
    b.output(y, ['batch', 5, 'width', 'width'])
    const { text, operations } = await check(b, { activations })
    expect(text).toMatchSnapshot()
    expect(operations).toEqual({ QuantizeLinear: 1, QLinearConv: 1, DequantizeLinear: 1 })
  })

  test('Conv + Clip(0, 6)', async () => {
    const b = new LayerBuilder()
    const h = b.conv(image(b), [5, 4, 1, 1], { name: 'c' })
    b.output(b.node('Clip', [h, b.weight(0), b.weight(6)], {}, 'y'))
    const { text, operations } = await check(b)
    expect(text).toMatchSnapshot()
    expect(operations.QLinearConv).toBe(1)
    expect(operations.Clip).toBeUndefined()
  })

  test('Conv + Clip(-1, 1) stays a Clip', async () => {
    const b = new LayerBuilder()
    const h = b.conv(image(b), [5, 4, 1, 1])
    b.output(b.conv(b.node('Clip', [h, b.weight(-1), b.weight(1)]), [3, 5, 1, 1], { name: 'y' }))
    const { operations, model } = await check(b)
    expect(operations.QLinearConv).toBe(2)
    expect(countOf(model, 'Clip')).toBe(1)
  })

  test('residual Add + Relu', async () => {
    const b = new LayerBuilder()
    const stem = b.node('Relu', [b.conv(image(b), [6, 4, 1, 1], { name: 'stem' })], {}, 'r')
    const branch = b.conv(stem, [6, 6, 3, 3], { pads: 1, name: 'branch' })
    const sum = b.node('Relu', [b.node('Add', [branch, stem], {}, 'sum')], {}, 's')
    b.output(b.conv(sum, [2, 6, 1, 1], { name: 'y' }))
    const { text, operations } = await check(b)
    expect(text).toMatchSnapshot()
    expect(operations).toMatchObject({ QLinearConv: 3, QLinearAdd: 1, QuantizeLinear: 1 })
    for (const each of FLOAT.slice(0, -1)) expect(operations[each]).toBeUndefined()
  })

  test.each(['uint8', 'int8'] as const)('HardSwish, %s', async (activations) => {
    const b = new LayerBuilder()
    const h = b.node('HardSwish', [b.conv(image(b), [6, 4, 3, 3], { name: 'c' })], {}, 'h')
    b.output(b.conv(h, [2, 6, 1, 1], { name: 'y' }))
    const { text, operations } = await check(b, { activations })
    expect(text).toMatchSnapshot()
    expect(operations).toMatchObject({ QLinearConv: 2, QLinearAdd: 1, QLinearMul: 1 })
  })

  test('swish', async () => {
    const b = new LayerBuilder()
    const h = b.conv(image(b), [6, 4, 3, 3], { name: 'c' })
    const swish = b.node('Mul', [h, b.node('Sigmoid', [h])], {}, 's')
    b.output(b.conv(swish, [2, 6, 1, 1], { name: 'y' }))
    const { text, operations } = await check(b)
    expect(text).toMatchSnapshot()
    expect(operations).toMatchObject({ QLinearConv: 2, QLinearMul: 1, QLinearSigmoid: 1 })
  })

  test('squeeze and excitation', async () => {
    const b = new LayerBuilder()
    const h = b.node('Relu', [b.conv(image(b), [8, 4, 3, 3], { name: 'c' })], {}, 'h')
    const pooled = b.node('GlobalAveragePool', [h], {}, 'pool')
    const squeezed = b.node('Relu', [b.conv(pooled, [4, 8, 1, 1], { name: 'down' })], {}, 'squeezed')
    const gate = b.node(
      'HardSigmoid',
      [b.conv(squeezed, [8, 4, 1, 1], { name: 'up' })],
      { alpha: attribute.float(1 / 6), beta: attribute.float(0.5) },
      'gate',
    )
    b.output(b.conv(b.node('Mul', [h, gate], {}, 'm'), [2, 8, 1, 1], { name: 'y' }))
    const { text, operations } = await check(b)
    expect(text).toMatchSnapshot()
    expect(operations).toMatchObject({ QLinearConv: 4, QLinearMul: 1, QLinearGlobalAveragePool: 1 })
    expect(operations.HardSigmoid).toBeUndefined()
  })

  test('a HardSigmoid of another slope is a gate too', async () => {
    const b = new LayerBuilder()
    const h = b.conv(image(b), [8, 4, 3, 3])
    const gate = b.node('HardSigmoid', [h])
    b.output(b.conv(gate, [2, 8, 1, 1], { name: 'y' }))
    const { model, operations } = await check(b)
    expect(countOf(model, 'HardSigmoid')).toBe(0)
    expect(operations).toMatchObject({ QLinearConv: 2, QLinearAdd: 1 })
  })

  test.each(['HardSigmoid', 'HardSwish'])('%s times a constant', async (opType) => {
    const b = new LayerBuilder()
    const attributes =
      opType === 'HardSigmoid' ? { alpha: attribute.float(1 / 6), beta: attribute.float(0.5) } : {}
    const h = b.node(opType, [b.conv(image(b), [8, 4, 3, 3])], attributes)
    const scaled = b.node('Mul', [h, b.weight(2.5)])
    b.output(b.conv(scaled, [2, 8, 1, 1], { name: 'y' }))
    expect((await check(b)).operations.QLinearConv).toBe(2)
  })

  test.each(['HardSigmoid', 'HardSwish', 'Sigmoid', 'LeakyRelu'])('%s + Relu', async (opType) => {
    const b = new LayerBuilder()
    const attributes =
      opType === 'HardSigmoid' ? { alpha: attribute.float(1 / 6), beta: attribute.float(0.5) } : {}
    const h = b.node(opType, [b.conv(image(b), [8, 4, 3, 3])], attributes)
    b.output(b.conv(b.node('Relu', [h]), [2, 8, 1, 1], { name: 'y' }))
    expect((await check(b)).operations.QLinearConv).toBe(2)
  })
})

describe('what moves and joins', () => {
  test('Concat of two branches', async () => {
    const b = new LayerBuilder()
    const x = image(b)
    const parts = ['a', 'd'].map((name) =>
      b.node('Relu', [b.conv(x, [3, 4, 1, 1], { name })], {}, `${name}r`),
    )
    const joined = b.node('Concat', parts, { axis: attribute.int(1) }, 'joined')
    b.output(b.conv(joined, [2, 6, 1, 1], { name: 'y' }))
    const { text, operations } = await check(b)
    expect(text).toMatchSnapshot()
    expect(operations).toMatchObject({ QuantizeLinear: 1, QLinearConv: 3, QLinearConcat: 1 })
  })

  test('MaxPool, Transpose and Reshape share their input’s numbers', async () => {
    const b = new LayerBuilder()
    const h = b.node('Relu', [b.conv(image(b), [6, 4, 3, 3], { pads: 1, name: 'c' })], {}, 'h')
    const pooled = b.node(
      'MaxPool',
      [h],
      { kernel_shape: attribute.ints([2, 2]), strides: attribute.ints([2, 2]) },
      'pooled',
    )
    const turned = b.node('Transpose', [pooled], { perm: attribute.ints([0, 1, 3, 2]) }, 'turned')
    const c2 = b.conv(turned, [4, 6, 3, 3], { name: 'c2' })
    const flat = b.node('Reshape', [c2, b.ints([-1, 16])], {}, 'flat')
    b.output(b.node('MatMul', [flat, b.some([16, 3])], {}, 'y'))
    const { text, operations } = await check(b)
    expect(text).toMatchSnapshot()
    expect(operations).toMatchObject({ QuantizeLinear: 1, QLinearConv: 2, MaxPool: 1 })
    expect(operations.MatMulIntegerToFloat).toBe(1)
    expect(operations.DequantizeLinear).toBeUndefined()
  })

  test('the halves of a Split are both quantized', async () => {
    const b = new LayerBuilder()
    const h = b.conv(image(b), [8, 4, 1, 1])
    const split = b.model.graph.add('Split', [h, b.ints([4, 4])], {
      outputs: 2,
      attributes: { axis: attribute.int(1) },
    })
    const [left, right] = split.outputs as [Value, Value]
    const joined = b.node('Concat', [b.conv(left, [4, 4, 1, 1]), b.conv(right, [4, 4, 1, 1])], {
      axis: attribute.int(1),
    })
    b.output(b.conv(joined, [2, 8, 1, 1], { name: 'y' }))
    const { operations } = await check(b)
    expect(operations.QLinearConv).toBe(4)
    expect(operations.Conv).toBeUndefined()
  })

  test('two layers on one input share its QuantizeLinear', async () => {
    const b = new LayerBuilder()
    const x = image(b)
    b.output(b.conv(x, [3, 4, 1, 1], { name: 'y' })).output(b.conv(x, [5, 4, 3, 3], { name: 'z' }))
    const { text, operations } = await check(b)
    expect(text).toMatchSnapshot()
    expect(operations).toEqual({ QuantizeLinear: 1, QLinearConv: 2, DequantizeLinear: 2 })
  })

  test('a value that float nodes read as well', async () => {
    const b = new LayerBuilder()
    const x = image(b)
    const e = b.node('Exp', [b.node('Tanh', [x])], {}, 'e')
    b.output(b.conv(e, [3, 4, 1, 1], { name: 'y' })).output(b.node('Erf', [e], {}, 'z'))
    const { model, operations } = await check(b)
    // What runs in float goes on reading the float value.
    expect(model.toText()).toMatch(/z = Erf\(e\)/)
    expect(operations.QLinearConv).toBe(1)
  })

  test('a convolution’s output that is a graph output and goes on', async () => {
    const b = new LayerBuilder()
    const h = b.conv(image(b), [5, 4, 1, 1], { name: 'h' })
    b.output(h).output(b.conv(b.node('Relu', [h]), [2, 5, 1, 1], { name: 'y' }))
    const { text, operations } = await check(b)
    expect(text).toMatchSnapshot()
    expect(operations.QLinearConv).toBe(2)
  })

  test('a graph output behind an absorbed ReLU', async () => {
    const b = new LayerBuilder()
    const r = b.node('Relu', [b.conv(image(b), [5, 4, 1, 1])], {}, 'r')
    b.output(r).output(b.conv(r, [2, 5, 1, 1], { name: 'y' }))
    expect((await check(b)).operations.QLinearConv).toBe(2)
  })
})

describe('layers of every shape', () => {
  test('one-dimensional convolutions', async () => {
    const b = new LayerBuilder()
    const h = b.node('Relu', [b.conv(b.input('x', ['n', 4, 'width']), [6, 4, 3])])
    b.output(b.conv(h, [2, 6, 1], { name: 'y' }))
    expect((await check(b)).operations.QLinearConv).toBe(2)
  })

  test('three-dimensional convolutions', async () => {
    const b = new LayerBuilder()
    const h = b.node('Relu', [b.conv(b.input('x', [1, 3, 5, 5, 5]), [6, 3, 2, 2, 2])])
    b.output(b.conv(h, [2, 6, 1, 1, 1], { name: 'y' }))
    expect((await check(b)).operations.QLinearConv).toBe(2)
  })

  test('depthwise, grouped, strided, dilated and without bias', async () => {
    const b = new LayerBuilder()
    let h = b.conv(image(b, 4, 12), [8, 1, 3, 3], { group: 4, bias: false })
    h = b.conv(b.node('Relu', [h]), [8, 1, 3, 3], { group: 8, dilations: [2, 2] })
    h = b.conv(b.node('Relu', [h]), [6, 4, 3, 3], { group: 2, strides: [2, 2], pads: 1 })
    b.output(b.conv(h, [2, 6, 1, 1], { bias: false, name: 'y' }))
    expect((await check(b)).operations.QLinearConv).toBe(4)
  })

  test('Gemm, its weight as it is and transposed', async () => {
    const b = new LayerBuilder()
    const x = b.input('x', ['batch', 16])
    const h = b.node('Gemm', [x, b.some([16, 12], 0.4), b.some([12], 0.2)], {}, 'h')
    const weight = b.some([5, 12], 0.4)
    b.output(b.node('Gemm', [b.node('Relu', [h]), weight, b.some([5])], { transB: attribute.int(1) }, 'y'))
    const { text, operations } = await check(b)
    expect(text).toMatchSnapshot()
    expect(operations.QGemm).toBe(2)
  })

  test('a Gemm with a bias for each row is not a layer', async () => {
    const b = new LayerBuilder()
    b.output(b.node('Gemm', [b.input('x', [4, 6]), b.some([6, 4]), b.some([4, 1], 5)], {}, 'y'))
    const { result } = await check(b)
    expect(result.skipped[0]?.reason).toMatch(/bias is not one number an output/)
  })

  test('MatMul + Add, and two products of one input', async () => {
    const b = new LayerBuilder()
    const x = b.input('x', ['batch', 'words', 16])
    const h = b.node('Add', [b.node('MatMul', [x, b.some([16, 12], 0.4)], {}, 'm'), b.some([12])], {}, 'h')
    const both = ['p', 'q'].map((name) => b.node('MatMul', [h, b.some([12, 5], 0.4)], {}, name))
    b.output(b.node('Mul', both, {}, 'y'))
    const { text, operations } = await check(b)
    expect(text).toMatchSnapshot()
    expect(operations.MatMulIntegerToFloat).toBe(3)
    expect(operations.MatMul).toBeUndefined()
    expect(operations.QuantizeLinear).toBe(2)
  })

  test('MatMul with a factor behind it', async () => {
    const b = new LayerBuilder()
    const h = b.node('MatMul', [b.input('x', [3, 16]), b.some([16, 12], 0.4)])
    b.output(b.node('MatMul', [b.node('Mul', [h, b.weight(0.25)]), b.some([12, 4])], {}, 'y'))
    const { model, operations } = await check(b)
    expect(countOf(model, 'Mul')).toBe(0)
    expect(operations.QLinearMatMul).toBe(1)
  })

  test('ConvTranspose computes in float with an 8-bit weight', async () => {
    const b = new LayerBuilder()
    const h = b.node('Relu', [b.conv(image(b), [6, 4, 1, 1])])
    const up = b.node('ConvTranspose', [h, b.some([6, 3, 2, 2], 0.4), b.some([3])], {
      strides: attribute.ints([2, 2]),
    })
    b.output(b.conv(up, [2, 3, 1, 1], { name: 'y' }))
    const { result, operations } = await check(b, { steps: 4 })
    expect(result.details).toMatchObject({ int8Layers: 2, storedLayers: 1 })
    expect(operations).toMatchObject({ QLinearConv: 2, ConvTranspose: 1 })
    expect(operations.Cast).toBeUndefined()
  })

  test('a grouped ConvTranspose', async () => {
    const b = new LayerBuilder()
    const x = b.input('x', [1, 4, 5, 5])
    b.output(
      b.node('ConvTranspose', [x, b.some([4, 3, 2, 2], 0.4), b.some([6])], { group: attribute.int(2) }, 'y'),
    )
    expect((await check(b)).result.details).toMatchObject({ storedLayers: 1 })
  })
})

describe('subgraphs', () => {
  /** If(flag) { then: captured · 2 } else { captured }, as a node of the main graph. */
  function branch(b: LayerBuilder, captured: Value): Value {
    const flag = b.input('flag', [1], 'bool')
    const graphs = ['Neg', 'Abs'].map((opType) => {
      const inner = new Graph(opType, b.model.graph)
      inner.addOutput(inner.add(opType, [captured]).output() as Value)
      return attribute.graph(inner)
    }) as [ReturnType<typeof attribute.graph>, ReturnType<typeof attribute.graph>]
    return b.node('If', [flag], { then_branch: graphs[0], else_branch: graphs[1] }, 'branched')
  }

  test('a node inside captures what is quantized', async () => {
    const b = new LayerBuilder()
    const h = b.node('Relu', [b.conv(image(b), [5, 4, 1, 1], { name: 'c' })], {}, 'h')
    b.output(branch(b, h)).output(b.conv(h, [2, 5, 1, 1], { name: 'y' }))
    const { text, operations } = await check(b)
    expect(text).toMatchSnapshot()
    expect(operations.QLinearConv).toBe(2)
  })

  test('a node inside captures an input, and a convolution before its ReLU', async () => {
    const b = new LayerBuilder()
    const x = image(b)
    const c = b.conv(x, [4, 4, 1, 1])
    b.output(branch(b, c)).output(b.conv(b.node('Relu', [c]), [2, 4, 1, 1], { name: 'y' }))
    expect((await check(b)).operations.QLinearConv).toBe(2)
  })

  test('layers inside a subgraph are left alone, and said to be', async () => {
    const b = new LayerBuilder()
    const x = b.input('x', [2, 4])
    const flag = b.input('flag', [1], 'bool')
    const w = b.some([4, 4])
    const graphs = [0, 1].map(() => {
      const inner = new Graph('inner', b.model.graph)
      inner.addOutput(inner.add('MatMul', [x, w]).output() as Value)
      return attribute.graph(inner)
    }) as [ReturnType<typeof attribute.graph>, ReturnType<typeof attribute.graph>]
    b.output(b.node('If', [flag], { then_branch: graphs[0], else_branch: graphs[1] }, 'y'))
    const { result } = await check(b)
    expect(result.changed).toBe(0)
    const reason = 'it is inside a subgraph, and only layers of the main graph are changed'
    expect(result.skipped.map((skip) => skip.reason)).toEqual([reason, reason])
  })
})
