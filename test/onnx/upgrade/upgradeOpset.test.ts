import {
  attribute,
  Graph,
  type Model,
  type ModelFunction,
  Tensor,
  tensorType,
  type Value,
} from '../../../src/ir'
import { canUpgrade, upgradedCopy, upgradeOpset } from '../../../src/onnx/upgrade/upgradeOpset'
import { expectSame, modelAt, only, opTypes, wave } from './support/runBoth'

const INPUT = { x: ['float32', [1, 4]] } as const
const feeds = { x: wave([1, 4]) }

const squeeze = (graph: Graph, x: Value | undefined) =>
  graph.add('Squeeze', [x], { attributes: { axes: attribute.ints([0]) }, name: 'squeeze' })

const squeezing = (opset = 11): Model => modelAt(opset, INPUT, (graph, [x]) => [squeeze(graph, x).outputs[0]])

function withFunction(opset: number, functionOpset: number, build: (body: Graph, x: Value) => Value): Model {
  const model = modelAt(opset, INPUT, (graph, [x]) => [
    graph.add('Twice', [x], { domain: 'local', attributes: { by: attribute.ints([0]) } }).outputs[0],
  ])
  const body = new Graph('Twice')
  const x = body.createValue('x')
  body.addInput(x)
  body.addOutput(build(body, x))
  const twice: ModelFunction = {
    domain: 'local',
    name: 'Twice',
    overload: '',
    body,
    attributes: ['by'],
    defaults: new Map(),
    opsetImports: new Map([['', functionOpset]]),
    extras: {},
  }
  model.functions = [twice]
  model.opsetImports.set('local', 1)
  return model
}

describe('the way up', () => {
  test('goes to opset 21 unless told otherwise', () => {
    const model = squeezing()
    expect(upgradeOpset(model)).toEqual({ changed: 1, skipped: [] })
    expect(model.opset).toBe(21)
  })

  test('counts each node once, however often it changed', async () => {
    const model = modelAt(7, INPUT, (graph, [x]) => [
      graph.add('Upsample', [x], { attributes: { scales: attribute.floats([1, 2]) } }).outputs[0],
    ])
    expect(upgradeOpset(model.clone(), 21).changed).toBe(1)
    await expectSame(model, 21, feeds)
  })

  test('leaves a model that is there or beyond', () => {
    for (const target of [7, 11]) {
      const model = squeezing()
      const before = model.toText()
      expect(upgradeOpset(model, target)).toEqual({ changed: 0, skipped: [] })
      expect(model.toText()).toBe(before)
    }
  })

  test.each([0, 27, 1.5, Number.NaN, -3])('target %p is none', (target) => {
    expect(() => upgradeOpset(squeezing(), target)).toThrow(/Expected an opset from 1 to 26 for upgradeOpset/)
  })

  test('raises the file format as far as the opset needs, never lowers it', () => {
    for (const [irVersion, target, expected] of [
      [3, 12, 7],
      [8, 21, 10],
      [13, 21, 13],
      [8, 26, 13],
    ] as const) {
      const model = squeezing()
      model.irVersion = irVersion
      upgradeOpset(model, target)
      expect(model.irVersion).toBe(expected)
    }
  })

  test('drops inputs that only declare initializers, as format 3 had to', async () => {
    const model = modelAt(7, INPUT, (graph, [x]) => {
      const weight = graph.addInitializer(Tensor.float32([1, 2, 3, 4], [4], 'weight'))
      graph.addInput(weight)
      return [squeeze(graph, graph.add('Mul', [x, weight]).outputs[0]).outputs[0]]
    })
    model.irVersion = 3
    const upgraded = await expectSame(model, 21, feeds)
    expect(upgraded.graph.inputs.map((input) => input.name)).toEqual(['x'])
    expect(upgraded.graph.find('weight')?.constant).toBeDefined()
  })

  test('leaves a model that does not speak ONNX itself', () => {
    const model = modelAt(1, INPUT, (graph, [x]) => [
      graph.add('Scaler', [x], { domain: 'ai.onnx.ml' }).outputs[0],
    ])
    model.opsetImports = new Map([['ai.onnx.ml', 1]])
    expect(upgradeOpset(model, 21)).toEqual({ changed: 0, skipped: [] })
    expect([...model.opsetImports]).toEqual([['ai.onnx.ml', 1]])
  })
})

