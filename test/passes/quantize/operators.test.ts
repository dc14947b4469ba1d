import { attribute, type Value } from '../../../src/ir'
import { activationInputs, roleOf } from '../../../src/passes/quantize/operators'
import { LayerBuilder } from './support'

type Make = (b: LayerBuilder, x: Value) => Value

const cases: [string, string, Make][] = [
  ['Reshape', 'move', (b, x) => b.node('Reshape', [x, b.ints([-1])])],
  ['MaxPool', 'move', (b, x) => b.node('MaxPool', [x], { kernel_shape: attribute.ints([2]) })],
  ['dilated MaxPool', 'float', (b, x) => b.node('MaxPool', [x], { dilations: attribute.ints([1, 2]) })],
  ['nearest Resize', 'move', (b, x) => b.node('Resize', [x, undefined, b.weight([1, 1, 2, 2])])],
  ['linear Resize', 'float', (b, x) => b.node('Resize', [x], { mode: attribute.string('linear') })],
  ['Resize of a region', 'float', (b, x) => b.node('Resize', [x, b.weight([0, 1]), b.weight([2])])],
  ['Add', 'compute', (b, x) => b.node('Add', [x, x])],
  ['HardSwish', 'compute', (b, x) => b.node('HardSwish', [x])],
  ['HardSigmoid', 'compute', (b, x) => b.node('HardSigmoid', [x], { alpha: attribute.float(0.9) })],
  ['HardSigmoid that falls', 'float', (b, x) => b.node('HardSigmoid', [x], { alpha: attribute.float(-1) })],
  ['Softmax', 'float', (b, x) => b.node('Softmax', [x])],
  ['Relu', 'float', (b, x) => b.node('Relu', [x])],
]

test.each(cases)('%s: %s', (_, role, make) => {
  const b = new LayerBuilder()
  expect(roleOf(make(b, b.input('x', [1, 1, 4, 4])).producer as never)).toBe(role)
})

test('other domains, and nodes of several outputs, are float', () => {
  const b = new LayerBuilder()
  const x = b.input('x', [1, 1, 4, 4])
  expect(roleOf(b.model.graph.add('Add', [x, x], { domain: 'mine' }))).toBe('float')
  expect(roleOf(b.model.graph.add('MaxPool', [x], { outputs: 2 }))).toBe('float')
})

test('shapes and axes are no activations', () => {
  const b = new LayerBuilder()
  const x = b.input('x', [4])
  expect(activationInputs(b.node('Slice', [x, b.ints([0]), b.ints([2])]).producer as never)).toEqual([x])
  expect(activationInputs(b.node('Concat', [x, x, x]).producer as never)).toEqual([x, x, x])
})
