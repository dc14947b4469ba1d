import { attribute, type Model, Tensor } from '../../src/ir'
import { closeRuntime, type FeedTensor } from '../../src/runtime'
import { differences, expectParity, floats, ModelBuilder, noise, runEngine, runRuntime } from './support'

afterAll(closeRuntime)

/** onnxruntime approximates both functions by quotients of polynomials. */
const TOLERANCE = 1e-5

interface Layer {
  /** LSTM where nothing is said; a GRU resets behind its product. */
  readonly opType?: string
  readonly steps: number
  readonly batch: number
  readonly inputs: number
  readonly hidden: number
  readonly direction?: string
  readonly hasBias?: boolean
  readonly hasState?: boolean
  /** Which of the outputs are there: Y, Y_h, Y_c. */
  readonly outputs?: readonly number[]
  readonly attributes?: Record<string, ReturnType<typeof attribute.int>>
  readonly lengths?: readonly number[]
}

const scaled = (shape: readonly number[], seed: number, scale: number) =>
  Tensor.from(
    'float32',
    shape,
    noise(
      shape.reduce((all, size) => all * size, 1),
      seed,
    ).map((each) => each * scale),
  )

function modelOf(layer: Layer): Model {
  const { steps, batch, inputs, hidden, direction = 'forward', outputs = [0, 1, 2], lengths } = layer
  const { opType = 'LSTM', hasBias = true, hasState = true, attributes = {} } = layer
  const isGru = opType === 'GRU'
  const gates = isGru ? 3 : 4
  const directions = direction === 'bidirectional' ? 2 : 1
  const build = new ModelBuilder()
  const x = build.input('x', [steps, batch, inputs])
  const scale = 1 / Math.sqrt(hidden)
  const state = (name: string) => (hasState ? build.input(name, [directions, batch, hidden]) : undefined)
  const node = build.graph.add(
    opType,
    [
      x,
      build.constant(scaled([directions, gates * hidden, inputs], 2, scale)),
      build.constant(scaled([directions, gates * hidden, hidden], 3, scale)),
      hasBias ? build.constant(scaled([directions, 2 * gates * hidden], 4, 1)) : undefined,
      lengths && build.constant(Tensor.from('int32', [batch], Int32Array.from(lengths))),
      state('h'),
      isGru ? undefined : state('c'),
    ],
    {
      outputs: (isGru ? [0, 1] : [0, 1, 2]).map((index) =>
        outputs.includes(index) ? build.graph.createValue(`out${index}`) : undefined,
      ),
      attributes: {
        hidden_size: attribute.int(hidden),
        direction: attribute.string(direction),
        ...(isGru ? { linear_before_reset: attribute.int(1) } : {}),
        ...attributes,
      },
    },
  )
  for (const output of node.outputs) if (output) build.output(output)
  return build.model
}

function feedsOf({ opType, steps, batch, inputs, hidden, direction, hasState = true }: Layer) {
  const state = [direction === 'bidirectional' ? 2 : 1, batch, hidden]
  const x = floats([steps, batch, inputs], 5)
  const h = floats(state, 6)
  return { x, ...(hasState ? { h } : {}), ...(hasState && opType !== 'GRU' ? { c: floats(state, 7) } : {}) }
}

const SMALL = { steps: 5, batch: 2, inputs: 6, hidden: 7 }

describe.each(['LSTM', 'GRU'])('%s', (opType) => {
  test.each<[string, Layer]>([
    ['forward', SMALL],
    ['reverse', { ...SMALL, direction: 'reverse' }],
    ['in both directions', { ...SMALL, direction: 'bidirectional' }],
    ['in both directions, of many rows', { ...SMALL, batch: 9, hidden: 40, direction: 'bidirectional' }],
    ['of one step', { steps: 1, batch: 1, inputs: 128, hidden: 128 }],
    ['without a state and biases', { ...SMALL, hasBias: false, hasState: false }],
    ['of which states are wanted', { ...SMALL, outputs: [0] }],
    ['of which the last state is wanted', { ...SMALL, direction: 'bidirectional', outputs: [1] }],
    ['of sequences of full length', { ...SMALL, lengths: [5, 5] }],
  ])('%s', async (_, given) => {
    const layer = { ...given, opType }
    const run = await expectParity(modelOf(layer), feedsOf(layer), TOLERANCE)
    expect(run.declined).toEqual([])
    expect(run.kernels.filter((kernel) => kernel === `recurrent.${opType.toLowerCase()}`)).toHaveLength(
      layer.direction === 'bidirectional' ? 2 : 1,
    )
  })

  test.each(['forward', 'bidirectional'])('%s, whose batch is the first axis', async (direction) => {
    // onnxruntime has no such layers: the other layout says what is right.
    const layer = { ...SMALL, opType, direction }
    const feeds = feedsOf(layer)
    const expected = await runRuntime(modelOf(layer), feeds)
    const model = modelOf({ ...layer, attributes: { layout: attribute.int(1) } })
    for (const input of model.graph.inputs) input.type = undefined
    const swapped = Object.entries(feeds).map(([name, feed]) => [name, permuted(feed, [1, 0, 2])] as const)
    const { results, declined } = await runEngine(model, Object.fromEntries(swapped))
    expect(declined).toEqual([])
    const back = Object.entries(results).map(
      ([name, result]) => [name, permuted(result, name === 'out0' ? [1, 2, 0, 3] : [1, 0, 2])] as const,
    )
    const off = differences(expected, Object.fromEntries(back))
    expect(Math.max(...Object.values(off))).toBeLessThan(TOLERANCE)
  })
})

describe('recurrent layers', () => {
  test.each<[string, Layer, RegExp]>([
    ['sequences of different lengths', { ...SMALL, lengths: [5, 3] }, /lengths/],
    ['coupled gates', { ...SMALL, attributes: { input_forget: attribute.int(1) } }, /gates/],
    [
      'a reset before the product',
      { ...SMALL, opType: 'GRU', attributes: { linear_before_reset: attribute.int(0) } },
      /reset/,
    ],
    ['sums that are clipped', { ...SMALL, attributes: { clip: attribute.float(0.5) } }, /clipped/],
    [
      'other activations',
      { ...SMALL, attributes: { activations: attribute.strings(['HardSigmoid', 'Relu', 'Tanh']) } },
      /HardSigmoid/,
    ],
  ])('leaves %s to onnxruntime', async (_, layer, reason) => {
    const run = await expectParity(modelOf(layer), feedsOf(layer), TOLERANCE)
    expect(run.declined).toEqual([expect.stringMatching(reason)])
  })

  test('an LSTM of which only the cell is wanted', async () => {
    const layer = { ...SMALL, direction: 'bidirectional', outputs: [2] }
    expect((await expectParity(modelOf(layer), feedsOf(layer), TOLERANCE)).declined).toEqual([])
  })
})

/** The same elements with their axes in another order. */
function permuted({ dims, data }: FeedTensor, order: readonly number[]): FeedTensor {
  const from = data as Float32Array
  const stride = (axis: number) => dims.slice(axis + 1).reduce((all, size) => all * size, 1)
  const sizes = order.map((axis) => dims[axis] ?? 1)
  const elements = from.map((_, index) => {
    let [rest, at] = [index, 0]
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const size = sizes[axis] ?? 1
      at += (rest % size) * stride(order[axis] ?? 0)
      rest = Math.floor(rest / size)
    }
    return from[at] ?? 0
  })
  return { type: 'float32', dims: sizes, data: elements }
}
