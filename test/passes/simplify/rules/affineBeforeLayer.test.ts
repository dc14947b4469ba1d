import { attribute } from '../../../../src/ir'
import { Builder, check, count, randomNumbers } from '../support'

const positive = (length: number) => randomNumbers(length).map((each) => 1.5 + each)

describe('constants in front of layers', () => {
  test('scale and shift go into every Conv that reads them, if none pads', async () => {
    const b = new Builder()
    const x = b.input('x', ['n', 4, 6, 6])
    const scaled = b.node('Mul', [b.weight(positive(4), [1, 4, 1, 1]), x])
    const shifted = b.node('Add', [scaled, b.weight([0.5], [1])])
    const left = b.node('Conv', [shifted, b.random([3, 4, 1, 1], 'left'), b.random([3], 'bias')], {}, 'a')
    const right = b.node(
      'Conv',
      [shifted, b.random([3, 2, 1, 1], 'right'), b.random([3], 'other')],
      { group: attribute.int(1) },
      'b',
    )
    right.producer?.setAttribute('group', attribute.int(1))
    right.producer?.setInput(1, b.random([3, 4, 1, 1], 'right4'))
    const { nodes } = await check(b.output(left, ['n', 3, 6, 6]).output(right, ['n', 3, 6, 6]))
    expect(nodes).toBe('a = Conv(x, left, bias)\nb = Conv(x, right4, other) {group=1}')
  })

  test('groups keep their own channels', async () => {
    const b = new Builder()
    const x = b.input('x', [2, 6, 5])
    const affine = b.node('Sub', [
      b.node('Div', [x, b.weight(positive(6), [6, 1])]),
      b.weight(randomNumbers(6), [1, 6, 1]),
    ])
    const conv = b.node(
      'Conv',
      [affine, b.random([4, 3, 2]), b.random([4], 'bias')],
      { group: attribute.int(2) },
      'y',
    )
    expect((await check(b.output(conv, [2, 4, 4]))).nodes).toBe('y = Conv(x, w, bias) {group=2}')
  })

  test('in front of a padded Conv only the scale goes, and the shift is divided by it', async () => {
    const b = new Builder()
    const x = b.node('Relu', [b.input('x', [1, 3, 7, 7])])
    const affine = b.node('Add', [b.node('Mul', [b.weight([0.25], [1]), x]), b.weight([-2], [1])])
    const conv = b.node(
      'Conv',
      [affine, b.random([3, 1, 3, 3])],
      { group: attribute.int(3), pads: attribute.ints([1, 1, 1, 1]) },
      'y',
    )
    const { model, nodes, reasons } = await check(b.output(conv, [1, 3, 7, 7]))
    expect(nodes.split('\n').map((line) => line.replace(/.* = (\w+).*/, '$1'))).toEqual([
      'Relu',
      'Add',
      'Conv',
    ])
    const shift = model.graph.nodes[1]?.inputs.find((input) => input?.constant)?.constant
    expect(shift?.toNumbers()).toEqual([-8])
    expect(reasons[0]).toMatch(/pads its input with zeros/)
  })

  test('ConvTranspose takes scales but no shifts', async () => {
    const b = new Builder()
    const scaled = b.node('Mul', [b.input('x', [1, 4, 3, 3]), b.weight(positive(4), [4, 1, 1])])
    const y = b.node('ConvTranspose', [scaled, b.random([4, 2, 2, 2])], { group: attribute.int(2) }, 'y')
    expect((await check(b.output(y, [1, 4, 4, 4]))).nodes).toBe('y = ConvTranspose(x, w) {group=2}')

    const c = new Builder()
    const shifted = c.node('Add', [c.input('x', [1, 4, 3, 3]), c.weight(positive(4), [4, 1, 1])])
    const z = c.node('ConvTranspose', [shifted, c.random([4, 2, 2, 2])], {}, 'z')
    const { reasons } = await check(c.output(z, [1, 2, 4, 4]))
    expect(reasons).toContain('ConvTranspose adds up another number of inputs at its edges')
  })

  test.each([0, 1])('Gemm takes both, transB=%p', async (transB) => {
    const b = new Builder()
    const affine = b.node('Add', [
      b.node('Mul', [b.input('x', [3, 4]), b.weight(positive(4))]),
      b.weight([1, 2, 3, 4]),
    ])
    const gemm = b.node(
      'Gemm',
      [affine, b.random(transB ? [2, 4] : [4, 2]), b.random([2], 'bias')],
      {
        alpha: attribute.float(0.5),
        beta: attribute.float(3),
        transB: attribute.int(transB),
      },
      'y',
    )
    expect((await check(b.output(gemm, [3, 2]))).nodes).toBe(
      `y = Gemm(x, w, bias) {alpha=0.5, transB=${transB}}`,
    )
  })

  test('MatMul takes the scale, and the shift into the Add behind it', async () => {
    const b = new Builder()
    const affine = b.node('Add', [
      b.node('Mul', [b.input('x', ['n', 3, 4]), b.weight(positive(4))]),
      b.weight([1, 2, 3, 4]),
    ])
    const y = b.node(
      'Add',
      [b.node('MatMul', [affine, b.random([4, 2])], {}, 'h'), b.random([2], 'bias')],
      {},
      'y',
    )
    expect((await check(b.output(y, ['n', 3, 2]))).nodes).toBe('h = MatMul(x, w)\ny = Add(h, bias)')
  })

  test('BatchNormalization in front of a Conv that does not pad', async () => {
    const b = new Builder()
    const parameters = [positive(3), randomNumbers(3), randomNumbers(3, 5), positive(3)].map((each) =>
      b.weight(each),
    )
    const normalized = b.node('BatchNormalization', [b.input('x', [2, 3, 4, 4]), ...parameters])
    const y = b.node('Conv', [normalized, b.random([2, 3, 2, 2]), b.random([2], 'bias')], {}, 'y')
    expect((await check(b.output(y, [2, 2, 3, 3]))).nodes).toBe('y = Conv(x, w, bias)')
  })
})

