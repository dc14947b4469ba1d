import { attribute } from '../../../../src/ir'
import { Builder, check, count } from '../support'

describe('GlobalAveragePool', () => {
  test.each([[[2, 3]], [[-1, -2]]])('ReduceMean over %j behind a Conv', async (axes) => {
    const b = new Builder()
    const h = b.node('Relu', [b.node('Conv', [b.input('x', ['n', 3, 'h', 'w']), b.random([4, 3, 1, 1])])])
    const y = b.node('ReduceMean', [h, b.ints(axes)], {}, 'y')
    const { nodes } = await check(b.output(y, ['n', 4, 1, 1]), { shapes: [[2, 3, 5, 7]] })
    expect(nodes).toMatch(/y = GlobalAveragePool\(Relu_output\)$/)
  })

  test('axes as an attribute, before opset 18', async () => {
    const b = new Builder(13)
    const h = b.node('Conv', [b.input('x', ['n', 3, 'h', 'w']), b.random([4, 3, 1, 1])])
    const y = b.node('ReduceMean', [h], { axes: attribute.ints([2, 3]) }, 'y')
    const { model } = await check(b.output(y, ['n', 4, 1, 1]), { shapes: [[2, 3, 5, 7]] })
    expect(count(model, 'GlobalAveragePool')).toBe(1)
  })

  test('not where no Conv is in front, with the reason', async () => {
    const b = new Builder()
    const y = b.node('ReduceMean', [b.input('x', ['n', 3, 'h', 'w']), b.ints([2, 3])], {}, 'y')
    const { reasons } = await check(b.output(y, ['n', 3, 1, 1]), { shapes: [[2, 3, 5, 7]] })
    expect(reasons).toEqual(['GlobalAveragePool is slower than ReduceMean where no Conv is in front of it'])
  })

  test.each([
    [[1, 2], 1],
    [[2], 1],
    [[2, 3], 0],
  ])('not over %j with keepdims=%p', async (axes, keepdims) => {
    const b = new Builder()
    const h = b.node('Conv', [b.input('x', [2, 3, 4, 5]), b.random([4, 3, 1, 1])])
    const y = b.node('ReduceMean', [h, b.ints(axes)], { keepdims: attribute.int(keepdims) }, 'y')
    expect(count((await check(b.output(y))).model, 'ReduceMean')).toBe(1)
  })
})
