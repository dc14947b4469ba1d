import { attribute, Tensor } from '../../../../src/ir'
import { Builder, check, count, randomNumbers } from '../support'

const positive = (length: number) => randomNumbers(length).map((each) => 1.5 + each)

function batchNormalization(b: Builder, x: ReturnType<Builder['input']>, channels: number, name: string) {
  const parameters = [
    positive(channels),
    randomNumbers(channels, 3),
    randomNumbers(channels, 4),
    positive(channels),
  ]
  return b.node(
    'BatchNormalization',
    [x, ...parameters.map((each) => b.weight(each))],
    { epsilon: attribute.float(1e-3) },
    name,
  )
}

describe('constants behind a layer', () => {
  test('BatchNormalization goes into a Conv without bias, which gets one', async () => {
    const b = new Builder()
    const conv = b.node(
      'Conv',
      [b.input('x', ['n', 3, 8, 8]), b.random([5, 3, 3, 3])],
      { pads: attribute.ints([1, 1, 1, 1]) },
      'h',
    )
    const { nodes, model, reasons } = await check(
      b.output(batchNormalization(b, conv, 5, 'y'), ['n', 5, 8, 8]),
    )
    expect(nodes).toBe('y = Conv(x, w, w_bias) {pads=[1,1,1,1]}')
    expect(reasons).toEqual([])
    expect(model.graph.initializers).toHaveLength(2)
  })

  test('a chain of Mul, Add, Neg, Div, Sub and BatchNormalization becomes one weight and one bias', async () => {
    const b = new Builder()
    const x = b.input('x', [2, 4, 9])
    let y = b.node('Conv', [x, b.random([6, 2, 3]), b.random([6], 'bias')], { group: attribute.int(2) })
    y = b.node('Mul', [b.weight(randomNumbers(6), [6, 1]), y])
    y = b.node('Add', [y, b.weight([0.5], [1])])
    y = b.node('Div', [y, b.weight(positive(6), [1, 6, 1])])
    y = b.node('Neg', [y])
    y = b.node('Sub', [b.weight(2), y])
    y = batchNormalization(b, y, 6, 'y')
    const { nodes } = await check(b.output(y, [2, 6, 7]))
    expect(nodes).toBe('y = Conv(x, w, bias) {group=2}')
  })

  test('ConvTranspose with groups takes constants by output channel', async () => {
    const b = new Builder()
    const conv = b.node('ConvTranspose', [b.input('x', [1, 4, 5, 5]), b.random([4, 3, 2, 2])], {
      group: attribute.int(2),
      strides: attribute.ints([2, 2]),
    })
    const { nodes } = await check(b.output(batchNormalization(b, conv, 6, 'y'), [1, 6, 10, 10]))
    expect(nodes).toBe('y = ConvTranspose(x, w, w_bias) {group=2, strides=[2,2]}')
  })

  test.each([0, 1])('Gemm with alpha, beta and transB=%p', async (transB) => {
    const b = new Builder()
    const gemm = b.node(
      'Gemm',
      [b.input('x', ['n', 4]), b.random(transB ? [3, 4] : [4, 3]), b.random([1, 3], 'bias')],
      {
        alpha: attribute.float(0.5),
        beta: attribute.float(2),
        transB: attribute.int(transB),
      },
    )
    const scaled = b.node('Mul', [gemm, b.weight([1, 2, 3])])
    const { nodes, model } = await check(
      b.output(b.node('Add', [scaled, b.weight([1, -1, 0.5])], {}, 'y'), ['n', 3]),
    )
    expect(nodes).toBe(`y = Gemm(x, w, bias) {alpha=0.5, transB=${transB}}`)
    expect(model.graph.nodeCount).toBe(1)
  })

  test('a MatMul takes the scale, its shift stays in one Add', async () => {
    const b = new Builder()
    let y = b.node('MatMul', [b.input('x', ['n', 't', 4]), b.random([4, 3])])
    y = b.node('Add', [y, b.weight([1, 2, 3])])
    y = b.node('Mul', [y, b.weight([0.5, 2, 1])])
    y = b.node('Sub', [y, b.weight(1)], {}, 'y')
    const { nodes } = await check(b.output(y, ['n', 't', 3]))
    expect(nodes).toBe('MatMul_output = MatMul(x, w)\ny = Add(MatMul_output, w_bias)')
  })

  test('a MatMul with a scale alone needs no Add', async () => {
    const b = new Builder()
    const y = b.node(
      'Mul',
      [b.node('MatMul', [b.input('x', [5, 2, 4]), b.random([4, 3])]), b.weight([2, 3, 4], [1, 1, 3])],
      {},
      'y',
    )
    expect((await check(b.output(y, [5, 2, 3]))).nodes).toBe('y = MatMul(x, w)')
  })

  test('float64 weights stay float64', async () => {
    const b = new Builder()
    const { graph } = b.model
    const weight = graph.addInitializer(
      Tensor.from('float64', [2, 3], Float64Array.from(randomNumbers(6)), 'w'),
    )
    const factor = graph.addInitializer(Tensor.from('float64', [], Float64Array.of(1 / 3), 'third'))
    const product = b.node('MatMul', [b.input('x', [4, 2], 'float64'), weight])
    const { nodes, model } = await check(
      b.output(b.node('Mul', [product, factor], {}, 'y'), [4, 3], 'float64'),
      { tolerance: 2 ** -50 },
    )
    expect(nodes).toBe('y = MatMul(x, w)')
    expect(model.graph.own('w')?.initializer?.dataType).toBe('float64')
  })
})

