import { attribute, Graph, Model, tensorType, type Value } from '../../../src/ir'
import { simplify } from '../../../src/passes/simplify'
import { applyPass } from '../../support/passContext'
import { Builder, check, count } from './support'

describe('equal and unused', () => {
  test('equal nodes become one', async () => {
    const b = new Builder()
    const x = b.input('x', [2, 3])
    const twice = [0, 1].map(() =>
      b.node('Softmax', [b.node('Add', [x, b.weight([1, 2, 3])])], { axis: attribute.int(1) }),
    )
    const { model } = await check(b.output(b.node('Mul', twice, {}, 'y'), [2, 3]))
    expect(model.graph.nodes.map((node) => node.opType)).toEqual(['Add', 'Softmax', 'Mul'])
  })

  test('nodes with other attributes, random nodes and nodes that make outputs stay', async () => {
    const b = new Builder()
    const x = b.input('x', [2, 3])
    const soft = [0, 1].map((axis) => b.node('Softmax', [x], { axis: attribute.int(axis) }))
    const equal = [b.node('Tanh', [x], {}, 'a'), b.node('Tanh', [x], {}, 'b')] as const
    b.output(b.node('Add', soft, {}, 'y'), [2, 3])
      .output(equal[0], [2, 3])
      .output(equal[1], [2, 3])
    expect((await check(b)).model.graph.nodeCount).toBe(5)

    const c = new Builder()
    const noise = [0, 1].map(() => c.node('RandomUniform', [], { shape: attribute.ints([2]) }))
    c.output(c.node('Add', noise, {}, 'y'), [2])
    await applyPass(simplify(), c.model)
    expect(count(c.model, 'RandomUniform')).toBe(2)
  })

  test('equal constants become one, large ones too; equal bits of another type or shape do not', async () => {
    const b = new Builder()
    const x = b.input('x', [1, 64])
    const [first, second] = [b.random([64, 64], 'aa'), b.random([64, 64], 'bb')]
    const flat = b.random([4096], 'cc')
    let y = b.node('MatMul', [b.node('Relu', [b.node('MatMul', [x, first])]), second])
    y = b.node(
      'MatMul',
      [y, b.node('Reshape', [b.node('Relu', [flat]), b.input('shape', [2], 'int64')])],
      {},
      'y',
    )
    b.output(y)
    await applyPass(simplify(), b.model)
    expect(b.model.graph.initializers.map((value) => value.initializer?.shape)).toEqual([[64, 64], [4096]])
  })

  test('unused nodes, constants and functions go, named inputs and outputs stay', async () => {
    const b = new Builder()
    const x = b.input('x', [2])
    b.input('unused', [3])
    b.weight([1, 2, 3], [3], 'nobody')
    b.node('Exp', [b.node('Neg', [x])])
    const body = new Graph('body')
    const inner = body.declareValue('a')
    body.addInput(inner)
    body.addOutput(body.add('Relu', [inner], {}).output() as Value)
    const fields = {
      domain: 'my',
      overload: '',
      body,
      attributes: [],
      defaults: new Map(),
      opsetImports: new Map([['', 21]]),
      extras: {},
    }
    b.model.functions = [{ ...fields, name: 'Never' }]
    b.model.opsetImports.set('my', 1)
    const { model } = await check(b.output(b.node('Relu', [x], {}, 'y'), [2]))
    expect(model.graph.nodes.map((node) => node.opType)).toEqual(['Relu'])
    expect(model.graph.inputs.map((input) => input.name)).toEqual(['x', 'unused'])
    expect(model.graph.initializers).toEqual([])
    expect(model.functions).toEqual([])
  })

  test('a function that is called stays, and loses its Identity', async () => {
    const model = new Model(undefined, {
      opsetImports: new Map([
        ['', 21],
        ['my', 1],
      ]),
      irVersion: 8,
    })
    const body = new Graph('body')
    const a = body.declareValue('a')
    body.addInput(a)
    const same = body.add('Identity', [a]).output()
    body.addOutput(body.add('Relu', [same], {}).output() as Value)
    model.functions = [
      {
        domain: 'my',
        name: 'Mine',
        overload: '',
        body,
        attributes: [],
        defaults: new Map(),
        opsetImports: new Map([['', 21]]),
        extras: {},
      },
    ]
    const x = model.graph.declareValue('x', tensorType('float32', [2]))
    model.graph.addInput(x)
    model.graph.addOutput(model.graph.add('Mine', [x], { domain: 'my' }).output() as Value)
    await applyPass(simplify(), model)
    expect(model.functions[0]?.body.nodes.map((node) => node.opType)).toEqual(['Relu'])
  })
})
