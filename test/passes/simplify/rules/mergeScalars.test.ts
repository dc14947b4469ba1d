import { inTheMiddle } from '../inTheMiddle'
import { Builder, check } from '../support'

describe('mergeScalars', () => {
  test('scalars in a row become one', async () => {
    const product = await inTheMiddle([2, 3], (b, x) =>
      b.node('Div', [b.node('Mul', [b.weight(3), x]), b.weight([4], [1])]),
    )
    expect(product.nodes.match(/(Mul|Div)\(/g)).toEqual(['Mul('])
    const sum = await inTheMiddle([2, 3], (b, x) =>
      b.node('Sub', [b.node('Add', [x, b.weight(3)]), b.weight(2.5)]),
    )
    expect(sum.nodes.match(/(Add|Sub)\(/g)).toEqual(['Add('])
  })

  test('scalars whose product underflows stay two', async () => {
    const { reasons, nodes } = await inTheMiddle([2, 3], (b, x) =>
      b.node('Mul', [b.node('Mul', [b.weight(1e-25), x]), b.weight(1e-25)]),
    )
    expect(nodes.match(/Mul\(/g)).toHaveLength(2)
    expect(reasons).toEqual(['the two constants together leave the range of float32'])
  })

  test('a multiplication whose result is read twice stays', async () => {
    const b = new Builder()
    const scaled = b.node('Mul', [b.input('x', [2]), b.weight(3)], {}, 'a')
    const y = b.node('Mul', [scaled, b.weight(4)], {}, 'y')
    expect((await check(b.output(scaled, [2]).output(y, [2]))).model.graph.nodeCount).toBe(2)
  })
})
