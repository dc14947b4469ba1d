import { layerExecutions, markLayers } from '../../../src/compress/execution/layerExecutions'
import { weightedLayers } from '../../../src/compress/execution/layers'
import { type Graph, type Model, Tensor, type Value } from '../../../src/ir'
import type { LayerExecution } from '../../../src/report/reportData'
import { closeRuntime, optimizedModel } from '../../../src/runtime'
import { convNet, numbers } from '../support'

afterAll(closeRuntime)

async function executions(
  model: Model,
  skipped: { at: string; reason: string }[] = [],
): Promise<LayerExecution[]> {
  return layerExecutions(model, await optimizedModel(markLayers(model), 'extended'), skipped)
}

function scalar(graph: Graph, scale: number): Value {
  return graph.addInitializer(Tensor.float32([scale]), 'scale')
}

function zeroPoint(graph: Graph): Value {
  return graph.addInitializer(Tensor.from('uint8', [], Uint8Array.of(128)), 'zero')
}

/** value → QuantizeLinear → DequantizeLinear, before all who read it. */
function quantizeValue(graph: Graph, value: Value): void {
  const uses = value.uses
  const before = uses[0]?.node
  const parameters = [scalar(graph, 0.02), zeroPoint(graph)]
  const written = graph.add('QuantizeLinear', [value, ...parameters], { before })
  const read = graph.add('DequantizeLinear', [written.output(), ...parameters], { before })
  for (const { node, index } of uses) node.setInput(index, read.output())
}

/** The weight as int8 behind a DequantizeLinear. */
function storeWeight(graph: Graph, name: string): void {
  const weight = graph.own(name)
  const [use] = weight?.uses ?? []
  if (!weight?.initializer || !use) throw new Error(`no weight ${name}`)
  const elements = Int8Array.from(numbers(weight.initializer.size), (each) => Math.round(each * 100))
  const stored = graph.addInitializer(Tensor.from('int8', weight.initializer.shape, elements), `${name}_q`)
  const read = graph.add('DequantizeLinear', [stored, scalar(graph, 0.01)], { before: use.node })
  use.node.setInput(use.index, read.output())
}

function byName(found: LayerExecution[]): Record<string, LayerExecution> {
  return Object.fromEntries(found.map((layer) => [layer.at, layer]))
}

describe('layerExecutions', () => {
  test('float layers of a float model', async () => {
    const { conv, gemm } = byName(await executions(convNet()))
    expect(conv).toMatchObject({
      opType: 'Conv',
      runsIn: 'float',
      reason: 'its weight is stored in floating point',
    })
    expect(gemm).toMatchObject({ opType: 'Gemm', runsAs: 'Gemm', runsIn: 'float' })
  })

  test('a fully quantized convolution runs in int8, and a weight alone does not', async () => {
    const model = convNet()
    const { graph } = model
    const [conv] = graph.nodes
    quantizeValue(graph, graph.inputs[0] as Value)
    quantizeValue(graph, conv?.output() as Value)
    storeWeight(graph, 'w1')
    storeWeight(graph, 'w2')
    conv?.setInput(2, undefined)
    model.verify()
    const found = byName(await executions(model))
    expect(found.conv).toEqual({ at: 'conv', opType: 'Conv', runsAs: 'QLinearConv', runsIn: 'int8' })
    expect(found.gemm).toMatchObject({
      runsIn: 'float',
      reason: 'its weight is stored in 8 bits, its activations stay in float',
    })
  })

  test('a layer whose output is not quantized stays in float, and that is the reason', async () => {
    const model = convNet()
    quantizeValue(model.graph, model.graph.inputs[0] as Value)
    storeWeight(model.graph, 'w1')
    const { conv } = byName(await executions(model))
    expect(conv).toMatchObject({
      runsIn: 'float',
      reason: 'its input is quantized but its output is not, so onnxruntime runs it in float',
    })
  })

  test('a quantized layer that onnxruntime does not fuse is told', async () => {
    const model = convNet()
    const { graph } = model
    const [conv, relu] = graph.nodes
    quantizeValue(graph, graph.inputs[0] as Value)
    // The zero point in the middle keeps onnxruntime from taking the Relu for a part of the quantization.
    quantizeValue(graph, relu?.output() as Value)
    storeWeight(graph, 'w1')
    conv?.setInput(2, undefined)
    const found = byName(await executions(model))
    expect(found.conv?.reason).toMatch(/^onnxruntime does not fuse it/)
  })

  test('what a pass said about a layer goes before what the graph says', async () => {
    const found = byName(await executions(convNet(), [{ at: 'gemm', reason: 'kept as asked' }]))
    expect(found.gemm?.reason).toBe('kept as asked')
    expect(found.conv?.reason).toBe('its weight is stored in floating point')
  })

  test('layers without names are told by type and output', async () => {
    const model = convNet()
    for (const node of model.graph) node.name = ''
    const [conv] = await executions(model)
    expect(conv).toMatchObject({ at: `Conv(${model.graph.first?.output()?.name})`, runsIn: 'float' })
  })

  test('marking leaves the model itself alone', () => {
    const model = convNet()
    const before = model.graph.nodes.map((node) => node.name)
    markLayers(model)
    expect(model.graph.nodes.map((node) => node.name)).toEqual(before)
  })
})

describe('weightedLayers', () => {
  test('finds weights that unpack themselves', () => {
    const model = convNet()
    const { graph } = model
    const [conv] = graph.nodes
    const stored = graph.addInitializer(Tensor.from('int8', [8, 3, 3, 3], new Int8Array(216)), 'packed')
    const cast = graph.add('CastLike', [stored, graph.own('w2')], { before: conv })
    const scaled = graph.add('Mul', [cast.output(), scalar(graph, 0.5)], { before: conv })
    conv?.setInput(1, scaled.output())
    expect(weightedLayers(model).map(({ node, weightBits }) => [node.name, weightBits])).toEqual([
      ['conv', 8],
      ['gemm', 32],
    ])
  })

  test('products of two activations are no layers', () => {
    const model = convNet()
    const { graph } = model
    const [x] = graph.inputs
    graph.addOutput(graph.add('MatMul', [x, x]).output() as Value)
    expect(weightedLayers(model).map(({ node }) => node.opType)).toEqual(['Conv', 'Gemm'])
  })
})
