import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { OnnxpressError } from '../../../src/errors'
import { attribute, Tensor, tensorType } from '../../../src/ir'
import { quantize, type StaticOptions } from '../../../src/passes/quantize'
import { quantizeStatic } from '../../../src/passes/quantize/static'
import { passContext } from '../../support/passContext'
import {
  check,
  contextFor,
  type Feeds,
  LayerBuilder,
  quantizeNow,
  runAll,
  samplesFor,
  snrOf,
} from './support'

function small(name = 'x', output = 'y'): LayerBuilder {
  const b = new LayerBuilder()
  const h = b.node('Relu', [b.conv(b.input(name, ['n', 3, 6, 6]), [4, 3, 3, 3], { name: 'first' })])
  return b.output(b.conv(h, [2, 4, 1, 1], { name: output }))
}

describe('options', () => {
  const wrong: [StaticOptions, RegExp][] = [
    [{ range: 'best' as never }, /range to be one of minMax, movingAverage, percentile, entropy, mse/],
    [{ percentile: 99.9 }, /percentile/],
    [{ percentile: Number.NaN }, /percentile/],
    [{ activations: 'int16' as never }, /uint8 or int8/],
    [{ accuracy: { maxDrop: 30 } }, /maxDrop between 0 and 1/],
    [{ accuracy: { minSnrDb: Number.NaN } }, /minSnrDb/],
    [{ accuracy: { searchSamples: 0 } }, /searchSamples/],
  ]
  test.each(wrong)('%j is refused at once', (options, message) => {
    expect(() => quantize.static(options)).toThrow(message)
    expect(() => quantize.static(options)).toThrow(OnnxpressError)
  })

  test('are plain data in the report', () => {
    const { options } = quantizeStatic({ keep: /head/, reduceRange: true })
    expect(JSON.parse(JSON.stringify(options))).toEqual({ keep: '/head/', reduceRange: true })
  })

  test.each(['minMax', 'movingAverage', 'percentile', 'entropy', 'mse'] as const)(
    'range %s',
    async (range) => {
      const { operations } = await check(small(), { range, snrDb: range === 'entropy' ? 12 : 20 })
      expect(operations.QLinearConv).toBe(2)
    },
  )

  test('keep leaves a layer as it was', async () => {
    const { model, result } = await check(small(), { keep: ['first'] })
    expect(model.graph.own('first')?.producer?.inputs[1]?.constant?.dataType).toBe('float32')
    expect(result).toMatchObject({ changed: 1, skipped: [{ at: 'Conv(first)', reason: 'kept as asked' }] })
  })
})

