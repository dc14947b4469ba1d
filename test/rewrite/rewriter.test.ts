import { TypeView } from '../../src/analysis'
import { attribute, Graph, Model, type Node, Tensor, type Value } from '../../src/ir'
import {
  any,
  bypass,
  decline,
  defineRule,
  op,
  patternRule,
  type RuleContext,
  removeUnused,
  replaceNode,
  rewrite,
  scalar,
} from '../../src/rewrite'

function chain(...opTypes: readonly string[]): Model {
  const model = new Model()
  const x = model.graph.declareValue('x')
  model.graph.addInput(x)
  const last = opTypes.reduce<Value>((value, opType) => model.graph.add(opType, [value]).output() as Value, x)
  model.graph.addOutput(last)
  return model
}

const contextOf = (model: Model, keeps = (_: Node) => false): RuleContext => ({
  model,
  types: new TypeView(),
  keeps,
  mayGrow: () => true,
})

const types = (model: Model) => model.graph.nodes.map((node) => node.opType)

/** Relu(Relu(x)) -> Relu(x) */
const doubleRelu = patternRule({
  name: 'double Relu',
  patterns: [op('Relu', [op('Relu', [any('x')])])],
  rewrite(match) {
    replaceNode(match.nodes[0] as Node, 'Relu', [match.value('x')])
    removeUnused(match.nodes.slice(1))
  },
})

describe('rewrite', () => {
  test('applies rules until nothing changes, and counts', async () => {
    const model = chain('Relu', 'Relu', 'Relu', 'Neg', 'Relu', 'Relu')
    const { counts, declined } = await rewrite(model.graph, [doubleRelu], contextOf(model))
    model.verify()
    expect(types(model)).toEqual(['Relu', 'Neg', 'Relu'])
    expect([...counts]).toEqual([['double Relu', 3]])
    expect(declined).toEqual([])
  })

  test('walks subgraphs, and leaves those of nodes that are gone', async () => {
    const model = chain('Relu')
    const inner = new Graph('then', model.graph)
    const [x] = model.graph.inputs as [Value]
    const first = inner.add('Relu', [x]).output()
    inner.addOutput(inner.add('Relu', [first]).output() as Value)
    const choice = model.graph.add('If', [x], { attributes: { then_branch: attribute.graph(inner) } })
    model.graph.addOutput(choice.output() as Value)
    await rewrite(model.graph, [doubleRelu], contextOf(model))
    expect(inner.nodeCount).toBe(1)
    model.verify()
  })

  test('a value inside the match that is read elsewhere makes it decline, once in the report', async () => {
    const model = chain('Relu', 'Relu')
    model.graph.addOutput(model.graph.first?.output() as Value)
    const { declined } = await rewrite(model.graph, [doubleRelu, doubleRelu], contextOf(model))
    expect(types(model)).toEqual(['Relu', 'Relu'])
    expect(declined).toEqual([
      { at: 'Relu(Relu_output_1)', reason: 'double Relu: "Relu_output" is read elsewhere too' },
    ])
  })

  test('nodes that the caller keeps are left alone, the inner ones with the reason', async () => {
    const model = chain('Relu', 'Relu')
    const inner = model.graph.first
    const { declined } = await rewrite(
      model.graph,
      [doubleRelu],
      contextOf(model, (node) => node === inner),
    )
    expect(types(model)).toEqual(['Relu', 'Relu'])
    expect(declined[0]?.reason).toBe('double Relu: kept as asked')
  })

  test('an operation that the opset does not have yet, with the reason', async () => {
    const rule = patternRule({
      name: 'HardSwish',
      opset: 14,
      patterns: [op('Neg', [any('x')])],
      rewrite: (match) => void replaceNode(match.nodes[0] as Node, 'HardSwish', [match.value('x')]),
    })
    const model = chain('Neg')
    model.opset = 13
    expect((await rewrite(model.graph, [rule], contextOf(model))).declined[0]?.reason).toBe(
      'HardSwish: needs opset 14, the model has 13',
    )
    model.opset = 14
    await rewrite(model.graph, [rule], contextOf(model))
    expect(types(model)).toEqual(['HardSwish'])
  })

  test('a check that fails and a rewrite that declines give their reasons; the others go on', async () => {
    const picky = patternRule({
      name: 'picky',
      patterns: [op('Neg', [any('x')])],
      check: () => 'not today',
      rewrite: () => undefined,
    })
    const late = defineRule<{ nodes: Node[] }>({
      name: 'late',
      opTypes: ['Neg'],
      match: (node) => ({ nodes: [node] }),
      rewrite: async ({ nodes: [node] }) => decline(node as Node, 'too late'),
    })
    const model = chain('Neg', 'Relu', 'Relu')
    const { declined, counts } = await rewrite(model.graph, [picky, late, doubleRelu], contextOf(model))
    expect(declined.map((each) => each.reason)).toEqual(['picky: not today', 'too late'])
    expect(counts.get('double Relu')).toBe(1)
  })

  test('rules that undo each other end after so many rounds', async () => {
    const swap = (from: string, to: string) =>
      patternRule({
        name: `${from} to ${to}`,
        patterns: [op(from, [any('x')])],
        rewrite: (match) => void replaceNode(match.nodes[0] as Node, to, [match.value('x')]),
      })
    const model = chain('Neg')
    const { counts } = await rewrite(
      model.graph,
      [swap('Neg', 'Abs'), swap('Abs', 'Neg')],
      contextOf(model),
      { maxRounds: 5 },
    )
    expect([...counts.values()].reduce((a, b) => a + b)).toBeLessThanOrEqual(20)
    model.verify()
  })

  test('a signal stops it', async () => {
    const model = chain('Relu')
    await expect(
      rewrite(model.graph, [doubleRelu], contextOf(model), { signal: AbortSignal.abort() }),
    ).rejects.toThrow(/abort/i)
  })

  test('nodes added behind the one at hand are visited in the same round', async () => {
    const model = chain('Neg')
    const split = defineRule<{ nodes: Node[] }>({
      name: 'split',
      opTypes: ['Neg'],
      match: (node) => (node.input(0)?.producer ? undefined : { nodes: [node] }),
      rewrite: ({ nodes: [node] }) => {
        const first = model.graph.add('Relu', [node?.input(0)], { before: node })
        node?.setInput(0, first.output())
      },
    })
    const { counts } = await rewrite(model.graph, [split, doubleRelu], contextOf(model), { maxRounds: 1 })
    expect(counts.get('split')).toBe(1)
    model.verify()
  })
})

