/** The pass: what it selects, what it says, and what it refuses. */
import { multiplyAccumulates, parameterCount, TypeView } from '../../../../src/analysis'
import { attribute, Graph, type Model, type Node, Tensor, type Value } from '../../../../src/ir'
import { encodeModel } from '../../../../src/onnx'
import type { PassResult } from '../../../../src/passes/pass'
import { type ChannelsOptions, prune } from '../../../../src/passes/prune'
import { passContext, testRuntime } from '../../../support/passContext'
import { contextFor, LayerBuilder, runAll, samplesFor, snrOf } from '../../quantize/support'

/** Without samples. */
async function apply(model: Model, options: ChannelsOptions): Promise<PassResult> {
  const result = await prune.channels(options).apply(passContext(model))
  model.verify()
  return result
}

/** With samples, whatever it costs; what is left of the outputs, in dB. */
async function applyTo(model: Model, options: ChannelsOptions): Promise<PassResult & { snrDb: number }> {
  const samples = samplesFor(model, 6)
  const reference = await runAll(model.clone(), samples)
  const pass = prune.channels({ ...options, accuracy: false })
  const result = await pass.apply(await contextFor(pass, model, samples))
  model.verify()
  return { ...result, snrDb: snrOf(reference, await runAll(model, samples)) }
}

/** Three convolutions; 16 and 24 channels between them. */
function chain(shape: readonly (number | string)[] = ['n', 3, 8, 8]): LayerBuilder {
  const g = new LayerBuilder()
  const first = g.node('Relu', [g.conv(g.input('x', shape), [16, 3, 3, 3], { name: 'first', pads: 1 })])
  const second = g.node('Relu', [g.conv(first, [24, 16, 3, 3], { name: 'second', pads: 1 })])
  return g.output(g.conv(second, [4, 24, 1, 1], { name: 'third' }))
}

function shapes({ graph }: Model): number[][] {
  return graph.nodes.flatMap((node) => {
    const shape = node.is('Conv', 'Gemm', 'MatMul') ? node.input(1)?.constant?.shape : undefined
    return shape ? [shape.slice(0, 2)] : []
  })
}

function layer(model: Model, name: string): Node {
  return model.graph.own(name)?.producer as Node
}

function changeOf(details: unknown): { before: number; after: number } {
  return details as { before: number; after: number }
}

/** Changes the numbers of a layer's constant. */
function change(model: Model, name: string, index: number, to: (number: number, at: number) => number): void {
  const value = layer(model, name).input(index) as Value
  const { shape, elements } = value.constant as Tensor
  value.initializer = Tensor.float32((elements as Float32Array).map(to), shape, value.name)
}

describe('options', () => {
  const wrong = (options: unknown) => () => prune.channels(options as ChannelsOptions)

  test.each([
    [undefined, 'Expected exactly one of ratio, macs and parameters for prune.channels, received undefined'],
    [{}, 'Expected exactly one of ratio, macs and parameters for prune.channels, received undefined'],
    [
      { ratio: 0.1, macs: 0.1 },
      'Expected exactly one of ratio, macs and parameters for prune.channels, received ["ratio", "macs"]',
    ],
    [{ ratio: 1 }, 'Expected ratio from 0 up to, but not including, 1 for prune.channels, received 1'],
    [{ ratio: 30 }, 'Expected ratio from 0 up to, but not including, 1 for prune.channels, received 30'],
    [{ macs: -0.1 }, 'Expected macs from 0 up to, but not including, 1 for prune.channels, received -0.1'],
    [
      { parameters: Number.NaN },
      'Expected parameters from 0 up to, but not including, 1 for prune.channels, received NaN',
    ],
    [
      { ratio: '0.3' },
      'Expected ratio from 0 up to, but not including, 1 for prune.channels, received "0.3"',
    ],
    [
      { ratio: 0.3, multipleOf: 0 },
      'Expected multipleOf to be a whole number above 0 for prune.channels, received 0',
    ],
    [
      { ratio: 0.3, score: 'taylor' },
      'Expected score to be one of l1, l2, batchNorm, activation, reconstruction for prune.channels, received "taylor"',
    ],
    [{ ratio: 0.3, refit: 1 }, 'Expected refit to be true or false for prune.channels, received 1'],
  ])('%p', (options, message) => {
    expect(wrong(options)).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT', message }))
  })

  test('scores and fits that want samples say so', async () => {
    const expected = (what: string) => ({
      code: 'BAD_ARGUMENT',
      message: `Expected samples for ${what} of prune.channels, received "none"`,
    })
    await expect(apply(chain().model, { ratio: 0.3, score: 'activation' })).rejects.toMatchObject(
      expected('score activation'),
    )
    await expect(apply(chain().model, { ratio: 0.3, refit: true })).rejects.toMatchObject(expected('refit'))
  })

  test('are plain data in the report', () => {
    expect(prune.channels({ ratio: 0.3, keep: /x/ }).options).toEqual({ ratio: 0.3, keep: '/x/' })
  })
})