describe('models that there is nothing or little to do for', () => {
  test('an older opset is refused with what to do', async () => {
    const b = new LayerBuilder(12)
    b.output(b.conv(b.input('x', [1, 3, 6, 6]), [4, 3, 3, 3], { name: 'y' }))
    const before = b.model.toText()
    const result = await quantizeNow(b.model, samplesFor(b.model))
    expect(result).toMatchObject({
      changed: 0,
      skipped: [{ at: 'model', reason: expect.stringMatching(/opset 13/) }],
    })
    expect(b.model.toText()).toBe(before)
  })

  test('no layers', async () => {
    const b = new LayerBuilder()
    b.output(b.node('Relu', [b.input('x', [2])], {}, 'y'))
    const before = b.model.toText()
    expect(await quantizeNow(b.model, samplesFor(b.model), {})).toMatchObject({ changed: 0, skipped: [] })
    expect(b.model.toText()).toBe(before)
  })

  test('no nodes', async () => {
    const b = new LayerBuilder()
    b.model.graph.addOutput(b.input('x', [2]))
    expect(await quantizeStatic().apply(passContext(b.model))).toMatchObject({ changed: 0 })
  })

  test('embeddings alone are a change', async () => {
    const b = new LayerBuilder()
    b.output(b.node('Gather', [b.some([1024, 16]), b.input('ids', [3], 'int64')], {}, 'y'))
    expect((await quantizeNow(b.model, samplesFor(b.model))).changed).toBe(1)
  })

  test('values of which the samples say nothing', async () => {
    const b = small()
    const empty = { ...passContext(b.model), sampleCount: 1 }
    await expect(quantizeStatic({ accuracy: false }).apply(empty)).rejects.toThrow(/gave no statistics of "/)
  })
})

describe('names', () => {
  test('that collide with those of new values', async () => {
    const b = new LayerBuilder()
    const x = b.input('x', [1, 3, 6, 6])
    const names = [
      'x_q',
      'x_dq',
      'scale',
      'top',
      'zero_uint8_0',
      'w_q',
      'w_scale',
      'b_q',
      'DequantizeLinear_output',
    ]
    let h = b.node('HardSwish', [b.conv(x, [3, 3, 1, 1])], {}, 'y_replaced')
    for (const name of names) h = b.node('Relu', [h], {}, name)
    b.output(b.conv(h, [2, 3, 1, 1], { name: 'y' }))
    const { operations } = await check(b)
    expect(operations.QLinearConv).toBe(2)
  })

  test('of Object’s own', async () => {
    const b = new LayerBuilder()
    const w = b.some([3, 3, 1, 1], 1, '__proto__')
    const bias = b.some([3], 1, 'hasOwnProperty')
    const h = b.node('Conv', [b.input('toString', [1, 3, 4, 4]), w, bias], {}, 'constructor')
    b.output(b.conv(b.node('Relu', [h], {}, 'valueOf'), [2, 3, 1, 1], { name: 'y' }))
    const { operations } = await check(b)
    expect(operations.QLinearConv).toBe(2)
  })

  test('of inputs and outputs stay, however they are written', async () => {
    await check(small('input:0', 'Identity/sigmoid "ä"\n'))
  })
})

describe('numbers', () => {
  test('NaN in weights', async () => {
    const b = small()
    const w = b.model.graph.nodes[0]?.inputs[1]
    const numbers = Float32Array.from(w?.constant?.toNumbers() ?? [])
    numbers[0] = Number.NaN
    if (w) w.initializer = Tensor.from('float32', [4, 3, 3, 3], numbers)
    const result = await quantizeNow(b.model, samplesFor(b.model), {})
    expect(result.details).toMatchObject({ withinBudget: expect.any(Boolean) })
  })

  test('a sample of NaN and infinity among good ones', async () => {
    const b = small()
    const samples = samplesFor(b.model, 3)
    const wild = new Float32Array(3 * 108).fill(Number.NaN)
    wild[5] = Number.POSITIVE_INFINITY
    const original = b.model.clone()
    const bad: Feeds = { x: new RuntimeTensor('float32', wild, [3, 3, 6, 6]) }
    await quantizeNow(b.model, [...samples, bad])
    expect(snrOf(await runAll(original, samples), await runAll(b.model, samples))).toBeGreaterThan(25)
  })

  test.each([0, 3])('inputs that are always %d', async (constant) => {
    const b = small()
    const x = new RuntimeTensor('float32', new Float32Array(108).fill(constant), [1, 3, 6, 6])
    const original = b.model.clone()
    await quantizeNow(b.model, [{ x }], {})
    for (const level of ['disabled', 'all'] as const)
      expect(snrOf(await runAll(original, [{ x }]), await runAll(b.model, [{ x }], level))).toBeGreaterThan(
        25,
      )
  })

  test('activations that are always 0, and one sample of zeros', async () => {
    const b = new LayerBuilder()
    const x = b.input('x', [1, 3, 6, 6])
    const dead = b.node('Relu', [b.node('Conv', [x, b.some([3, 3, 1, 1]), b.weight([-99, -99, -99])])])
    const sum = b.node('Add', [b.conv(dead, [2, 3, 1, 1]), b.conv(x, [2, 3, 1, 1])])
    b.output(b.conv(sum, [2, 2, 1, 1], { name: 'y' }))
    const zeros = new RuntimeTensor('float32', new Float32Array(108), [1, 3, 6, 6])
    await check(b, { samples: [...samplesFor(b.model, 2), { x: zeros }], steps: 3 })
  })

  test('huge and tiny activations', async () => {
    for (const spread of [1e12, 1e-7]) {
      const b = new LayerBuilder()
      const x = b.node('Mul', [b.input('x', [1, 3, 6, 6]), b.weight(spread)])
      const h = b.node('Relu', [b.conv(x, [4, 3, 3, 3], { bias: false })])
      b.output(b.conv(h, [2, 4, 1, 1], { bias: false, name: 'y' }))
      await check(b)
    }
  })
})

describe('shapes', () => {
  test('inputs of which not even the number of axes is known', async () => {
    const b = new LayerBuilder()
    const x = b.model.graph.declareValue('x', tensorType('float32'))
    b.model.graph.addInput(x)
    b.output(b.conv(b.node('Mul', [x, b.weight([2])]), [2, 3, 1, 1], { name: 'y' }))
    const data = Float32Array.from({ length: 48 }, (_, index) => Math.sin(index))
    await check(b, { samples: [{ x: new RuntimeTensor('float32', data, [1, 3, 4, 4]) }] })
  })

  test('batch and width of every sample differ', async () => {
    const b = new LayerBuilder()
    const h = b.node('Relu', [b.conv(b.input('x', ['n', 3, 'h', 'w']), [4, 3, 3, 3], { pads: 1 })])
    b.output(b.node('GlobalAveragePool', [h], {}, 'y'), ['n', 4, 1, 1])
    await check(b, { samples: [2, 5, 9].flatMap((size) => samplesFor(b.model, 1, size)) })
  })

  test('samples without elements', async () => {
    const b = small()
    const empty = { x: new RuntimeTensor('float32', new Float32Array(0), [0, 3, 6, 6]) }
    const original = b.model.clone()
    const samples = samplesFor(b.model, 2)
    await quantizeNow(b.model, [empty, ...samples])
    expect(snrOf(await runAll(original, samples), await runAll(b.model, samples))).toBeGreaterThan(25)
  })
})

test('the same samples and model give the same bytes', async () => {
  const texts = await Promise.all(
    [0, 1].map(async () => {
      const b = small()
      const pass = quantizeStatic({ accuracy: { minSnrDb: 45 } })
      await pass.apply(await contextFor(pass, b.model, samplesFor(b.model)))
      return b.model.graph.initializers.map((each) => [each.name, each.constant?.toNumbers()])
    }),
  )
  expect(texts[0]).toEqual(texts[1])
})

test('a classifier is held on to its decisions', async () => {
  const b = new LayerBuilder()
  const flat = b.node('GlobalAveragePool', [b.conv(b.input('x', [4, 3, 6, 6]), [8, 3, 3, 3])])
  const logits = b.node('Gemm', [b.node('Flatten', [flat]), b.some([8, 5]), b.some([5])])
  b.output(b.node('Softmax', [logits], { axis: attribute.int(1) }, 'y'))
  const pass = quantizeStatic({ accuracy: { maxDrop: 0.01 } })
  const context = await contextFor(pass, b.model, samplesFor(b.model))
  const measure = async () => ({ snrDb: 1, agreement: 0.995, metric: undefined })
  const result = await pass.apply({ ...context, runtime: { ...context.runtime, measure } })
  expect(result.details).toMatchObject({
    withinBudget: true,
    budget: 'at least 99.00% of arg-max positions unchanged',
  })
})
