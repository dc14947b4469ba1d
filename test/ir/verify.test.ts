import { attribute } from '../../src/ir/attribute'
import { Graph } from '../../src/ir/graph'
import { Model } from '../../src/ir/model'
import type { Node } from '../../src/ir/node'
import { Tensor } from '../../src/ir/tensor'
import type { Use, Value } from '../../src/ir/value'

function build() {
  const graph = new Graph('g')
  const x = graph.createValue('x')
  graph.addInput(x)
  const weight = graph.addInitializer(Tensor.float32([1], [1]), 'w')
  const add = graph.add('Add', [x, weight], { name: 'add' })
  const inner = new Graph('then', graph)
  inner.addOutput(inner.add('Neg', [add.output()], { name: 'neg' }).output() as Value)
  const node = graph.add('If', [x], { name: 'if', attributes: { then_branch: attribute.graph(inner) } })
  graph.addOutput(node.output() as Value)
  return { model: new Model(graph), graph, x, weight, add, inner, node }
}
type Built = ReturnType<typeof build>

const each = {
  domain: 'd',
  name: 'f',
  overload: '',
  attributes: [],
  defaults: new Map(),
  opsetImports: new Map(),
  extras: {},
}

const BREAKAGES: [what: string, breakIt: (built: Built) => void, message: RegExp][] = [
  [
    'a node that reads what is made later',
    ({ graph, add, node }) => graph.move(add, undefined as unknown as Node) ?? node,
    /if|neg reads .* before it is made/,
  ],
  [
    'an output that nothing makes',
    ({ graph }) => graph.addOutput(graph.createValue('nowhere')),
    /"nowhere" is never made/,
  ],
  [
    'a node that reads what nothing makes',
    ({ graph, add }) => add.setInput(0, graph.createValue('nowhere')),
    /add reads "nowhere" before it is made/,
  ],
  [
    'two makers of one value',
    ({ graph, add, x }) => void graph.add('Neg', [x], { name: 'twin', outputs: [add.output()] }),
    /does not know that add makes it|made twice/,
  ],
  ['a node that makes an input', ({ graph, add }) => graph.addInput(add.output() as Value), /is made twice/],
  [
    'a node that makes an initializer',
    ({ add }) => ((add.output() as Value).initializer = Tensor.float32([1], [1], 'Add_output')),
    /made by a node and by an initializer/,
  ],
  [
    'an initializer of another name',
    ({ weight }) => (weight.initializer = Tensor.float32([1], [1], 'other')),
    /has another name/,
  ],
  [
    'a use that the value does not know',
    ({ x }) => x.removeUse(x.uses[0] as Use),
    /does not know that add reads it/,
  ],
  ['a value under a wrong name', ({ x }) => (x.currentName = 'y'), /filed wrongly/],
  [
    'a subgraph that does not know its node',
    ({ inner }) => (inner.parentNode = undefined),
    /does not know its node/,
  ],
  [
    'a subgraph that reads from a sibling',
    ({ graph, inner, x }) => {
      const hidden = inner.first?.output() as Value
      graph.add('Abs', [hidden], { name: 'abs' })
      return x
    },
    /abs reads .* before it is made/,
  ],
  [
    'a subgraph output from nowhere',
    ({ inner }) => inner.addOutput(inner.createValue('nowhere')),
    /"nowhere" is never made/,
  ],
  [
    'two functions of one name',
    ({ model }) => model.functions.push({ ...each, body: new Graph() }, { ...each, body: new Graph() }),
    /Two functions/,
  ],
  [
    'a function that reads from the graph',
    ({ model, x }) => {
      const body = new Graph()
      body.add('Neg', [x], { name: 'neg' })
      model.functions.push({ ...each, body })
    },
    /neg reads "x" before it is made/,
  ],
]

describe('verify', () => {
  test('a sound model passes', () => {
    expect(() => build().model.verify()).not.toThrow()
  })

  test.each(BREAKAGES)('catches %s', (_what, breakIt, message) => {
    const built = build()
    breakIt(built)
    expect(() => built.model.verify()).toThrow(message)
    expect(() => built.model.verify()).toThrow(expect.objectContaining({ code: 'INVALID_GRAPH' }))
  })

  test('takes time in proportion to the graph, however often one value is read', () => {
    const graph = new Graph()
    const x = graph.createValue('x')
    graph.addInput(x)
    for (let index = 0; index < 30_000; index++) graph.add('Relu', [x])
    const started = performance.now()
    new Model(graph).verify()
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