describe('a ratio', () => {
  test('narrows each width to the nearest multiple', async () => {
    const { model } = chain()
    const result = await apply(model, { ratio: 0.4 })
    expect(shapes(model)).toEqual([
      [8, 3],
      [16, 8],
      [4, 16],
    ])
    expect(result.changed).toBe(16)
  })

  test('to any width, where multiples do not matter', async () => {
    const { model } = chain()
    await apply(model, { ratio: 0.4, multipleOf: 1 })
    expect(shapes(model)).toEqual([
      [10, 3],
      [14, 10],
      [4, 14],
    ])
  })

  test('that would empty a layer leaves one multiple, and says so', async () => {
    const { model } = chain()
    const { skipped } = await apply(model, { ratio: 0.95 })
    expect(shapes(model)[1]).toEqual([8, 8])
    expect(skipped).toContainEqual({
      at: 'Conv(first)',
      reason: 'so much would empty it: 8 channels are left',
    })
  })

  test('that is too small for a multiple says so', async () => {
    const { model } = chain()
    const { changed, skipped } = await apply(model, { ratio: 0.1 })
    expect(changed).toBe(0)
    const reason = 'its 16 channels are the multiple of 8 closest to what was asked for'
    expect(skipped).toContainEqual({ at: 'Conv(first)', reason })
  })

  test('of nothing changes nothing', async () => {
    const { model } = chain()
    const before = encodeModel(model)
    expect(await apply(model, { ratio: 0 })).toMatchObject({ changed: 0 })
    expect(encodeModel(model)).toEqual(before)
  })

  test('leaves alone what is to be kept, and says so', async () => {
    const { model } = chain()
    const { skipped } = await apply(model, { ratio: 0.5, keep: 'second' })
    expect(shapes(model)).toEqual([
      [8, 3],
      [24, 8],
      [4, 24],
    ])
    expect(skipped).toContainEqual({ at: 'Conv(second)', reason: 'kept as asked' })
  })
})

describe('a budget', () => {
  const macsOf = async (model: Model) => {
    const types = new TypeView()
    types.learn(model, await testRuntime.inferTypes(model))
    return model.graph.nodes.reduce((sum, node) => sum + (multiplyAccumulates(node, types) ?? 0), 0)
  }

  test.each([0.2, 0.5, 0.8])(
    'of %d of the multiply-accumulates is met, and not by far more',
    async (macs) => {
      const { model } = chain([1, 3, 8, 8])
      const before = await macsOf(model)
      const { details } = await apply(model, { macs, multipleOf: 1 })
      const after = await macsOf(model)
      expect(after / before).toBeLessThanOrEqual(1 - macs)
      expect(after / before).toBeGreaterThan(1 - macs - 0.06)
      expect(details?.macs).toEqual({ before, after })
    },
  )

  test('of parameters is met, and told as counted', async () => {
    const { model } = chain()
    const before = parameterCount(model)
    const { details } = await apply(model, { parameters: 0.5, multipleOf: 2 })
    const after = parameterCount(model)
    expect(after / before).toBeLessThanOrEqual(0.5)
    expect(details?.parameters).toEqual({ before, after })
  })

  test('takes channels where they save most for what they matter', async () => {
    const { model } = chain([1, 3, 8, 8])
    // All channels matter alike, but those of the first layer cost fewer weights.
    await apply(model, { parameters: 0.3, multipleOf: 1 })
    const [first = 0, second = 0] = shapes(model).map(([outputs = 0]) => outputs)
    expect(first / 16).toBeLessThan(1)
    expect(second / 24).toBeLessThanOrEqual(1)
    expect(first / 16 + second / 24).toBeGreaterThan(1)
  })

  test('that no removal reaches is refused with the most that there is', async () => {
    const { model } = chain()
    await expect(apply(model, { parameters: 0.99 })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringMatching(
        /^Expected parameters of at most 0\.\d+, which is what channels can save here for prune\.channels, received 0\.99$/,
      ),
    })
  })

  test('of multiply-accumulates wants sizes, or samples that tell them', async () => {
    await expect(apply(chain(['n', 3, 'h', 'w']).model, { macs: 0.5 })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message:
        'Expected samples, or inputs of known size, for macs of prune.channels, received "a model that leaves open what Conv(first) costs"',
    })
    const { model } = chain(['n', 3, 'h', 'w'])
    const { details } = await applyTo(model, { macs: 0.5, multipleOf: 4 })
    const { before, after } = changeOf(details?.macs)
    // Samples are of 3 images of 3 × 3.
    expect(before).toBe(3 * 9 * (16 * 27 + 24 * 144 + 4 * 24))
    expect(after / before).toBeLessThanOrEqual(0.5)
  })
})

