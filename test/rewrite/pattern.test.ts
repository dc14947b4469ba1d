import { Graph, Tensor, type Value } from '../../src/ir'
import { any, anyOf, constant, matchPattern, op, optional, scalar } from '../../src/rewrite'

function graphOf(): { graph: Graph; x: Value; three: Value; w: Value } {
  const graph = new Graph('g')
  const x = graph.declareValue('x')
  graph.addInput(x)
  const three = graph.addInitializer(Tensor.float32([3], [1]), 'three')
  const w = graph.addInitializer(Tensor.float32([1, 2], [2]), 'w')
  return { graph, x, three, w }
}

const add = (graph: Graph, opType: string, inputs: readonly (Value | undefined)[], domain = '') =>
  graph.add(opType, inputs, { domain })

describe('patterns', () => {
  test('a chain is found from its last node backwards, with what its names stand for', () => {
    const { graph, x, three } = graphOf()
    const sum = add(graph, 'Add', [x, three])
    const relu = add(graph, 'Relu', [sum.output()])
    const pattern = op('Relu', [op('Add', [any('x'), scalar(3, 'c')], { name: 'sum' })])
    const match = matchPattern(pattern, relu)
    expect(match?.nodes).toEqual([relu, sum])
    expect(match?.value('x')).toBe(x)
    expect(match?.number('c')).toBe(3)
    expect(match?.node('sum')).toBe(sum)
    expect(match?.find('other')).toBeUndefined()
    expect(() => match?.value('other')).toThrow('no value other')
    expect(() => match?.node('other')).toThrow('no node other')
  })

  test('the first two inputs of a commutative operation come in either order', () => {
    const { graph, x, three } = graphOf()
    const node = add(graph, 'Add', [three, x])
    expect(matchPattern(op('Add', [any('x'), scalar(3)]), node)).toBeUndefined()
    expect(matchPattern(op('Add', [any('x'), scalar(3)], { commutative: true }), node)?.value('x')).toBe(x)
  })

  test('orders are tried together: one choice inside may need another outside', () => {
    const { graph, x, w } = graphOf()
    const inner = add(graph, 'Add', [w, x])
    const node = add(graph, 'Mul', [inner.output(), x])
    const pattern = op('Mul', [any('x'), op('Add', [any('x'), constant('w')], { commutative: true })], {
      commutative: true,
    })
    expect(matchPattern(pattern, node)?.value('w')).toBe(w)
  })

  test('the same name twice must be the same value', () => {
    const { graph, x, w } = graphOf()
    const pattern = op('Mul', [any('a'), any('a')])
    expect(matchPattern(pattern, add(graph, 'Mul', [x, x]))).toBeDefined()
    expect(matchPattern(pattern, add(graph, 'Mul', [x, w]))).toBeUndefined()
  })

  test('constants are initializers that the caller cannot feed', () => {
    const { graph, x, w } = graphOf()
    const node = add(graph, 'Mul', [x, w])
    const pattern = op('Mul', [any('x'), constant('w', (tensor) => tensor.size === 2)])
    expect(matchPattern(pattern, node)).toBeDefined()
    graph.addInput(w)
    expect(matchPattern(pattern, node)).toBeUndefined()
  })

  test('a scalar is one element of about that number', () => {
    const { graph, x } = graphOf()
    const sixth = graph.addInitializer(Tensor.float32([1 / 6]), 'sixth')
    const node = add(graph, 'Mul', [x, sixth])
    expect(matchPattern(op('Mul', [any('x'), scalar(1 / 6)]), node)).toBeDefined()
    expect(matchPattern(op('Mul', [any('x'), scalar(1 / 6 + 1e-6)]), node)).toBeUndefined()
  })

  test('several types, alternatives, missing and further inputs', () => {
    const { graph, x, w } = graphOf()
    const clip = add(graph, 'Clip', [x, undefined, w])
    expect(
      matchPattern(op('Clip', [any('x'), optional(constant('low')), constant('high')]), clip)?.find('low'),
    ).toBeUndefined()
    expect(matchPattern(op('Clip', [any('x')]), clip)).toBeUndefined()
    expect(matchPattern(op('Max|Clip', [any('x')], { moreInputs: true }), clip)).toBeDefined()
    const neg = add(graph, 'Neg', [clip.output()])
    const either = anyOf(op('Relu', [any('x')]), op('Clip', [any('x')], { moreInputs: true }))
    expect(matchPattern(op('Neg', [either]), neg)?.value('x')).toBe(x)
    expect(matchPattern(op('Neg', [either], { where: (node) => node.name === 'other' }), neg)).toBeUndefined()
  })

  test('nodes of other operator sets, and outputs other than the first, do not match', () => {
    const { graph, x } = graphOf()
    expect(matchPattern(op('Relu', [any('x')]), add(graph, 'Relu', [x], 'com.example'))).toBeUndefined()
    const split = graph.add('Split', [x], { outputs: 2 })
    const relu = add(graph, 'Relu', [split.output(1)])
    expect(matchPattern(op('Relu', [op('Split', [any('x')])]), relu)).toBeUndefined()
  })
})
