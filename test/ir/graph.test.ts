import { attribute } from '../../src/ir/attribute'
import { Graph } from '../../src/ir/graph'
import { Model } from '../../src/ir/model'
import type { Node } from '../../src/ir/node'
import { Tensor } from '../../src/ir/tensor'
import { valuesRead } from '../../src/ir/traverse'
import type { Value } from '../../src/ir/value'
import { tensorType } from '../../src/ir/valueType'

const out = (node: Node): Value => node.output() as Value

/** x -> Relu -> Neg -> Exp -> y */
function chain(): { graph: Graph; x: Value; nodes: Node[] } {
  const graph = new Graph('g')
  const x = graph.createValue('x', tensorType('float32', [2]))
  graph.addInput(x)
  let last = x
  const nodes = ['Relu', 'Neg', 'Exp'].map((opType) => {
    const node = graph.add(opType, [last], { name: opType.toLowerCase() })
    last = out(node)
    return node
  })
  graph.rename(last, 'y')
  graph.addOutput(last)
  return { graph, x, nodes }
}

const opTypes = (graph: Graph) => graph.nodes.map((node) => node.opType)
const verify = (graph: Graph) => new Model(graph).verify()

describe('nodes', () => {
  test('are in order, inserted before others or at the end', () => {
    const { graph, x, nodes } = chain()
    graph.add('Abs', [x], { before: nodes[1] })
    graph.add('Sin', [x])
    expect(opTypes(graph)).toEqual(['Relu', 'Abs', 'Neg', 'Exp', 'Sin'])
    expect(graph.nodeCount).toBe(5)
    graph.move(nodes[0] as Node, nodes[0])
    graph.move(graph.nodes[4] as Node, graph.first)
    expect(opTypes(graph)).toEqual(['Sin', 'Relu', 'Abs', 'Neg', 'Exp'])
    verify(graph)
  })

  test('cannot be inserted before a node of another graph, nor removed while they are read', () => {
    const { graph, x, nodes } = chain()
    expect(() => graph.add('Abs', [x], { before: chain().nodes[0] })).toThrow(/not in this graph/)
    expect(() => graph.remove(nodes[0] as Node)).toThrow(/still used/)
    expect(() => graph.remove(nodes[2] as Node)).toThrow(/still used/)
    expect(() => graph.remove(chain().nodes[0] as Node)).toThrow()
  })

  test('removal forgets their outputs and uses', () => {
    const { graph, x, nodes } = chain()
    const [relu, neg] = nodes as [Node, Node]
    graph.replaceUses(out(neg), out(relu))
    graph.remove(neg)
    expect(opTypes(graph)).toEqual(['Relu', 'Exp'])
    expect(neg.graph).toBeUndefined()
    expect(out(relu).consumers).toEqual([nodes[2]])
    expect(x.uses).toHaveLength(1)
    expect(graph.own('Neg_output')).toBeUndefined()
    verify(graph)
  })
})

describe('editing while iterating', () => {
  test('removed nodes are skipped, those added further on are visited', () => {
    const { graph, x } = chain()
    const visited: string[] = []
    for (const node of graph) {
      visited.push(node.opType)
      if (node.opType === 'Relu') {
        const neg = graph.nodes[1] as Node
        graph.replaceUses(out(neg), out(node))
        graph.remove(neg)
        graph.add('Abs', [x])
      }
    }
    expect(visited).toEqual(['Relu', 'Exp', 'Abs'])
  })

  test('the node itself and those before it may go', () => {
    const { graph, x, nodes } = chain()
    const visited: string[] = []
    for (const node of graph) {
      visited.push(node.opType)
      if (node.opType !== 'Neg') continue
      graph.replaceUses(out(node), x)
      graph.remove(node)
      graph.remove(nodes[0] as Node)
      graph.add('Abs', [x], { before: nodes[2] })
    }
    expect(visited).toEqual(['Relu', 'Neg', 'Abs', 'Exp'])
    verify(graph)
  })

  test('every node may be removed', () => {
    const graph = new Graph()
    const x = graph.createValue('x')
    graph.addInput(x)
    for (let index = 0; index < 100; index++) graph.add('Relu', [x])
    for (const node of graph) graph.remove(node)
    expect(graph.nodeCount).toBe(0)
    expect(graph.first).toBeUndefined()
    expect(x.isUnused).toBe(true)
  })
})

