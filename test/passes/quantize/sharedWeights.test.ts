import { attribute } from '../../../src/ir'
import { check, countOf, LayerBuilder, quantizeNow, samplesFor } from './support'

describe('weights with other readers', () => {
  test('two layers share one, stored once', async () => {
    const b = new LayerBuilder()
    const w = b.some([4, 4, 3, 3], 0.2)
    const bias = b.some([4])
    const pads = { pads: attribute.ints([1, 1, 1, 1]) }
    const h = b.node('Relu', [b.node('Conv', [b.input('x', [1, 4, 6, 6]), w, bias], pads)])
    b.output(b.node('Conv', [h, w, bias], pads, 'y'))
    const { model, operations } = await check(b)
    expect(operations.QLinearConv).toBe(2)
    expect(model.graph.initializers.filter((each) => each.constant?.shape.length === 4)).toHaveLength(1)
  })

  test('two layers share one, under accuracy control that rounds weights anew', async () => {
    const b = new LayerBuilder()
    const w = b.some([4, 4, 3, 3], 0.2)
    const pads = { pads: attribute.ints([1, 1, 1, 1]) }
    const h = b.node('Relu', [b.node('Conv', [b.input('x', [1, 4, 6, 6]), w, b.some([4])], pads)])
    b.output(b.node('Conv', [h, w, b.some([4])], pads, 'y'))
    const { result } = await check(b, { accuracy: { minSnrDb: 60 }, reduceRange: true })
    expect(result.details).toMatchObject({ withinBudget: false })
  })

  test('one of two layers is kept, and goes on reading the float weight', async () => {
    const b = new LayerBuilder()
    const w = b.some([4, 4], 0.4)
    const h = b.node('Relu', [b.node('MatMul', [b.input('x', [3, 4]), w], {}, 'first')])
    b.output(b.node('MatMul', [h, w], {}, 'y'))
    const { model } = await check(b, { keep: 'first' })
    expect(model.toText()).toMatch(/first = MatMul\(x, w\)/)
  })

  test('a weight that is a graph output too stays', async () => {
    const b = new LayerBuilder()
    const w = b.some([4, 4], 0.4, 'table')
    b.output(b.node('MatMul', [b.input('x', [3, 4]), w], {}, 'y'))
    b.model.graph.addOutput(w)
    await quantizeNow(b.model, samplesFor(b.model))
    expect(b.model.graph.outputs.map((value) => value.name)).toEqual(['y', 'table'])
    expect(b.model.graph.own('table')?.initializer?.dataType).toBe('float32')
    expect(countOf(b.model, 'DequantizeLinear')).toBe(2)
  })
})