describe('constants behind a layer stay', () => {
  test('when the weight is shared, with the reason', async () => {
    const b = new Builder()
    const [x, w] = [b.input('x', [1, 2, 4, 4]), b.random([2, 2, 1, 1])]
    const once = b.node('Mul', [b.node('Conv', [x, w]), b.weight([2, 3], [2, 1, 1])])
    const { reasons, model } = await check(
      b.output(b.node('Relu', [b.node('Conv', [once, w])], {}, 'y'), [1, 2, 4, 4]),
    )
    expect(count(model, 'Mul')).toBe(1)
    expect(reasons[0]).toMatch(/weight "w" is shared by 2 nodes/)
  })

  test('when the output of the layer is read elsewhere or is an output', async () => {
    const b = new Builder()
    const conv = b.node('Conv', [b.input('x', [1, 2, 4, 4]), b.random([2, 2, 1, 1])], {}, 'h')
    const y = b.node('Mul', [conv, b.weight([2, 3], [2, 1, 1])], {}, 'y')
    const { model } = await check(b.output(conv, [1, 2, 4, 4]).output(y, [1, 2, 4, 4]))
    expect(model.graph.nodeCount).toBe(2)
  })

  test('when they broadcast the channels up, or are not by channel', async () => {
    const b = new Builder()
    const conv = b.node('Conv', [b.input('x', [1, 2, 4, 4]), b.random([1, 2, 1, 1])])
    const up = b.node('Mul', [conv, b.weight([2, 3], [2, 1, 1])])
    const { model } = await check(
      b.output(b.node('Mul', [up, b.weight([1, 2, 3, 4])], {}, 'y'), [1, 2, 4, 4]),
    )
    expect(count(model, 'Mul')).toBe(2)
  })

  test('when the product is not finite any more', async () => {
    const b = new Builder()
    const product = b.node('MatMul', [b.input('x', [1, 2]), b.weight([1e30, 1, 1, 1], [2, 2])])
    const { reasons } = await check(
      b.output(b.node('Mul', [product, b.weight([1e30, 1])], {}, 'y'), [1, 2]),
      { amplitude: 1e-30 },
    )
    expect(reasons).toContain('the constants multiplied would not be finite numbers any more')
  })

  test('when a bias would make the model larger', async () => {
    const b = new Builder()
    const conv = b.node('Conv', [b.input('x', [1, 1, 4, 4]), b.random([200, 1, 1, 1])])
    const { model, reasons } = await check(
      b.output(b.node('Add', [conv, b.weight([3], [1])], {}, 'y'), [1, 200, 4, 4]),
    )
    expect(model.graph.nodeCount).toBe(2)
    expect(reasons[0]).toMatch(/would make the model \d+ bytes larger/)
  })

  test('when the caller wants the node kept', async () => {
    const b = new Builder()
    const conv = b.node('Conv', [b.input('x', [1, 2, 4, 4]), b.random([2, 2, 1, 1])])
    const y = b.output(b.node('Mul', [conv, b.weight([2, 3], [2, 1, 1])], {}, 'y'), [1, 2, 4, 4])
    expect((await check(y, { keep: 'y' })).model.graph.nodeCount).toBe(2)
    expect((await check(y, { keep: /^Conv$/ })).model.graph.nodeCount).toBe(2)
    expect((await check(y)).model.graph.nodeCount).toBe(1)
  })

  test('when a normalization is in training mode or its statistics are read', async () => {
    const b = new Builder()
    const conv = b.node('Conv', [b.input('x', [2, 2, 4, 4]), b.random([2, 2, 1, 1])])
    const parameters = [
      [1, 2],
      [0, 0],
      [0, 0],
      [1, 1],
    ].map((each) => b.weight(each))
    const { graph } = b.model
    const [y, mean, variance] = ['y', 'mean', 'variance'].map((name) => graph.declareValue(name))
    graph.add('BatchNormalization', [conv, ...parameters], {
      outputs: [y, mean, variance],
      attributes: { training_mode: attribute.int(1) },
    })
    b.output(y as never, [2, 2, 4, 4])
      .output(mean as never, [2])
      .output(variance as never, [2])
    const { reasons } = await check(b)
    expect(reasons).toContain('it is in training mode')
  })

  test('when the weight is float16', async () => {
    const b = new Builder()
    const half = (bits: readonly number[], shape: readonly number[]) =>
      b.model.graph.addInitializer(Tensor.from('float16', shape, Uint16Array.from(bits), 'h'))
    const x = b.node('Cast', [b.input('x', [1, 2])], { to: attribute.int(10) })
    const product = b.node('MatMul', [x, half([0x3c00, 0x4000, 0x4200, 0x3800], [2, 2])])
    const scaled = b.node('Mul', [product, half([0x4000], [1])])
    const { reasons } = await check(b.output(b.node('Cast', [scaled], { to: attribute.int(1) }, 'y'), [1, 2]))
    expect(reasons[0]).toMatch(/is float16; rounding it once more/)
  })
})

