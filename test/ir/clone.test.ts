import { attribute } from '../../src/ir/attribute'
import { Graph } from '../../src/ir/graph'
import { Model } from '../../src/ir/model'
import { Tensor } from '../../src/ir/tensor'
import { allGraphs } from '../../src/ir/traverse'
import type { Value } from '../../src/ir/value'
import { tensorType } from '../../src/ir/valueType'

function build(): Model {
  const graph = new Graph('g')
  const x = graph.createValue('x', tensorType('float32', ['batch']))
  graph.addInput(x)
  const weight = graph.addInitializer(Tensor.float32([1, 2], [2]), 'w')
  weight.extras = { docString: 'weights' }
  const inner = new Graph('then', graph)
  const innermost = new Graph('body', inner)
  innermost.addOutput(innermost.add('Neg', [x]).output() as Value)
  inner.addOutput(
    inner.add('Loop', [weight], { attributes: { body: attribute.graph(innermost) } }).output() as Value,
  )
  const add = graph.add('Add', [x, weight], { name: 'add', domain: 'd', overload: 'o' })
  add.extras = { metadata: [['k', 'v']] }
  const node = graph.add('If', [add.output()], {
    attributes: { then_branch: attribute.graph(inner), n: attribute.int(3) },
  })
  graph.addOutput(node.output() as Value)
  const body = new Graph('f')
  body.addInput(body.createValue('a'))
  const each = {
    domain: 'd',
    name: 'f',
    overload: '',
    attributes: [],
    defaults: new Map(),
    opsetImports: new Map(),
    extras: {},
  }
  return new Model(graph, { functions: [{ ...each, body }], extras: { docString: 'doc' } })
}

describe('clone', () => {
  test('is the same text, verifies, and shares nothing but weights', () => {
    const model = build()
    const copy = model.clone()
    copy.verify()
    expect(copy.toText()).toBe(model.toText())
    expect(copy.graph.own('w')?.initializer).toBe(model.graph.own('w')?.initializer)
    expect(copy.graph.own('w')?.extras).toEqual({ docString: 'weights' })
    expect(copy.graph.nodes[0]).toMatchObject({
      name: 'add',
      domain: 'd',
      overload: 'o',
      extras: { metadata: [['k', 'v']] },
    })
    const mine = new Set([...allGraphs(model)])
    for (const graph of allGraphs(copy)) {
      expect(mine.has(graph)).toBe(false)
      for (const node of graph)
        for (const value of node.inputs) expect(value && mine.has(value.graph)).toBe(false)
    }
  })

  test('edits of the copy leave the original alone', () => {
    const model = build()
    const before = model.toText()
    const copy = model.clone()
    const [add] = copy.graph.nodes
    copy.graph.rename(copy.graph.own('x') as Value, 'renamed')
    add?.setInput(1, undefined)
    add?.setAttribute('a', attribute.int(1))
    copy.opsetImports.set('', 99)
    copy.extras = { docString: 'other' }
    copy.functions[0]?.body.add('Neg', [])
    expect(model.toText()).toBe(before)
    expect(model.extras.docString).toBe('doc')
    expect(model.graph.own('w')?.uses).toHaveLength(2)
    model.verify()
  })

  test('keeps the class of the model', () => {
    class Special extends Model {}
    expect(new Special(build().graph).clone()).toBeInstanceOf(Special)
  })
})
