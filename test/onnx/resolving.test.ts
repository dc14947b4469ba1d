import { Model } from '../../src/model'
import { field, int, onnx } from './support/wire'

const x = onnx.valueInfo('x', onnx.tensorType(1, 2))
const y = onnx.valueInfo('y', onnx.tensorType(1, 2))
const w = onnx.tensor('w', 1, [2], onnx.raw(new Uint8Array(8)))
const opTypes = (model: Model) => model.graph.nodes.map((node) => node.opType)

describe('resolving names', () => {
  test('nodes out of order are sorted, others stay as they are', () => {
    const nodes = [
      onnx.node('Exp', ['b'], ['y']),
      onnx.node('Neg', ['a'], ['b']),
      onnx.node('Abs', ['x'], ['a']),
    ]
    const model = Model.fromBytes(onnx.model(onnx.graph({ nodes, inputs: [x], outputs: [y] })))
    model.verify()
    expect(opTypes(model)).toEqual(['Abs', 'Neg', 'Exp'])
    const free = [
      onnx.node('Exp', ['x'], ['y']),
      onnx.node('Neg', ['x'], ['b']),
      onnx.node('Abs', ['x'], ['a']),
    ]
    expect(
      opTypes(Model.fromBytes(onnx.model(onnx.graph({ nodes: free, inputs: [x], outputs: [y] })))),
    ).toEqual(['Exp', 'Neg', 'Abs'])
  })

  test('a chain of 50,000 nodes backwards is sorted', () => {
    const nodes = Array.from({ length: 50_000 }, (_, index) =>
      onnx.node('Neg', [index === 49_999 ? 'x' : `v${index + 1}`], [index === 0 ? 'y' : `v${index}`]),
    )
    const model = Model.fromBytes(onnx.model(onnx.graph({ nodes, inputs: [x], outputs: [y] })))
    model.verify()
    expect(model.graph.nodeCount).toBe(50_000)
  })

  test('what a subgraph captures counts as an input of its node', () => {
    const branch = onnx.graph({ nodes: [onnx.node('Neg', ['a'], ['r'])], outputs: [onnx.valueInfo('r')] })
    const choose = onnx.node(
      'If',
      ['c'],
      ['y'],
      field(5, field(1, 'then_branch'), field(6, branch), int(20, 5)),
    )
    const graph = onnx.graph({
      nodes: [choose, onnx.node('Abs', ['x'], ['a'])],
      inputs: [x, onnx.valueInfo('c')],
      outputs: [y],
    })
    const model = Model.fromBytes(onnx.model(graph))
    model.verify()
    expect(opTypes(model)).toEqual(['Abs', 'If'])
    const [use] = model.graph.own('a')?.uses ?? []
    expect(use?.node.opType).toBe('Neg')
    expect(use?.node.graph?.outer).toBe(model.graph)
  })

  test('names of a subgraph hide those around it', () => {
    const branch = onnx.graph({
      nodes: [onnx.node('Neg', ['a'], ['r'])],
      inputs: [onnx.valueInfo('a')],
      outputs: [onnx.valueInfo('r')],
    })
    const scan = onnx.node('Scan', ['x'], ['y'], field(5, field(1, 'body'), field(6, branch), int(20, 5)))
    const graph = onnx.graph({ nodes: [scan, onnx.node('Abs', ['y'], ['a'])], inputs: [x], outputs: [y] })
    const model = Model.fromBytes(onnx.model(graph))
    model.verify()
    expect(model.graph.own('a')?.uses).toEqual([])
  })

  test('an initializer may be an input, which callers can then override', () => {
    const graph = onnx.graph({
      nodes: [onnx.node('Add', ['x', 'w'], ['y'])],
      initializers: [w],
      inputs: [x, onnx.valueInfo('w', onnx.tensorType(1, 2))],
      outputs: [y],
    })
    const model = Model.fromBytes(onnx.model(graph))
    model.verify()
    const value = model.graph.own('w')
    expect(value?.initializer).toBeDefined()
    expect(value?.constant).toBeUndefined()
    expect(Model.fromBytes(model.toBytes()).graph.inputs.map(({ name }) => name)).toEqual(['x', 'w'])
  })

  test('a graph written in two parts is one graph', () => {
    const first = onnx.graph({ nodes: [onnx.node('Add', ['x', 'w'], ['y'])], inputs: [x], outputs: [y] })
    const model = Model.fromBytes(onnx.model(first, field(7, field(5, w))))
    model.verify()
    expect(model.graph.initializers).toHaveLength(1)
  })

  test('functions have bodies of their own', () => {
    const body = [
      field(4, 'a'),
      field(5, 'b'),
      field(6, 'alpha'),
      field(7, onnx.node('Elu', ['a'], ['b'], field(5, field(1, 'alpha'), field(21, 'alpha'), int(20, 1)))),
    ]
    const twice = field(25, field(1, 'f'), field(10, 'd'), ...body, field(9, int(2, 17)), field(13, 'o'))
    const node = onnx.node('f', ['x'], ['y'], field(7, 'd'), field(8, 'o'))
    const model = Model.fromBytes(onnx.model(onnx.graph({ nodes: [node], inputs: [x], outputs: [y] }), twice))
    model.verify()
    const [each] = model.functions
    expect(each?.attributes).toEqual(['alpha'])
    expect(each?.body.first?.attributes.get('alpha')).toEqual({ type: 'reference', to: 'alpha', of: 'float' })
    expect(Model.fromBytes(model.toBytes()).toText()).toBe(model.toText())
    expect(model.irVersion).toBe(8)
    expect(Model.fromBytes(model.toBytes()).irVersion).toBe(10)
  })

  test('attributes of files before IR version 2 get their type from their field', () => {
    const untyped = (name: string, value: Uint8Array) => field(5, field(1, name), value)
    const node = onnx.node(
      'Odd',
      ['x'],
      ['y'],
      untyped('i', int(3, -7)),
      untyped('s', field(4, 'hi')),
      untyped('l', field(8, Uint8Array.of(1, 2))),
    )
    const model = Model.fromBytes(onnx.model(onnx.graph({ nodes: [node], inputs: [x], outputs: [y] })))
    const { attributes } = model.graph.first ?? {}
    expect(attributes?.get('i')).toEqual({ type: 'int', value: -7n })
    expect(attributes?.get('s')).toEqual({ type: 'string', value: 'hi' })
    expect(attributes?.get('l')).toEqual({ type: 'ints', value: [1n, 2n] })
  })
})
