import { attribute, type SparseTensor, Tensor, type Value } from '../../../../src/ir'
import { simplify } from '../../../../src/passes/simplify'
import { applyPass } from '../../../support/passContext'
import { Builder, check } from '../support'

const sparse = (size: number, indices: Tensor): SparseTensor => ({
  name: '',
  values: Tensor.float32([5, 7], [2]),
  indices,
  shape: [size, 2],
})

describe('Constant nodes become initializers', () => {
  test.each([
    ['value', attribute.tensor(Tensor.float32([1, 2], [2])), 'float32', [1, 2]],
    ['value_float', attribute.float(1.5), 'float32', [1.5]],
    ['value_floats', attribute.floats([1, 2.5]), 'float32', [1, 2.5]],
    ['value_int', attribute.int(-3), 'int64', [-3]],
    ['value_ints', attribute.ints([3, 4]), 'int64', [3, 4]],
  ])('%s', async (name, value, dataType, elements) => {
    const b = new Builder()
    const constant = b.node('Constant', [], { [name]: value }, 'c')
    const x = b.input('x', [2], dataType as 'float32')
    const { model } = await check(b.output(b.node('Mul', [x, constant], {}, 'y'), [2], dataType as 'float32'))
    expect(model.graph.nodes.map((node) => node.opType)).toEqual(['Mul'])
    expect(model.graph.own('c')?.constant?.toNumbers()).toEqual(elements)
  })

  test('strings', async () => {
    const b = new Builder()
    const words = b.node('Constant', [], { value_strings: attribute.strings(['a', 'b']) }, 'c')
    const word = b.node('Constant', [], { value_string: attribute.string('b') }, 'd')
    const y = b.node('Where', [b.input('x', [2], 'bool'), words, word], {}, 'y')
    b.output(y, [2], 'string')
    await applyPass(simplify(), b.model)
    expect(b.model.graph.own('c')?.constant?.strings).toEqual(['a', 'b'])
    expect(b.model.graph.own('d')?.constant?.shape).toEqual([])
  })

  test('sparse ones too, by linear and by axis indices, where that is not larger', async () => {
    for (const indices of [Tensor.int64([1, 2]), Tensor.int64([0, 1, 1, 0], [2, 2])]) {
      const b = new Builder()
      const constant = b.node(
        'Constant',
        [],
        { sparse_value: { type: 'sparseTensor', value: sparse(2, indices) } },
        'c',
      )
      b.output(b.node('Add', [b.input('x', [2, 2]), constant], {}, 'y'), [2, 2])
      await applyPass(simplify(), b.model)
      expect(b.model.graph.own('c')?.constant?.toNumbers()).toEqual([0, 5, 7, 0])
    }
  })

  test('sparse ones that would grow, and those that lie about their indices, stay with the reason', async () => {
    const b = new Builder()
    const large = b.node('Constant', [], {
      sparse_value: { type: 'sparseTensor', value: sparse(1e5, Tensor.int64([1, 2])) },
    })
    const wrong = b.node('Constant', [], {
      sparse_value: { type: 'sparseTensor', value: sparse(2, Tensor.int64([1, 9])) },
    })
    b.output(b.node('Add', [b.node('Add', [b.input('x', [1, 2]), large]), wrong], {}, 'y'))
    const { skipped } = await applyPass(simplify(), b.model)
    const reasons = skipped.map((skip) => skip.reason)
    expect(reasons).toContainEqual(
      expect.stringMatching(/written densely, would make the model \d+ bytes larger/),
    )
    expect(reasons).toContain('an index of the sparse constant is outside its shape')
  })

  test('an output of the graph stays a node', async () => {
    const b = new Builder()
    const constant = b.node('Constant', [], { value_float: attribute.float(2) }, 'y')
    const { model, reasons } = await check(
      b.output(constant, []).output(b.node('Relu', [b.input('x', [1])], {}, 'z'), [1]),
    )
    expect(model.graph.nodeCount).toBe(2)
    expect(reasons).toEqual(['the constant is an output of the graph'])
  })

  test('an initializer that is also an input may be fed, and is no constant', async () => {
    const b = new Builder()
    const w = b.weight([1, 1], [2], 'w')
    b.model.graph.addInput(w)
    const { model } = await check(b.output(b.node('Mul', [b.input('x', [2]), w], {}, 'y'), [2]))
    expect(model.graph.nodeCount).toBe(1)
  })

  test('before IR version 4 such an input was a constant all the same, and is made one', async () => {
    const b = new Builder(9)
    const w = b.weight([1, 1], [2], 'w')
    b.model.graph.addInput(w)
    b.model.irVersion = 3
    b.output(b.node('Relu', [b.node('Mul', [b.input('x', [2]), w])], {}, 'y') as Value, [2])
    await applyPass(simplify(), b.model)
    expect(b.model.irVersion).toBe(4)
    expect(b.model.graph.inputs.map((input) => input.name)).toEqual(['x'])
    expect(b.model.graph.nodes.map((node) => node.opType)).toEqual(['Relu'])
  })
})