describe('values', () => {
  test('know who makes and who reads them', () => {
    const { graph, x, nodes } = chain()
    const add = graph.add('Add', [x, x])
    expect(x.uses.map(({ node, index }) => [node.opType, index])).toEqual([
      ['Relu', 0],
      ['Add', 0],
      ['Add', 1],
    ])
    expect(x.consumers).toEqual([nodes[0], add])
    add.setInput(0, out(nodes[0] as Node))
    expect(x.uses).toHaveLength(2)
    expect(x.isGraphInput).toBe(true)
    expect(graph.own('y')?.isGraphOutput).toBe(true)
    expect(graph.own('y')?.producer).toBe(nodes[2])
  })

  test('optional inputs: missing ones are kept in between and dropped at the end', () => {
    const { graph, x } = chain()
    const node = graph.add('Clip', [x, undefined, x])
    expect(node.inputs).toEqual([x, undefined, x])
    node.setInput(2, undefined)
    expect(node.inputs).toEqual([x])
    node.setInput(3, x)
    expect(node.inputs).toEqual([x, undefined, undefined, x])
    verify(graph)
  })

  test('names are unique over the graph and the graphs inside, at any number', () => {
    const graph = new Graph()
    const inner = new Graph('inner', graph)
    expect(inner.createValue('a').name).toBe('a')
    expect(graph.createValue('a').name).toBe('a_1')
    expect(graph.createValue('a_2').name).toBe('a_2')
    expect(graph.createValue('a').name).toBe('a_3')
    expect(() => graph.declareValue('a_3')).toThrow(/Two values/)
    const started = performance.now()
    for (let index = 0; index < 50_000; index++) graph.createValue('many')
    expect(performance.now() - started).toBeLessThan(5000)
    expect(graph.own('many_49999')).toBeDefined()
  })

  test('renaming takes initializers along, and refuses taken names', () => {
    const graph = new Graph()
    const weight = graph.addInitializer(Tensor.float32([1], [1]), 'w')
    graph.createValue('taken')
    graph.rename(weight, 'v')
    expect(weight.initializer?.name).toBe('v')
    expect(graph.own('w')).toBeUndefined()
    expect(() => graph.rename(weight, 'taken')).toThrow(/is taken/)
  })

  test('an initializer that callers can feed is no constant', () => {
    const graph = new Graph()
    const weight = graph.addInitializer(Tensor.float32([1], [1]), 'w')
    expect(weight.constant).toBe(weight.initializer)
    graph.addInput(weight)
    expect(weight.constant).toBeUndefined()
    graph.removeInput(weight)
    expect(weight.constant).toBeDefined()
  })

  test('only values that nobody needs are forgotten', () => {
    const { graph, x } = chain()
    expect(() => graph.forget(x)).toThrow(/in use/)
    expect(() => graph.forget(graph.own('y') as Value)).toThrow(/in use/)
    graph.forget(graph.addInitializer(Tensor.float32([1], [1]), 'w'))
    expect(graph.own('w')).toBeUndefined()
  })
})

describe('replace', () => {
  test('inner values: readers change, names stay', () => {
    const { graph, x, nodes } = chain()
    expect(graph.replace(out(nodes[0] as Node), x)).toBeUndefined()
    expect(nodes[1]?.input(0)).toBe(x)
    verify(graph)
  })

  test('a graph output: the new value takes over its name and type', () => {
    const { graph, nodes } = chain()
    const [, neg, exp] = nodes as [Node, Node, Node]
    out(exp).type = tensorType('float32', [2])
    expect(graph.replace(out(exp), out(neg))).toBeUndefined()
    expect(graph.outputs.map(({ name }) => name)).toEqual(['y'])
    expect(graph.outputs[0]).toBe(out(neg))
    expect(out(neg).type).toEqual(tensorType('float32', [2]))
    expect(out(exp).isUnused).toBe(true)
    graph.remove(exp)
    verify(graph)
  })

  test('it says why an output cannot be replaced', () => {
    const { graph, x, nodes } = chain()
    const y = out(nodes[2] as Node)
    expect(graph.replace(y, x)).toMatch(/inputs or outputs/)
    expect(graph.replace(y, graph.addInitializer(Tensor.float32([1], [1]), 'w'))).toMatch(/constant/)
    expect(graph.replace(y, new Graph('inner', graph).createValue('v'))).toMatch(/another graph/)
    expect(opTypes(graph)).toEqual(['Relu', 'Neg', 'Exp'])
    verify(graph)
  })
})

describe('subgraphs', () => {
  /** x -> If(c) { then: Neg(x), else: x as it is } */
  function branching() {
    const { graph, x, nodes } = chain()
    const inner = new Graph('then', graph)
    inner.addOutput(out(inner.add('Neg', [x])))
    const other = new Graph('else', graph)
    const relu = out(nodes[0] as Node)
    other.addOutput(relu)
    const attributes = { then_branch: attribute.graph(inner), else_branch: attribute.graph(other) }
    return { graph, x, relu, inner, node: graph.add('If', [], { attributes, name: 'if' }) }
  }

  test('capture values of the graphs around them', () => {
    const { graph, x, relu, node, inner } = branching()
    expect(inner.find('x')).toBe(x)
    expect(inner.own('x')).toBeUndefined()
    expect(node.subgraphs.map(({ name }) => name)).toEqual(['then', 'else'])
    expect(inner.parentNode).toBe(node)
    expect(x.uses.map(({ node: user }) => user.opType)).toEqual(['Relu', 'Neg'])
    expect([...valuesRead(node)]).toEqual([x, relu])
    verify(graph)
  })

  test('uses inside follow a replacement outside', () => {
    const { graph, x, inner } = branching()
    const abs = graph.add('Abs', [x], { before: graph.first })
    for (const use of x.uses) if (use.node !== abs) use.node.setInput(use.index, out(abs))
    expect(inner.first?.input(0)).toBe(out(abs))
    verify(graph)
  })

  test('they let go of what they read when their node or attribute goes', () => {
    const removed = branching()
    removed.graph.remove(removed.node)
    expect(removed.x.uses).toHaveLength(1)
    expect(removed.relu.isGraphOutput).toBe(false)
    const replaced = branching()
    replaced.node.setAttribute('then_branch', attribute.graph(new Graph('empty', replaced.graph)))
    replaced.node.removeAttribute('else_branch')
    expect(replaced.x.uses).toHaveLength(1)
    expect(replaced.relu.isGraphOutput).toBe(false)
  })

  test('a subgraph that moves to another node keeps what it reads', () => {
    const { graph, x, inner, node } = branching()
    const heir = graph.add('Loop', [], { attributes: { body: attribute.graph(inner) } })
    graph.remove(node)
    expect(inner.parentNode).toBe(heir)
    expect(inner.first?.input(0)).toBe(x)
    verify(graph)
  })
})
