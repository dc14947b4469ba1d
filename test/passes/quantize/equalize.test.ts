import { attribute, type Value } from '../../../src/ir'
import type { PassResult } from '../../../src/passes/pass'
import { equalize } from '../../../src/passes/quantize/equalize'
import { passContext } from '../../support/passContext'
import { collect, LayerBuilder, quantizeNow, runAll, samplesFor, snrOf } from './support'

async function equalized(b: LayerBuilder): Promise<PassResult> {
  const samples = samplesFor(b.model)
  const original = b.model.clone()
  const result = await equalize().apply(passContext(b.model))
  b.model.verify()
  // 100 dB: differences of 1e-5 of the outputs.
  expect(snrOf(await runAll(original, samples), await runAll(b.model, samples))).toBeGreaterThan(100)
  return result
}

/** Weights whose output channels differ by orders of magnitude. */
function uneven(b: LayerBuilder, shape: readonly number[], base = 4): Value {
  const [, ...rest] = shape
  const inner = rest.reduce((all, size) => all * size, 1)
  const numbers = b.some(shape, 0.3).constant?.toNumbers() ?? []
  return b.weight(
    numbers.map((each, index) => each * base ** ((Math.floor(index / inner) % 5) - 2)),
    shape,
  )
}

function chain(options: { relu?: boolean; depthwise?: boolean } = {}): LayerBuilder {
  const b = new LayerBuilder()
  const { relu = true, depthwise = false } = options
  let h = b.node('Conv', [b.input('x', [1, 4, 8, 8]), uneven(b, [10, 4, 3, 3]), b.some([10])], {}, 'first')
  if (relu) h = b.node('Relu', [h], {}, 'between')
  if (depthwise)
    h = b.node(
      'Relu',
      [b.node('Conv', [h, uneven(b, [10, 1, 3, 3]), b.some([10])], { group: attribute.int(10) })],
      {},
      'middle',
    )
  return b.output(b.node('Conv', [h, b.some([3, 10, 1, 1]), b.some([3])], {}, 'y'))
}

test.each([{}, { relu: false }, { depthwise: true }])('outputs stay what they were: %p', async (options) => {
  const b = chain(options)
  expect(await equalized(b)).toEqual({ changed: options.depthwise ? 2 : 1, skipped: [] })
})

test('the channels between get ranges of one size', async () => {
  const b = chain()
  const reaches = async () => {
    const samples = samplesFor(b.model)
    const outputs = await runAllValues(b, samples)
    return Math.max(...outputs) / Math.min(...outputs)
  }
  const before = await reaches()
  await equalized(b)
  expect(before).toBeGreaterThan(50)
  expect(await reaches()).toBeLessThan(before / 4)
})

/** Largest magnitude of each channel before the ReLU. */
async function runAllValues(b: LayerBuilder, samples: ReturnType<typeof samplesFor>): Promise<number[]> {
  const probe = b.model.clone()
  probe.graph.addOutput(probe.graph.own('first') as Value)
  const outputs = await runAll(probe, samples)
  const reach = new Array<number>(10).fill(0)
  for (const each of outputs) {
    const { data, dims } = each.first as NonNullable<typeof each.first>
    const inner = (dims[2] as number) * (dims[3] as number)
    ;(data as Float32Array).forEach((value, index) => {
      const channel = Math.floor(index / inner) % 10
      reach[channel] = Math.max(reach[channel] as number, Math.abs(value))
    })
  }
  return reach
}

test('channels that count as much, however small they are, lose less in 8 bits', async () => {
  const build = () => {
    const b = new LayerBuilder()
    const h = b.node('Conv', [b.input('x', [1, 4, 8, 8]), uneven(b, [10, 4, 3, 3])])
    const wide = b.some([3, 10, 1, 1]).constant?.toNumbers() ?? []
    const second = b.weight(
      wide.map((each, index) => each * 4 ** (2 - (index % 5))),
      [3, 10, 1, 1],
    )
    return b.output(b.node('Conv', [b.node('Relu', [h]), second], {}, 'y'))
  }
  const [plain, even] = [build(), build()]
  const samples = samplesFor(plain.model)
  const reference = await runAll(plain.model.clone(), samples)
  await equalize().apply(passContext(even.model))
  for (const { model } of [plain, even]) await quantizeNow(model, samples)
  const [without, withIt] = [await runAll(plain.model, samples), await runAll(even.model, samples)]
  expect(snrOf(reference, withIt)).toBeGreaterThan(snrOf(reference, without) + 10)
})

