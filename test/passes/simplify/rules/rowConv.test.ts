import { attribute, type Value } from '../../../../src/ir'
import { closeRuntime } from '../../../../src/runtime'
import { Builder, check, count } from '../support'

afterAll(closeRuntime)

const { int, ints, string } = attribute

type Attributes = Parameters<Builder['node']>[2]

const unsqueezed = (b: Builder, x: Value, axis: number) => b.node('Unsqueeze', [x, b.ints([axis])])
const squeezed = (b: Builder, x: Value, axis: number) => b.node('Squeeze', [x, b.ints([axis])])
const turned = (b: Builder, x: Value, ...perm: number[]) => b.node('Transpose', [x], { perm: ints(perm) })

const DILATED = {
  dilations: ints([1, 3]),
  pads: ints([0, 2, 0, 4]),
  strides: ints([1, 2]),
  kernel_shape: ints([1, 3]),
}

describe('a convolution along one axis is one of rows', () => {
  test.each<[string, number, readonly number[], Attributes]>([
    ['its height', 2, [6, 4, 1, 3], {}],
    ['its height, with strides, pads and dilations', 2, [6, 4, 1, 3], DILATED],
    ['its width', 3, [6, 4, 3, 1], { pads: ints([1, 0, 2, 0]), auto_pad: string('NOTSET') }],
    ['an axis counted from the end, in groups', -2, [6, 2, 1, 3], { group: int(2) }],
  ])('where %s was added', async (_, axis, shape, attributes) => {
    const b = new Builder()
    const x = unsqueezed(b, b.input('x', [2, 4, 'n']), axis)
    b.output(squeezed(b, b.node('Conv', [x, b.random(shape), b.random([6], 'bias')], attributes), axis))
    const { model } = await check(b, { shapes: [[2, 4, 19]] })
    expect(model.graph.nodes.map((node) => node.opType)).toEqual(['Conv'])
  })

  test('where channels come last, with a function behind it', async () => {
    const b = new Builder()
    const x = turned(b, unsqueezed(b, b.input('x', [2, 'n', 4]), 1), 0, 3, 1, 2)
    const [w, v] = [b.random([6, 4, 1, 3]), b.random([6, 4, 1, 1])]
    const [p, q] = [w, v].map((weight) =>
      squeezed(
        b,
        b.node('Conv', [x, weight], { pads: weight === w ? ints([0, 1, 0, 1]) : ints([0, 0, 0, 0]) }),
        2,
      ),
    )
    b.output(turned(b, b.node('Mul', [b.node('Tanh', [p]), b.node('Sigmoid', [q])]), 0, 2, 1))
    const { model } = await check(b, { shapes: [[2, 9, 4]] })
    expect(['Squeeze', 'Unsqueeze'].map((type) => count(model, type))).toEqual([0, 0])
    expect(count(model, 'Transpose')).toBe(2)
  })
})

test('a Transpose that comes behind the convolution serves it too', async () => {
  const b = new Builder()
  const rows = b.input('x', [2, 'n', 4])
  const x = turned(b, unsqueezed(b, rows, 1), 0, 3, 1, 2)
  b.output(squeezed(b, b.node('Conv', [x, b.random([6, 4, 1, 3])]), 2))
  b.output(b.node('Softmax', [turned(b, rows, 0, 2, 1)], { axis: int(1) }))
  const { model } = await check(b, { shapes: [[2, 9, 4]] })
  expect(count(model, 'Transpose')).toBe(1)
})

describe('it stays one of images', () => {
  test.each<[string, (b: Builder, x: Value) => readonly Value[]]>([
    [
      'where it looks along the added axis',
      (b, x) => [
        squeezed(
          b,
          b.node('Conv', [unsqueezed(b, x, 2), b.random([6, 4, 3, 3])], { pads: ints([1, 0, 1, 0]) }),
          2,
        ),
      ],
    ],
    [
      'where that axis is read',
      (b, x) => {
        const y = b.node('Conv', [unsqueezed(b, x, 2), b.random([6, 4, 1, 3])])
        return [squeezed(b, y, 2), b.node('Neg', [y])]
      },
    ],
    [
      'where another axis is dropped',
      (b, x) => [
        b.node('Squeeze', [b.node('Conv', [unsqueezed(b, x, 2), b.random([1, 4, 1, 3])]), b.ints([1])]),
      ],
    ],
    [
      'where its weights are computed',
      (b, x) => [
        squeezed(b, b.node('Conv', [unsqueezed(b, x, 2), b.node('Tanh', [b.input('w', [6, 4, 1, 3])])]), 2),
      ],
    ],
  ])('%s', async (_, make) => {
    const b = new Builder()
    for (const y of make(b, b.input('x', [2, 4, 9]))) b.output(y)
    const { model } = await check(b, { fewer: false })
    expect(count(model, 'Unsqueeze')).toBe(1)
  })
})