describe('scores', () => {
  /** Channels of the first layer that are left, told by its bias. */
  const left = (model: Model) =>
    Array.from(layer(model, 'first').input(2)?.constant?.elements as Float32Array, Math.round)

  /** A chain whose channels can be told by the bias of its first layer. */
  function numbered(): Model {
    const { model } = chain()
    change(model, 'first', 2, (_, at) => at)
    return model
  }

  test.each(['l1', 'l2'] as const)('%s: small weights go', async (score) => {
    const model = numbered()
    change(model, 'first', 1, (weight, at) => (Math.floor(at / 27) % 2 ? weight : weight / 8))
    await apply(model, { ratio: 0.5, score })
    expect(left(model)).toEqual([1, 3, 5, 7, 9, 11, 13, 15])
  })

  test('weights that read a channel count as those that make it', async () => {
    const model = numbered()
    change(model, 'second', 1, (weight, at) => (Math.floor(at / 9) % 16 < 8 ? weight : weight / 8))
    await apply(model, { ratio: 0.5 })
    expect(left(model)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  test('batchNorm: small scales go; where there is none, small weights', async () => {
    const g = new LayerBuilder()
    const scales = g.weight(Array.from({ length: 16 }, (_, at) => (at % 2 ? 1 : -0.1)))
    const first = g.conv(g.input('x', ['n', 3, 8, 8]), [16, 3, 1, 1], { name: 'first' })
    const normal = g.node('BatchNormalization', [
      first,
      scales,
      g.some([16]),
      g.some([16]),
      g.weight(Array(16).fill(1)),
    ])
    const second = g.conv(g.node('Relu', [normal]), [16, 16, 1, 1], { name: 'second' })
    g.output(g.conv(second, [4, 16, 1, 1]))
    change(g.model, 'first', 2, (_, at) => at)
    const { skipped } = await apply(g.model, { ratio: 0.5, score: 'batchNorm' })
    expect(left(g.model)).toEqual([1, 3, 5, 7, 9, 11, 13, 15])
    const reason = 'its channels go through no BatchNormalization: scored by l1'
    expect(skipped).toContainEqual({ at: 'Conv(second)', reason })
  })

  test('activation: channels that are seldom active go', async () => {
    const { model } = chain()
    // Those far below zero never pass ReLU, however large their weights are.
    change(model, 'first', 2, (_, at) => (at < 8 ? -100 : at))
    await applyTo(model, { ratio: 0.5, score: 'activation', refit: false })
    expect(left(model)).toEqual([8, 9, 10, 11, 12, 13, 14, 15])
  })

  test('reconstruction: channels that the next layer would not miss go', async () => {
    const { model } = chain()
    change(model, 'first', 2, (_, at) => 10 + at)
    // The most active ones, which hardly anything reads.
    change(model, 'second', 1, (weight, at) => (Math.floor(at / 9) % 16 < 8 ? weight : weight / 100))
    await applyTo(model, { ratio: 0.5, score: 'reconstruction', refit: false })
    expect(left(model)).toEqual([10, 11, 12, 13, 14, 15, 16, 17])
  })
})

describe('fitting anew', () => {
  /** What reads 8 channels of which each pair holds the same. */
  type Reader = (g: LayerBuilder, x: Value) => Value

  /** A model whose layer of 8 channels has each row twice. */
  function doubled(read: Reader): Model {
    const g = new LayerBuilder()
    const first = g.conv(g.input('x', [2, 3, 6, 6]), [8, 3, 1, 1], { name: 'first' })
    g.output(read(g, g.node('Relu', [first])))
    change(g.model, 'first', 1, (_, at) => Math.sin(1 + (at % 12)))
    change(g.model, 'first', 2, (_, at) => 0.3 * (at % 4))
    return g.model
  }

  const tokens: Reader = (g, x) =>
    g.node('Transpose', [g.node('Reshape', [x, g.ints([0, 8, 36])])], { perm: attribute.ints([0, 2, 1]) })
  const READERS: readonly (readonly [string, Reader])[] = [
    ['Conv', (g, x) => g.conv(x, [5, 8, 3, 3], { pads: 1 })],
    ['Conv without a bias', (g, x) => g.conv(x, [5, 8, 3, 3], { strides: [2, 2], bias: false })],
    [
      'ConvTranspose',
      (g, x) => g.node('ConvTranspose', [x, g.some([8, 5, 2, 2])], { strides: attribute.ints([2, 2]) }),
    ],
    [
      'Gemm',
      (g, x) =>
        g.node('Gemm', [g.node('Flatten', [g.node('GlobalAveragePool', [x])]), g.some([8, 5])], {
          alpha: attribute.float(2),
        }),
    ],
    [
      'Gemm, transposed',
      (g, x) =>
        g.node('Gemm', [g.node('Flatten', [g.node('GlobalAveragePool', [x])]), g.some([5, 8]), g.some([5])], {
          transB: attribute.int(1),
        }),
    ],
    ['MatMul', (g, x) => g.node('MatMul', [tokens(g, x), g.some([8, 5])])],
    [
      'MatMul and Add',
      (g, x) => g.node('Add', [g.some([5]), g.node('MatMul', [tokens(g, x), g.some([8, 5])])]),
    ],
  ]

  test.each(READERS)('%s takes over what is told twice', async (_, read) => {
    const fitted = await applyTo(doubled(read), { ratio: 0.5, multipleOf: 1, score: 'l1' })
    const plain = await applyTo(doubled(read), { ratio: 0.5, multipleOf: 1, score: 'l1', refit: false })
    expect(fitted.details?.refitLayers).toBe(1)
    expect(fitted.snrDb).toBeGreaterThan(plain.snrDb + 10)
    expect(fitted.snrDb).toBeGreaterThan(15)
  })

  test('a bias takes over the mean of what is gone', async () => {
    const build = () => {
      const { model } = chain()
      // Nearly constant, and large: only its mean matters.
      change(model, 'first', 1, (weight, at) => (at < 8 * 27 ? weight / 1000 : weight))
      change(model, 'first', 2, (bias, at) => (at < 8 ? 3 + at : bias))
      return model
    }
    const options = { ratio: 0.5, score: 'l1', keep: 'second' } as const
    // Only at the borders, where padding makes them no constants, is anything lost.
    expect((await applyTo(build(), options)).snrDb).toBeGreaterThan(
      10 + (await applyTo(build(), { ...options, refit: false })).snrDb,
    )
  })

  test('says what it could not fit', async () => {
    const g = new LayerBuilder()
    const first = g.conv(g.input('x', ['n', 3, 6]), [8, 3, 3], { name: 'first' })
    g.output(g.conv(first, [4, 8, 3]))
    // The tests' Gram matrices know no patches along one axis.
    const { skipped } = await applyTo(g.model, { ratio: 0.5, multipleOf: 1, score: 'l1' })
    const reason = 'not fitted anew: there is no Gram matrix of its inputs'
    expect(skipped).toContainEqual({ at: 'Conv(Conv_output)', reason })
  })
})

test('the report tells each width and what was saved', async () => {
  const { model } = chain()
  const before = encodeModel(model).byteLength
  const { details } = await apply(model, { ratio: 0.5 })
  expect(details).toMatchObject({
    score: 'l1',
    refitLayers: 0,
    families: [
      { layer: 'Conv(first)', opType: 'Conv', channels: { before: 16, after: 8 }, layers: 1 },
      { layer: 'Conv(second)', opType: 'Conv', channels: { before: 24, after: 16 }, layers: 1 },
    ],
  })
  const bytes = changeOf(details?.bytes)
  expect(bytes.after / bytes.before).toBeCloseTo(encodeModel(model).byteLength / before, 1)
})

test('layers inside subgraphs are narrowed too', async () => {
  const outer = new LayerBuilder()
  const x = outer.input('x', ['n', 3, 8, 8])
  const branch = (offset: number) => {
    const inner = new Graph('branch', outer.model.graph)
    const weight = (shape: readonly number[]) => {
      const size = shape.reduce((all, each) => all * each, 1)
      const numbers = Float32Array.from({ length: size }, (_, at) => Math.sin(at + offset))
      return inner.addInitializer(Tensor.float32(numbers, shape), 'w')
    }
    const hidden = inner.add('Relu', [inner.add('Conv', [x, weight([16, 3, 1, 1])]).output()]).output()
    inner.addOutput(inner.add('Conv', [hidden, weight([4, 16, 1, 1])]).output() as Value)
    return attribute.graph(inner)
  }
  const condition = outer.input('condition', [], 'bool')
  outer.output(outer.node('If', [condition], { then_branch: branch(0), else_branch: branch(9) }))
  const result = await apply(outer.model, { ratio: 0.5 })
  expect(result.changed).toBe(16)
  const widths = outer.model.graph.nodes.flatMap((node) =>
    node.subgraphs.map((graph) => graph.nodes[0]?.input(1)?.constant?.shape[0]),
  )
  expect(widths).toEqual([8, 8])
})

test('weights in Constant nodes and listed as inputs are weights too', async () => {
  const { model } = chain()
  model.irVersion = 3
  const value = layer(model, 'second').input(1) as Value
  const tensor = value.constant as Tensor
  model.graph.addInput(layer(model, 'first').input(1) as Value)
  const node = model.graph.add('Constant', [], {
    attributes: { value: attribute.tensor(tensor) },
    before: layer(model, 'second'),
  })
  layer(model, 'second').setInput(1, node.output())
  model.graph.forget(value)
  await apply(model, { ratio: 0.5 })
  expect(shapes(model).slice(0, 2)).toEqual([
    [8, 3],
    [16, 8],
  ])
})

test('the same input gives the same bytes', async () => {
  const [a, b] = [chain().model, chain().model]
  await applyTo(a, { macs: 0.4, multipleOf: 4 })
  await applyTo(b, { macs: 0.4, multipleOf: 4 })
  expect(encodeModel(a)).toEqual(encodeModel(b))
})

test.each(['Gram matrices of what layers read', 'fitting layers anew'])(
  'stops when it is told to: %s',
  async (stage) => {
    const { model } = chain()
    const pass = prune.channels({ ratio: 0.5 })
    const controller = new AbortController()
    const context = await contextFor(pass, model, samplesFor(model, 2))
    const before = encodeModel(model)
    const progress = (_: number, what?: string) => {
      if (what === stage) controller.abort()
    }
    const work = pass.apply({ ...context, signal: controller.signal, progress })
    await expect(work).rejects.toMatchObject({ name: 'AbortError' })
    // Nothing was removed before everything was known.
    expect(encodeModel(model)).toEqual(before)
  },
)

test('a model of an old opset is left as it is', async () => {
  const { model } = chain()
  model.opset = 6
  const reason = 'channels are followed from opset 7 on, the model has 6: put upgradeOpset() first'
  expect(await apply(model, { ratio: 0.5 })).toEqual({ changed: 0, skipped: [{ at: 'model', reason }] })
})

test('a model without such layers is left as it is', async () => {
  const g = new LayerBuilder()
  g.output(g.node('Relu', [g.input('x', [1, 4])]))
  expect(await apply(g.model, { ratio: 0.5 })).toMatchObject({ changed: 0, skipped: [] })
})