test('the weights of a pair reach as far in each channel', async () => {
  const b = chain({ relu: false })
  await equalize().apply(passContext(b.model))
  const weights = b.model.graph.nodes.map((node) => node.inputs[1]?.constant?.toNumbers() ?? [])
  const [w1 = [], w2 = []] = weights
  for (let channel = 0; channel < 10; channel++) {
    const r1 = Math.max(...w1.slice(channel * 36, channel * 36 + 36).map(Math.abs))
    const r2 = Math.max(...[0, 1, 2].map((output) => Math.abs(w2[output * 10 + channel] as number)))
    expect(r1 / r2).toBeCloseTo(1, 5)
  }
})

describe('pairs that are left alone', () => {
  const stays: [string, RegExp | undefined, (b: LayerBuilder, h: Value) => Value][] = [
    [
      'another reader between',
      /more than one node reads/,
      (b, h) => {
        b.output(b.node('Tanh', [h], {}, 'z'))
        return b.conv(h, [3, 6, 1, 1], { name: 'y' })
      },
    ],
    [
      'a graph output between',
      /more than one node reads/,
      (b, h) => {
        b.output(h)
        return b.conv(h, [3, 6, 1, 1], { name: 'y' })
      },
    ],
    ['a grouped convolution next', /grouped/, (b, h) => b.conv(h, [4, 3, 1, 1], { group: 2, name: 'y' })],
    ['two outputs a channel next', /grouped/, (b, h) => b.conv(h, [12, 1, 3, 3], { group: 6, name: 'y' })],
    ['a Tanh between', undefined, (b, h) => b.conv(b.node('Tanh', [h]), [3, 6, 1, 1], { name: 'y' })],
    [
      'a weight that is a graph output',
      /a weight is shared/,
      (b, h) => {
        const w = b.some([3, 6, 1, 1], 1, 'exported')
        const y = b.node('Conv', [h, w], {}, 'y')
        b.model.graph.addOutput(w)
        return y
      },
    ],
  ]

  test.each(stays)('%s', async (_, reason, next) => {
    const b = new LayerBuilder()
    const h = b.conv(b.input('x', [1, 4, 6, 6]), [6, 4, 3, 3], { name: 'first' })
    b.output(next(b, h))
    const before = b.model.clone()
    const result = await equalized(b)
    expect(result.changed).toBe(0)
    if (reason) expect(result.skipped[0]?.reason).toMatch(reason)
    const numbers = (model: typeof before) =>
      model.graph.initializers.map((each) => each.initializer?.toNumbers())
    expect(numbers(b.model)).toEqual(numbers(before))
  })

  test('shared weights', async () => {
    const b = new LayerBuilder()
    const w = b.some([4, 4, 1, 1])
    const h = b.node('Conv', [b.input('x', [1, 4, 6, 6]), w])
    b.output(b.node('Conv', [h, w], {}, 'y'))
    expect((await equalized(b)).skipped[0]?.reason).toBe('a weight is shared')
  })

  test('kept nodes', async () => {
    const b = chain()
    const result = await equalize({ keep: 'y' }).apply(passContext(b.model))
    expect(result).toMatchObject({ changed: 0, skipped: [{ at: 'Conv(y)', reason: 'kept as asked' }] })
  })

  test('channels of zeros, infinity and NaN', async () => {
    const b = new LayerBuilder()
    const w = b.weight([0, 0, Number.POSITIVE_INFINITY, 1, Number.NaN, 1, 4, 2], [4, 2, 1, 1])
    const h = b.node('Conv', [b.input('x', [1, 2, 2, 2]), w, b.weight([1, 1, 1, 1])])
    b.output(b.node('Conv', [h, b.some([1, 4, 1, 1])], {}, 'y'))
    await equalize().apply(passContext(b.model))
    const [first] = b.model.graph.nodes
    const weight = first?.inputs[1]?.constant?.toNumbers() ?? []
    expect(weight.slice(0, 6)).toEqual([0, 0, Number.POSITIVE_INFINITY, 1, Number.NaN, 1])
    expect(weight.slice(6).every(Number.isFinite)).toBe(true)
    expect(first?.inputs[2]?.constant?.toNumbers().slice(0, 3)).toEqual([1, 1, 1])
  })
})

test('statistics of what lies between do not hold afterwards', async () => {
  expect(equalize().lossless).toBe(false)
  const b = chain()
  const before = (await collect(b.model, [{ value: 'between' }], samplesFor(b.model))).of('between')?.max
  await equalize().apply(passContext(b.model))
  const after = (await collect(b.model, [{ value: 'between' }], samplesFor(b.model))).of('between')?.max
  expect(after).not.toBeCloseTo(before as number, 1)
})