describe('constants in front of layers stay', () => {
  test('when somebody else reads the result', async () => {
    const b = new Builder()
    const scaled = b.node('Mul', [b.input('x', [1, 3, 4, 4]), b.weight([1, 2, 3], [3, 1, 1])])
    const y = b.node('Conv', [scaled, b.random([2, 3, 1, 1])], {}, 'y')
    const z = b.node('Sigmoid', [scaled], {}, 'z')
    const { model } = await check(b.output(y, [1, 2, 4, 4]).output(z, [1, 3, 4, 4]))
    expect(count(model, 'Mul')).toBe(1)
  })

  test('when they broadcast the input to the channels that the Conv has', async () => {
    const b = new Builder()
    const scaled = b.node('Mul', [b.input('x', ['n', 1, 4, 4]), b.weight([1, 2, 3], [3, 1, 1])])
    const y = b.node('Conv', [scaled, b.random([2, 3, 1, 1])], {}, 'y')
    const { model, reasons } = await check(b.output(y, ['n', 2, 4, 4]))
    expect(count(model, 'Mul')).toBe(1)
    expect(reasons).toContain('its constant may broadcast its input to another shape')
  })

  test('when the weight is no constant', async () => {
    const b = new Builder()
    const scaled = b.node('Mul', [b.input('x', [2, 3]), b.weight(3)])
    const y = b.node('MatMul', [scaled, b.input('w', [3, 2])], {}, 'y')
    const { reasons } = await check(b.output(y, [2, 2]))
    expect(reasons[0]).toMatch(/the weight of this MatMul is not a constant/)
  })

  test('when a scale of zero leaves no shift to divide', async () => {
    const b = new Builder()
    const affine = b.node('Add', [
      b.node('Mul', [b.weight([0, 1], [2, 1, 1]), b.input('x', [1, 2, 5, 5])]),
      b.weight([2], [1]),
    ])
    const y = b.node(
      'Conv',
      [affine, b.random([2, 2, 3, 3])],
      { auto_pad: attribute.string('SAME_UPPER') },
      'y',
    )
    const { model } = await check(b.output(y, [1, 2, 5, 5]))
    expect(model.graph.nodeCount).toBe(3)
  })
})
