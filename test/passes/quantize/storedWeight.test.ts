import { attribute, Graph, type Node, Tensor, tensorType, type Value } from '../../../src/ir'
import { findLayers, type Layer } from '../../../src/passes/layer/layer'
import { ConstantPool } from '../../../src/passes/quantize/constantPool'
import { quantizeStatic } from '../../../src/passes/quantize/static'
import { int8Bias } from '../../../src/passes/quantize/storedWeight'
import { quantizeWeights } from '../../../src/passes/quantize/weightsOnly'
import { check, contextFor, countOf, LayerBuilder, operationsOf, runAll, samplesFor, snrOf } from './support'

describe('the bias of an 8-bit layer', () => {
  function biasOf(bias: readonly number[], scales: readonly number[], inputScale?: number) {
    const b = new LayerBuilder()
    const shape = [bias.length, 1, 1, 1]
    b.node('Conv', [b.input('x', [1, 1, 2, 2]), b.some(shape), b.weight(bias)])
    const layer = findLayers(b.model.graph, () => false).layers[0] as Layer
    const weight = {
      values: new Int8Array(bias.length),
      scales: Float32Array.from(scales),
      correction: Float64Array.from(bias, () => 0.5),
    }
    return int8Bias(b.model.graph, layer, weight, inputScale, new ConstantPool(b.model.graph))
  }

  test('is int32 in the scale of the products, corrected', () => {
    const value = biasOf([1, -2], [0.5, 0.25], 0.125)
    const { inputs } = (value as Value).producer as Node
    const [values, scale] = inputs as [Value, Value]
    expect(values.constant?.dataType).toBe('int32')
    expect(values.constant?.toNumbers()).toEqual([24, -48])
    expect(scale.constant?.toNumbers()).toEqual([0.0625, 0.03125])
  })

  test.each([
    ['one does not fit', [1, 1e6], [0.5, 2 ** -20], 2 ** -10],
    ['it would leave no room for the products', [1, 2 ** 30 - 0.5], [1, 1], 1],
    ['one is no number', [1, Number.NaN], [1, 1], 1],
    ['the input has no scale', [1, 2], [1, 1], undefined],
  ])('stays float where %s', (_, bias, scales, inputScale) => {
    const value = biasOf(bias, scales, inputScale)
    expect(value?.constant?.dataType).toBe('float32')
    expect(value?.constant?.toNumbers()[0]).toBe(1.5)
  })
})

describe('weights alone in 8 bits', () => {
  function layers(): LayerBuilder {
    const b = new LayerBuilder()
    const h = b.conv(b.input('x', [2, 4, 6, 6]), [6, 4, 3, 3])
    const up = b.node('ConvTranspose', [b.node('Relu', [h]), b.some([6, 3, 2, 2], 0.4)])
    const flat = b.node('Reshape', [up, b.ints([2, -1])])
    const sum = b.node('Add', [b.node('MatMul', [flat, b.some([75, 8], 0.1)]), b.some([8])])
    return b.output(
      b.node('Gemm', [b.node('Tanh', [sum]), b.some([3, 8]), b.some([3])], { transB: attribute.int(1) }, 'y'),
    )
  }

  test('are decoded once, when onnxruntime opens the model', async () => {
    const b = layers()
    const samples = samplesFor(b.model)
    const reference = await runAll(b.model.clone(), samples)
    const pass = quantizeWeights()
    const result = await pass.apply(await contextFor(pass, b.model, samples))
    b.model.verify()
    expect(result.changed).toBe(4)
    const operations = await operationsOf(b.model)
    for (const opType of ['Cast', 'Mul', 'DequantizeLinear']) expect(operations[opType]).toBeUndefined()
    for (const level of ['disabled', 'all'] as const)
      expect(snrOf(reference, await runAll(b.model, samples, level))).toBeGreaterThan(35)
    const types = b.model.graph.initializers.filter((each) => (each.constant?.shape.length ?? 0) > 1)
    expect(types.filter((each) => each.constant?.dataType === 'int8')).toHaveLength(4)
  })

  test('as static quantization leaves layers that lose too much', async () => {
    const b = layers()
    const pass = quantizeStatic({ accuracy: { minSnrDb: 90 } })
    const result = await pass.apply(await contextFor(pass, b.model, samplesFor(b.model)))
    b.model.verify()
    expect(result.details).toMatchObject({ withinBudget: false })
    expect(result.changed).toBe(4)
  })

  test('a layer inside a Loop body is left alone, what it captures is not', async () => {
    const b = new LayerBuilder()
    const x = b.input('x', [1, 4, 6, 6])
    const h = b.conv(x, [4, 4, 1, 1], { name: 'h' })
    const body = new Graph('body', b.model.graph)
    const [iteration, going, state] = [
      body.declareValue('i', tensorType('int64', [])),
      body.declareValue('going', tensorType('bool', [])),
      body.declareValue('state', tensorType('float32', [1, 4, 6, 6])),
    ]
    for (const each of [iteration, going, state]) body.addInput(each)
    body.addOutput(body.add('Identity', [going]).output() as Value)
    body.addOutput(body.add('Add', [state, h]).output() as Value)
    const trips = b.model.graph.addInitializer(Tensor.int64([3], []), 'trips')
    const looped = b.node('Loop', [trips, undefined, x], { body: attribute.graph(body) })
    b.output(b.conv(looped, [2, 4, 1, 1], { name: 'y' }))
    const { model, operations } = await check(b)
    expect(operations.QLinearConv).toBe(2)
    expect(countOf(model, 'Loop')).toBe(1)
  })
})
