import { attribute, type Value } from '../../../../src/ir'
import { closeRuntime } from '../../../../src/runtime'
import { Builder, check, count } from '../support'

afterAll(closeRuntime)

const { ints, string } = attribute
const PADS = [0, 0, 1, 0, 0, 0, 2, 3]

type Attributes = Parameters<Builder['node']>[2]

/** A convolution of 3 × 3 behind a Pad. */
async function padded(pad: (b: Builder, x: Value) => Value, attributes: Attributes = {}, fewer = true) {
  const b = new Builder()
  const y = pad(b, b.input('x', ['n', 2, 7, 8]))
  b.output(b.node('Conv', [y, b.random([3, 2, 3, 3])], attributes))
  const { model, nodes } = await check(b, { shapes: [[2, 2, 7, 8]], fewer })
  return { pads: count(model, 'Pad'), nodes }
}

const zeros = (pads: readonly number[]) => (b: Builder, x: Value) => b.node('Pad', [x, b.ints(pads)])

test.each<[string, Attributes]>([
  ['without padding of its own', {}],
  ['with padding', { pads: ints([0, 1, 2, 0]) }],
  ['that says that it has none', { auto_pad: string('VALID'), strides: ints([2, 2]) }],
])('zeros become padding of a convolution %s', async (_, attributes) => {
  expect((await padded(zeros(PADS), attributes)).pads).toBe(0)
})

test('zeros that are said', async () => {
  expect((await padded((b, x) => b.node('Pad', [x, b.ints(PADS), b.weight(0)]))).pads).toBe(0)
})

test.each<[string, (b: Builder, x: Value) => Value, Attributes]>([
  ['of another number', (b, x) => b.node('Pad', [x, b.ints(PADS), b.weight(1)]), {}],
  ['of edges', (b, x) => b.node('Pad', [x, b.ints(PADS)], { mode: string('edge') }), {}],
  ['that takes away', zeros([0, 0, -1, 0, 0, 0, 0, 0]), {}],
  ['of the batch', zeros([1, 0, 0, 0, 0, 0, 1, 0]), {}],
  ['of named axes', (b, x) => b.node('Pad', [x, b.ints([1, 1]), undefined, b.ints([2])]), {}],
  ['in front of what pads by itself', zeros(PADS), { auto_pad: string('SAME_UPPER') }],
])('a Pad %s stays', async (_, pad, attributes) => {
  expect((await padded(pad, attributes, false)).pads).toBe(1)
})

test('a Pad that others read too stays', async () => {
  const b = new Builder()
  const y = zeros(PADS)(b, b.input('x', [1, 2, 7, 8]))
  b.output(b.node('Conv', [y, b.random([3, 2, 3, 3])])).output(b.node('Neg', [y]))
  const { model } = await check(b, { fewer: false })
  expect(count(model, 'Pad')).toBe(1)
  expect(model.graph.nodes.find((node) => node.is('Conv'))?.ints('pads', undefined)).toBeUndefined()
})

test('a Pad that two convolutions read goes', async () => {
  const b = new Builder()
  const y = zeros(PADS)(b, b.input('x', [1, 2, 7, 8]))
  for (const strides of [ints([1, 1]), ints([2, 2])])
    b.output(b.node('Conv', [y, b.random([3, 2, 3, 3])], { strides }))
  const { model } = await check(b)
  expect(count(model, 'Pad')).toBe(0)
})
