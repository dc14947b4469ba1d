import { attribute } from '../../../../src/ir'
import { Builder, check, count } from '../support'

const INT32 = { to: attribute.int(6) }
const INT64 = { to: attribute.int(7) }
const shapes = [
  [2, 5, 6],
  [3, 1, 6],
]

describe('known sizes fold', () => {
  test('all of a shape, and the known part of one', async () => {
    const b = new Builder()
    const x = b.input('x', ['n', 'w', 6])
    const last = b.node('Gather', [b.node('Shape', [x]), b.ints([2])])
    const y = b.node(
      'Reshape',
      [x, b.node('Concat', [b.ints([-1]), last], { axis: attribute.int(0) })],
      {},
      'y',
    )
    const { nodes, model } = await check(b.output(y, [undefined, 6]), { shapes })
    expect(nodes).toMatch(/^y = Reshape\(x, \w+\)$/)
    expect(model.graph.initializers[0]?.initializer?.toNumbers()).toEqual([-1, 6])
  })

  test('dynamic sizes stay dynamic', async () => {
    const b = new Builder()
    const x = b.input('x', ['n', 'w', 6])
    const first = b.node('Slice', [b.node('Shape', [x]), b.ints([0]), b.ints([1])])
    const y = b.node(
      'Expand',
      [b.weight([1, 2], [1, 2]), b.node('Concat', [first, b.ints([2])], { axis: attribute.int(0) })],
      {},
      'y',
    )
    const { model } = await check(b.output(y, [undefined, 2]), { shapes })
    expect(count(model, 'Shape')).toBe(1)
  })

  test('a Shape with start and end', async () => {
    const b = new Builder()
    const x = b.input('x', ['n', 4, 6])
    const sizes = b.node('Shape', [x], { start: attribute.int(1), end: attribute.int(3) })
    const y = b.node('Expand', [b.node('Relu', [b.input('z', [1, 1])]), sizes], {}, 'y')
    const { nodes } = await check(b.output(y, [4, 6]))
    expect(nodes).not.toMatch(/Shape\(/)
  })
})

describe('Reshape targets', () => {
  test('sizes of the same axis become 0', async () => {
    const b = new Builder()
    const x = b.input('x', ['n', 'w', 6])
    const sizes = b.node('Shape', [x])
    const width = b.node(
      'Cast',
      [b.node('Slice', [b.node('Cast', [sizes], INT32), b.ints([1]), b.ints([2])])],
      INT64,
    )
    const h = b.node('Add', [b.node('MatMul', [x, b.random([6, 4])]), b.random([4], 'bias')])
    const y = b.node(
      'Reshape',
      [h, b.node('Concat', [b.ints([0]), width, b.ints([2, 2])], { axis: attribute.int(0) })],
      {},
      'y',
    )
    const { model } = await check(b.output(y, ['n', 'w', 2, 2]), { shapes })
    expect(model.graph.nodes.map((node) => node.opType)).toEqual(['MatMul', 'Add', 'Reshape'])
    expect(model.graph.nodes[2]?.input(1)?.constant?.toNumbers()).toEqual([0, 0, 2, 2])
  })

  test('a size on another axis becomes -1 where it is the only one left', async () => {
    const b = new Builder()
    const x = b.node('Relu', [b.input('x', ['n', 'w', 6])])
    const width = b.node('Slice', [b.node('Shape', [x]), b.ints([1]), b.ints([2])])
    const y = b.node(
      'Reshape',
      [x, b.node('Concat', [b.ints([0, 1]), width, b.ints([6])], { axis: attribute.int(0) })],
      {},
      'y',
    )
    const { model } = await check(b.output(y, ['n', 1, 'w', 6]), { shapes })
    expect(model.graph.nodes.map((node) => node.opType)).toEqual(['Relu', 'Reshape'])
    expect(model.graph.nodes[1]?.input(1)?.constant?.toNumbers()).toEqual([0, 1, -1, 6])
  })

  test('two sizes whose place is not known stay computed', async () => {
    const b = new Builder()
    const x = b.input('x', ['n', 'w', 6])
    const sizes = b.node('Shape', [b.node('Transpose', [x], { perm: attribute.ints([1, 0, 2]) })])
    const y = b.node('Reshape', [x, b.node('Slice', [sizes, b.ints([0]), b.ints([3])])], {}, 'y')
    expect(count((await check(b.output(y), { shapes })).model, 'Shape')).toBe(1)
  })

  test('a size of another tensor is not taken for one of this', async () => {
    const b = new Builder()
    const [x, z] = [b.input('x', ['n', 'w', 6]), b.input('z', ['n', 'w', 6])]
    const sizes = b.node('Shape', [z])
    const target = b.node('Concat', [b.node('Slice', [sizes, b.ints([0]), b.ints([2])]), b.ints([3, 2])], {
      axis: attribute.int(0),
    })
    expect(
      count((await check(b.output(b.node('Reshape', [x, target], {}, 'y')), { shapes })).model, 'Shape'),
    ).toBe(1)
  })
})

describe('sizes stay int64', () => {
  test('through int32 and back, unless the narrow ones are read', async () => {
    const b = new Builder()
    const x = b.input('x', ['n', 'w', 6])
    const narrow = b.node('Cast', [b.node('Shape', [x])], INT32)
    const wide = b.node('Cast', [b.node('Gather', [narrow, b.ints([1, 0])])], INT64)
    const { nodes } = await check(b.output(b.node('Identity', [wide], {}, 'y'), [2], 'int64'), { shapes })
    expect(nodes).toMatch(/^Shape_output = Shape\(x\)\ny = Gather\(Shape_output, i\)/)

    const c = new Builder()
    const read = c.node('Cast', [c.node('Shape', [c.input('x', ['n', 'w'])])], INT32, 'y')
    const z = c.node('Cast', [c.node('Slice', [read, c.ints([0]), c.ints([1])])], INT64, 'z')
    expect(count((await check(c.output(read, [2], 'int32').output(z, [1], 'int64'))).model, 'Cast')).toBe(2)
  })
})