describe('edits', () => {
  test('a replaced node hands on names, types and readers, graph outputs included', () => {
    const model = chain('Neg')
    const [node] = model.graph.nodes as [Node]
    const output = node.output()
    const made = replaceNode(node, 'Abs', node.inputs, { a: attribute.int(1) })
    expect(made.output()).toBe(output)
    expect(node.graph).toBeUndefined()
    model.verify()
  })

  test('a bypassed node goes only when nothing of it is read', () => {
    const model = chain('Relu', 'Neg')
    const [relu, neg] = model.graph.nodes as [Node, Node]
    expect(bypass(relu, model.graph.inputs[0] as Value)).toBeUndefined()
    expect(types(model)).toEqual(['Neg'])
    expect(bypass(neg, model.graph.inputs[0] as Value)).toMatch(/names must stay/)
    model.verify()
  })

  test('constants go with the last node that reads them', () => {
    const model = chain('Relu')
    const { graph } = model
    const c = graph.addInitializer(Tensor.float32([1]), 'c')
    const nodes = [0, 1].map(() => graph.add('Add', [graph.inputs[0], c]))
    removeUnused(nodes.slice(1))
    expect(graph.own('c')).toBe(c)
    removeUnused(nodes)
    expect(graph.own('c')).toBeUndefined()
    model.verify()
  })

  test('a pattern rule looks at the types of its patterns', () => {
    const rule = patternRule({
      name: 'r',
      patterns: [op('Add|Sub', [any('x'), scalar(1)]), op('Add', [any('x')])],
      rewrite: () => undefined,
    })
    expect(rule.opTypes).toEqual(['Add', 'Sub'])
  })
})
