import { attribute, Graph, Tensor, tensorType, type Value } from '../../../../src/ir'
import { Builder, check } from '../support'

function branch(b: Builder, opType: string, x: Value, name: string): Graph {
  const graph = new Graph(name, b.model.graph)
  const constant = graph.addInitializer(Tensor.float32([2], []), `${name}_c`)
  const y = graph.add(opType, [x, constant]).output() as Value
  y.type = tensorType('float32', [3])
  graph.addOutput(y)
  return graph
}

async function ifOf(condition: Value | undefined, b: Builder, x: Value) {
  const test = condition ?? b.input('condition', [], 'bool')
  const attributes = {
    then_branch: attribute.graph(branch(b, 'Mul', x, 'yes')),
    else_branch: attribute.graph(branch(b, 'Sub', x, 'no')),
  }
  return check(b.output(b.node('If', [test], attributes, 'y'), [3]))
}

test.each([
  [1, 'y = Mul(h, yes_c_1)'],
  [0, 'y = Sub(h, no_c_1)'],
])('If(%p) becomes its branch', async (flag, expected) => {
  const b = new Builder()
  const condition = b.model.graph.addInitializer(Tensor.from('bool', [], Uint8Array.of(flag)), 'condition')
  const h = b.node('Sigmoid', [b.input('x', [3])], {}, 'h')
  const { nodes } = await ifOf(condition, b, h)
  expect(nodes).toBe(`h = Sigmoid(x)\n${expected}`)
})

test('a condition that is fed keeps both branches', async () => {
  const b = new Builder()
  const { model } = await ifOf(undefined, b, b.input('x', [3]))
  expect(model.graph.nodes.map((node) => node.opType)).toEqual(['If'])
})

test('a condition that folds to a constant decides too', async () => {
  const b = new Builder()
  const condition = b.node('Less', [b.weight(1), b.weight(2)])
  const { nodes } = await ifOf(condition, b, b.node('Sigmoid', [b.input('x', [3])], {}, 'h'))
  expect(nodes).toBe('h = Sigmoid(x)\ny = Mul(h, yes_c_1)')
})

test('rules work inside a branch that stays, on values from around it', async () => {
  const b = new Builder()
  const x = b.input('x', [3])
  const yes = new Graph('yes', b.model.graph)
  const same = yes.add('Identity', [x]).output()
  const y = yes.add('Relu', [same]).output() as Value
  y.type = tensorType('float32', [3])
  yes.addOutput(y)
  const attributes = {
    then_branch: attribute.graph(yes),
    else_branch: attribute.graph(branch(b, 'Sub', x, 'no')),
  }
  const result = b.node('If', [b.input('condition', [], 'bool')], attributes, 'y')
  const { model } = await check(b.output(result, [3]))
  expect(model.graph.nodes[0]?.subgraphs[0]?.nodes.map((node) => node.opType)).toEqual(['Relu'])
})

test('an If inside a branch reads what stands in the place of its surroundings', async () => {
  const b = new Builder()
  const x = b.node('Sigmoid', [b.input('x', [3])], {}, 'h')
  const outer = b.model.graph.addInitializer(Tensor.from('bool', [], Uint8Array.of(1)), 'condition')
  const inner = b.input('inner', [], 'bool')
  const yes = new Graph('yes', b.model.graph)
  const within = yes.add('Exp', [x]).output() as Value
  const nested = (opType: string) => {
    const graph = new Graph(opType, yes)
    const y = graph.add(opType, [within]).output() as Value
    y.type = tensorType('float32', [3])
    graph.addOutput(y)
    return attribute.graph(graph)
  }
  const attributes = { then_branch: nested('Relu'), else_branch: nested('Neg') }
  const chosen = yes.add('If', [inner], { attributes }).output() as Value
  chosen.type = tensorType('float32', [3])
  yes.addOutput(chosen)
  const branches = {
    then_branch: attribute.graph(yes),
    else_branch: attribute.graph(branch(b, 'Sub', x, 'no')),
  }
  const { model } = await check(b.output(b.node('If', [outer], branches, 'y'), [3]))
  expect(model.graph.nodes.map((node) => node.opType)).toEqual(['Sigmoid', 'Exp', 'If'])
})