describe('refusals', () => {
  const mixed = (): Model =>
    modelAt(6, INPUT, (graph, [x]) => {
      const sum = graph.add('Add', [x, x], { attributes: { axis: attribute.int(0) } })
      const dropout = graph.add('Dropout', [sum.outputs[0]], { name: 'drop' })
      return [graph.add('Made Up', [dropout.outputs[0]], { name: 'odd\u001b' }).outputs[0]]
    })

  test('name every node and leave the model as it was', () => {
    const model = mixed()
    const before = model.toText()
    expect(() => upgradeOpset(model, 21)).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED',
        message: expect.stringMatching(
          /opset 6 to 21; "odd.*no operator of ONNX.*; "drop": it is in training mode/,
        ),
      }),
    )
    expect(model.toText()).toBe(before)
    expect(model.opset).toBe(6)
    expect(canUpgrade(model, 21).map(({ at }) => at)).toEqual(['odd\u001b', 'drop'])
    expect(upgradedCopy(model, 21).toText()).toBe(before)
  })

  test('there are none: a copy is upgraded, and the model stays as it was', () => {
    const build = () =>
      modelAt(6, INPUT, (graph, [x]) => [
        graph.add('Add', [x, x], { attributes: { axis: attribute.int(0) } }).outputs[0],
      ])
    const [model, upgraded] = [build(), build()]
    upgradeOpset(upgraded, 21)
    expect(upgradedCopy(model, 21).toText()).toBe(upgraded.toText())
    expect(model.toText()).toBe(build().toText())
  })

  test('list the first few and count the rest', () => {
    const model = modelAt(11, INPUT, (graph, [x]) => {
      for (let index = 0; index < 20; index++) graph.add('Unheard', [x])
      return [x]
    })
    expect(() => upgradeOpset(model)).toThrow(/; and 12 more$/)
  })

  test('an operator that came later or had left by then', () => {
    const build = (opset: number, opType: string) =>
      modelAt(opset, INPUT, (graph, [x]) => [graph.add(opType, [x]).outputs[0]])
    expect(canUpgrade(build(11, 'Gelu'))[0]?.reason).toMatch(/came with opset 20/)
    expect(canUpgrade(build(11, 'Upsample'))[0]?.reason).toMatch(/left ONNX with opset 10/)
  })

  test('an attribute of the wrong type is a reason, not a crash', () => {
    const model = modelAt(11, INPUT, (graph, [x]) => [
      graph.add('Squeeze', [x], { attributes: { axes: attribute.string('all') } }).outputs[0],
    ])
    expect(canUpgrade(model)[0]?.reason).toMatch(/Expected attribute axes/)
  })
})

describe('graphs inside', () => {
  test('branches are upgraded with constants of their own', async () => {
    const model = modelAt(11, { ...INPUT, flag: ['bool', []] }, (graph, [x, flag]) => {
      const branch = (name: string, double: boolean) => {
        const inner = new Graph(name, graph)
        const output = squeeze(inner, x).outputs[0] as Value
        const result = double ? (inner.add('Add', [output, output]).outputs[0] as Value) : output
        result.type = tensorType('float32', [4])
        inner.addOutput(result)
        return attribute.graph(inner)
      }
      const attributes = { then_branch: branch('then', true), else_branch: branch('else', false) }
      return [graph.add('If', [flag], { attributes }).outputs[0]]
    })
    const { Tensor: RuntimeTensor } = await import('onnxruntime-node')
    for (const flag of [true, false]) {
      const value = new RuntimeTensor('bool', Uint8Array.of(flag ? 1 : 0), [])
      const upgraded = await expectSame(model, 21, { ...feeds, flag: value })
      const inner = only(upgraded, 'If').subgraphs
      expect(inner.map((each) => each.initializers.length)).toEqual([1, 1])
    }
  })

  test('functions hold their constants as nodes', async () => {
    const model = withFunction(12, 12, (body, x) => squeeze(body, x).outputs[0] as Value)
    const upgraded = await expectSame(model, 21, feeds)
    expect(upgraded.functions[0]?.body.nodes.map((node) => node.opType)).toEqual(['Constant', 'Squeeze'])
    expect(upgraded.functions[0]?.opsetImports.get('')).toBe(21)
    expect(opTypes(upgraded)).toEqual(['Twice'])
  })

  test('functions that import a newer opset stay, and say so', () => {
    const model = withFunction(11, 17, (body, x) => body.add('Relu', [x]).outputs[0] as Value)
    expect(upgradeOpset(model, 13).skipped).toEqual([
      { at: 'local:Twice:', reason: 'the function imports opset 17 already' },
    ])
    expect(model.functions[0]?.opsetImports.get('')).toBe(17)
    expect(model.opset).toBe(13)
  })

  test('what only the call of a function knows is refused', () => {
    const model = withFunction(12, 12, (body, x) => {
      const attributes = { axes: { type: 'reference', to: 'by', of: 'ints' } as const }
      return body.add('Squeeze', [x], { attributes }).outputs[0] as Value
    })
    expect(canUpgrade(model, 21)[0]?.reason).toMatch(/known only where the function is called/)
    expect(() => upgradeOpset(model, 21)).toThrow(/UNSUPPORTED|known only/)
    expect(model.functions[0]?.opsetImports.get('')).toBe(12)
  })

  test('calls of functions and nodes of other domains are left alone', () => {
    const model = withFunction(11, 11, (body, x) => body.add('Relu', [x]).outputs[0] as Value)
    const node = model.graph.add('Softmax', [model.graph.inputs[0]], { domain: 'com.example' })
    upgradeOpset(model, 21)
    expect(node.attributes.size).toBe(0)
    expect(node.opType).toBe('Softmax')
  })
})
