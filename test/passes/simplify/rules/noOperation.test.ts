import { attribute, Tensor, type Value } from '../../../../src/ir'
import { simplify } from '../../../../src/passes/simplify'
import { applyPass } from '../../../support/passContext'
import { inTheMiddle } from '../inTheMiddle'
import { Builder, check } from '../support'

const GONE = 'h = Sigmoid(x)\ny = Relu(h)'

describe('no-operations go', () => {
  const nodes: Record<string, (b: Builder, x: Value) => Value> = {
    Identity: (b, x) => b.node('Identity', [x]),
    Dropout: (b, x) => b.node('Dropout', [x, b.weight(0.5)]),
    'Cast to the same type': (b, x) => b.node('Cast', [x], { to: attribute.int(1) }),
    'Transpose in order': (b, x) => b.node('Transpose', [x], { perm: attribute.ints([0, 1, 2]) }),
    'Concat of one': (b, x) => b.node('Concat', [x], { axis: attribute.int(0) }),
    'Sum of one': (b, x) => b.node('Sum', [x]),
    'Reshape to the same': (b, x) => b.node('Reshape', [x, b.ints([0, -1, 4])]),
    'Expand by ones': (b, x) => b.node('Expand', [x, b.ints([3, 1])]),
    'Tile by ones': (b, x) => b.node('Tile', [x, b.ints([1, 1, 1])]),
    'Pad by zeros': (b, x) => b.node('Pad', [x, b.ints([0, 0, 0, 0, 0, 0])]),
    'Slice of all': (b, x) => b.node('Slice', [x, b.ints([0, 0]), b.ints([2 ** 31 - 1, 3]), b.ints([0, 1])]),
    'Add of 0': (b, x) => b.node('Add', [b.weight(0), x]),
    'Sub of 0': (b, x) => b.node('Sub', [x, b.weight([0, 0, 0, 0])]),
    'Mul by 1': (b, x) => b.node('Mul', [x, b.weight([1], [1])]),
    'Div by 1': (b, x) => b.node('Div', [x, b.weight(1)]),
    'Pow of 1': (b, x) => b.node('Pow', [x, b.weight(1)]),
    'two Transposes that cancel': (b, x) =>
      b.node('Transpose', [b.node('Transpose', [x], { perm: attribute.ints([1, 2, 0]) })], {
        perm: attribute.ints([2, 0, 1]),
      }),
    'Squeeze of Unsqueeze': (b, x) => b.node('Squeeze', [b.node('Unsqueeze', [x, b.ints([1])]), b.ints([1])]),
  }

  test.each(Object.keys(nodes))('%s', async (name) => {
    expect((await inTheMiddle(['n', 3, 4], nodes[name] as never)).nodes).toBe(GONE)
  })
})

describe('what only looks like a no-operation stays', () => {
  const nodes: Record<string, (b: Builder, x: Value) => Value> = {
    'Add of 0 that broadcasts': (b, x) => b.node('Add', [x, b.weight([0, 0], [2, 1, 1, 1])]),
    'Mul by 1 that adds an axis': (b, x) => b.node('Mul', [x, b.weight([1], [1, 1, 1, 1])]),
    'Sub from 0': (b, x) => b.node('Sub', [b.weight(0), x]),
    'Div of 1': (b, x) => b.node('Div', [b.weight(1), x]),
    'Expand of an unknown size': (b, x) => b.node('Expand', [x, b.ints([2, 1, 1])]),
    'Slice of a part': (b, x) => b.node('Slice', [x, b.ints([0]), b.ints([2]), b.ints([1])]),
    'Slice backwards': (b, x) =>
      b.node('Slice', [x, b.ints([0]), b.ints([2 ** 31 - 1]), b.ints([1]), b.ints([2])]),
    'Reshape to another': (b, x) => b.node('Reshape', [x, b.ints([0, 4, 3])]),
    'Squeeze of another axis': (b, x) =>
      b.node('Unsqueeze', [b.node('Reshape', [x, b.ints([-1, 12, 1])]), b.ints([0])]),
  }

  test.each(Object.keys(nodes))('%s', async (name) => {
    expect((await inTheMiddle(['n', 3, 4], nodes[name] as never)).model.graph.nodeCount).toBeGreaterThan(2)
  })

  test('an Identity between an input and an output, with the reason', async () => {
    const b = new Builder()
    const { reasons, model } = await check(b.output(b.node('Identity', [b.input('x', [2])], {}, 'y'), [2]))
    expect(model.graph.nodeCount).toBe(1)
    expect(reasons).toEqual(['both are inputs or outputs of the graph, whose names must stay'])
  })

  test('a Dropout in training mode, and one whose mask is read', async () => {
    const b = new Builder()
    const training = b.model.graph.addInitializer(Tensor.from('bool', [], Uint8Array.of(1), 'training'))
    const y = b.node('Dropout', [b.input('x', [2]), b.weight(0), training], {}, 'y')
    expect((await check(b.output(y, [2]))).model.graph.nodeCount).toBe(1)

    const c = new Builder()
    const [z, mask] = ['z', 'mask'].map((name) => c.model.graph.declareValue(name)) as [Value, Value]
    c.model.graph.add('Dropout', [c.node('Relu', [c.input('x', [2])])], { outputs: [z, mask] })
    expect((await check(c.output(z, [2]).output(mask, [2], 'bool'))).model.graph.nodeCount).toBe(2)
  })

  test('addition of 0 where the number of axes is not known, with the reason', async () => {
    const b = new Builder()
    const x = b.node('Reshape', [b.input('x', [4]), b.input('shape', ['rank'], 'int64')], {}, 'h')
    b.output(b.node('Add', [x, b.weight([0], [1, 1])], {}, 'y'))
    const result = await applyPass(simplify(), b.model)
    expect(result.skipped.map((skip) => skip.reason)).toContain(
      'the shape of "h" is not known, and the constant may broadcast it',
    )
  })
})
