/** onnxruntime's LSTM by weights of 8 bits. */
import { attribute, type Model, Tensor } from '../../src/ir'
import { closeRuntime } from '../../src/runtime'
import { LARGEST_WEIGHT } from '../support/saturation'
import { expectParity, floats, ModelBuilder, noise } from './support'

afterAll(closeRuntime)

interface Layer {
  readonly steps: number
  readonly batch: number
  readonly inputs: number
  readonly hidden: number
  readonly direction?: string
  readonly dataType?: 'int8' | 'uint8'
  readonly zero?: number
  readonly isByColumn?: boolean
  readonly hasBias?: boolean
  readonly hasState?: boolean
  readonly lengths?: readonly number[]
}

function modelOf(layer: Layer): Model {
  const { steps, batch, inputs, hidden, direction = 'forward', dataType = 'int8', zero = 0 } = layer
  const directions = direction === 'bidirectional' ? 2 : 1
  const build = new ModelBuilder()
  build.model.opsetImports.set('com.microsoft', 1)
  const bytes = (shape: readonly number[], seed: number) => {
    const size = shape.reduce((all, each) => all * each, 1)
    const most = dataType === 'int8' ? LARGEST_WEIGHT : Math.min(LARGEST_WEIGHT, 100)
    const numbers = noise(size, seed).map((each) => Math.round(each * most) + zero)
    return build.constant(
      Tensor.from(dataType, shape, (dataType === 'int8' ? Int8Array : Uint8Array).from(numbers)),
    )
  }
  const scales = (seed: number) => {
    const count = layer.isByColumn ? 4 * hidden : 1
    const numbers = noise(directions * count, seed).map((each) => 0.002 + Math.abs(each) / 1000)
    return build.constant(Tensor.float32(numbers, layer.isByColumn ? [directions, count] : [directions]))
  }
  const zeros = () => {
    const shape = layer.isByColumn ? [directions, 4 * hidden] : [directions]
    const array = dataType === 'int8' ? Int8Array : Uint8Array
    return build.constant(
      Tensor.from(dataType, shape, new array(shape.reduce((all, each) => all * each, 1)).fill(zero)),
    )
  }
  const state = (name: string) =>
    layer.hasState ? build.input(name, [directions, batch, hidden]) : undefined
  const node = build.graph.add(
    'DynamicQuantizeLSTM',
    [
      build.input('x', [steps, batch, inputs]),
      bytes([directions, inputs, 4 * hidden], 2),
      bytes([directions, hidden, 4 * hidden], 3),
      layer.hasBias === false ? undefined : build.weight([directions, 8 * hidden]),
      layer.lengths && build.constant(Tensor.from('int32', [batch], Int32Array.from(layer.lengths))),
      state('h'),
      state('c'),
      undefined,
      ...[scales(4), zeros(), scales(5), zeros()],
    ],
    {
      domain: 'com.microsoft',
      outputs: 3,
      attributes: { hidden_size: attribute.int(hidden), direction: attribute.string(direction) },
    },
  )
  for (const output of node.outputs) if (output) build.output(output)
  return build.model
}

function feedsOf({ steps, batch, inputs, hidden, direction, hasState }: Layer) {
  const state = [direction === 'bidirectional' ? 2 : 1, batch, hidden]
  const x = floats([steps, batch, inputs], 5)
  return hasState ? { x, h: floats(state, 6), c: floats(state, 7) } : { x }
}

const SMALL = { steps: 5, batch: 1, inputs: 12, hidden: 20 }

/** Two functions' approximations, and a state that now and then is rounded to another byte. */
const TOLERANCE = 2e-4

test.each<[string, Layer]>([
  ['forward', SMALL],
  ['reverse', { ...SMALL, direction: 'reverse' }],
  ['in both directions', { ...SMALL, direction: 'bidirectional' }],
  ['with a state', { ...SMALL, direction: 'bidirectional', hasState: true }],
  ['without biases', { ...SMALL, hasBias: false }],
  ['of unsigned weights', { ...SMALL, dataType: 'uint8', zero: 128 }],
  ['of weights with a scale for each column', { ...SMALL, direction: 'bidirectional', isByColumn: true }],
  ['of inputs wider than a byte', { ...SMALL, inputs: 33 }],
  ['of one step', { ...SMALL, steps: 1, hidden: 128, hasState: true }],
  ['of sequences of full length', { ...SMALL, lengths: [5] }],
  ['of two rows', { ...SMALL, batch: 2 }],
  ['of many rows', { ...SMALL, batch: 7, direction: 'bidirectional' }],
])('%s', async (_, layer) => {
  const run = await expectParity(modelOf(layer), feedsOf(layer), TOLERANCE)
  expect(run.declined).toEqual([])
  const steps = run.kernels.filter((kernel) => kernel === 'qrecurrent.lstm')
  expect(steps).toHaveLength(layer.direction === 'bidirectional' ? 2 : 1)
})

test.each<[string, Layer, RegExp]>([
  ['sequences of different lengths', { ...SMALL, batch: 2, lengths: [5, 3] }, /lengths/],
  [
    'states by weights that do not fit signed bytes',
    { ...SMALL, dataType: 'uint8', zero: 20 },
    /signed bytes/,
  ],
])('leaves %s to onnxruntime', async (_, layer, reason) => {
  // With threads onnxruntime quantizes rows of a batch apart.
  const run = await expectParity(modelOf(layer), feedsOf(layer), 5e-3)
  expect(run.declined).toEqual([expect.stringMatching(reason)])
})