test('a BatchNormalization that no layer can take is in the report', async () => {
  const b = new Builder()
  const parameters = [positive(3), randomNumbers(3), randomNumbers(3, 5), positive(3)].map((each) =>
    b.weight(each),
  )
  const normalized = b.node('BatchNormalization', [
    b.node('Relu', [b.input('x', [2, 3, 4, 4])]),
    ...parameters,
  ])
  const { reasons } = await check(b.output(b.node('Sigmoid', [normalized], {}, 'y'), [2, 3, 4, 4]))
  expect(reasons).toEqual(['no layer before it or behind it can take over its constants'])
})

test('convolutions that share a bias behind Identity each get their own when they fold a BatchNormalization', async () => {
  const b = new Builder()
  const bias = b.random([3], 'bias')
  let y = b.input('x', [1, 3, 5, 5])
  for (const name of ['a', 'b']) {
    const conv = b.node('Conv', [y, b.random([3, 3, 1, 1], name), b.node('Identity', [bias])])
    y = b.node('Relu', [batchNormalization(b, conv, 3, `${name}n`)])
  }
  const { model, reasons } = await check(b.output(b.node('Sigmoid', [y], {}, 'y'), [1, 3, 5, 5]))
  expect(model.graph.nodes.map((node) => node.opType)).toEqual(['Conv', 'Relu', 'Conv', 'Relu', 'Sigmoid'])
  expect(reasons).toEqual([])
})
