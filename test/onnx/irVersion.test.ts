import { attribute } from '../../src/ir/attribute'
import { byteLengthOf, type DataType } from '../../src/ir/dataType'
import { Graph } from '../../src/ir/graph'
import { Tensor } from '../../src/ir/tensor'
import { tensorType } from '../../src/ir/valueType'
import { Model } from '../../src/model'

/** A model of IR version 3, changed by `edit` and written and read again. */
function versionAfter(edit: (graph: Graph, model: Model) => void): number {
  const graph = new Graph('g')
  const x = graph.createValue('x', tensorType('float32', [1]))
  graph.addInput(x)
  graph.add('Relu', [x])
  const model = new Model(graph, { irVersion: 3, opsetImports: new Map([['', 9]]) })
  edit(graph, model)
  return Model.fromBytes(model.toBytes()).irVersion
}

const zeros = (type: DataType) => Tensor.from(type, [1], new Uint8Array(byteLengthOf(type, 1)))

describe('the IR version that is written', () => {
  test('stays where nothing newer is used', () => {
    expect(versionAfter(() => undefined)).toBe(3)
    expect(versionAfter((_graph, model) => (model.irVersion = 7))).toBe(7)
    expect(versionAfter((graph) => graph.addInput(graph.addInitializer(zeros('float32'), 'w')))).toBe(3)
  })

  test('rises for initializers that are not inputs, in subgraphs too', () => {
    expect(versionAfter((graph) => graph.addInitializer(zeros('float32'), 'w'))).toBe(4)
    expect(
      versionAfter((graph) => {
        const inner = new Graph('inner', graph)
        inner.addInitializer(zeros('float32'), 'w')
        graph.add('If', [], { outputs: [], attributes: { then_branch: attribute.graph(inner) } })
      }),
    ).toBe(4)
  })

  test.each<[DataType, number]>([
    ['float16', 3],
    ['bfloat16', 4],
    ['float8e5m2', 9],
    ['int4', 10],
    ['float4e2m1', 11],
    ['float8e8m0', 12],
    ['int2', 13],
  ])('%s needs %d, in values, constants and attributes', (type, version) => {
    expect(versionAfter((graph) => graph.addInput(graph.addInitializer(zeros(type), 'w')))).toBe(version)
    expect(versionAfter((graph) => graph.addInput(graph.createValue('v', tensorType(type))))).toBe(version)
    const attributes = { value: attribute.tensor(zeros(type)) }
    expect(versionAfter((graph) => graph.add('Constant', [], { attributes }))).toBe(version)
    const sequence = { kind: 'sequence', element: tensorType(type) } as const
    expect(versionAfter((graph) => graph.addInput(graph.createValue('v', sequence)))).toBe(version)
  })

  test('rises for optional types, sparse tensors and functions', () => {
    const optional = { kind: 'optional', element: tensorType('float32') } as const
    expect(versionAfter((graph) => graph.addInput(graph.createValue('v', optional)))).toBe(8)
    const sparse = { name: 's', shape: [4], values: Tensor.float32([1], [1]), indices: Tensor.int64([1]) }
    expect(versionAfter((graph) => (graph.createValue('s').sparseInitializer = sparse))).toBe(6)
    const fields = {
      domain: 'd',
      name: 'f',
      overload: '',
      attributes: [],
      opsetImports: new Map(),
      extras: {},
    }
    const withFunction = (overload: string, defaults: [string, ReturnType<typeof attribute.int>][]) =>
      versionAfter((_graph, model) =>
        model.functions.push({ ...fields, overload, body: new Graph('f'), defaults: new Map(defaults) }),
      )
    expect(withFunction('', [])).toBe(8)
    expect(withFunction('', [['a', attribute.int(1)]])).toBe(9)
    expect(withFunction('o', [])).toBe(10)
  })
})
