import { attribute, type Value } from '../../../src/ir'
import { intersect, isSwish, listenedZone } from '../../../src/passes/quantize/zones'
import { LayerBuilder } from './support'

const INFINITE = Number.POSITIVE_INFINITY

function zoneWith(make: (b: LayerBuilder, x: Value) => void) {
  const b = new LayerBuilder()
  const x = b.node('Tanh', [b.input('in', [2])])
  make(b, x)
  return listenedZone(x)
}

const cases: [string, (b: LayerBuilder, x: Value) => void, number, number][] = [
  ['Relu', (b, x) => b.node('Relu', [x]), 0, INFINITE],
  ['HardSwish', (b, x) => b.node('HardSwish', [x]), -3, INFINITE],
  ['HardSigmoid', (b, x) => b.node('HardSigmoid', [x]), -2.5, 2.5],
  ['Clip on both sides', (b, x) => b.node('Clip', [x, b.weight(-1), b.weight(6)]), -1, 6],
  ['Clip below', (b, x) => b.node('Clip', [x, b.weight(-1)]), -1, INFINITE],
  ['Clip above', (b, x) => b.node('Clip', [x, undefined, b.weight(6)]), -INFINITE, 6],
  ['Clip to what is not known', (b, x) => b.node('Clip', [x, b.input('low', []), b.weight(6)]), -INFINITE, 6],
  ['a bound of Clip', (b, x) => b.node('Clip', [b.input('y', [2]), b.weight(1), x]), -INFINITE, INFINITE],
  ['Sigmoid', (b, x) => b.node('Sigmoid', [x]), -8, 8],
  ['swish', (b, x) => b.node('Mul', [x, b.node('Sigmoid', [x])]), -8, INFINITE],
  ['Gelu', (b, x) => b.node('Gelu', [x]), -4, INFINITE],
  ['Exp', (b, x) => b.node('Exp', [x]), -INFINITE, INFINITE],
  [
    'a falling HardSigmoid',
    (b, x) => b.node('HardSigmoid', [x], { alpha: attribute.float(-1) }),
    -INFINITE,
    INFINITE,
  ],
  ['the square', (b, x) => b.node('Mul', [x, x]), -INFINITE, INFINITE],
  ['another domain', (b, x) => b.model.graph.add('Relu', [x], { domain: 'mine' }), -INFINITE, INFINITE],
  ['nobody', () => undefined, -INFINITE, INFINITE],
]

test.each(cases)('%s', (_, make, min, max) => {
  const zone = zoneWith(make)
  expect(zone.min).toBeCloseTo(min, 6)
  expect(zone.max).toBeCloseTo(max, 6)
})

test('of several readers, what any of them listens to', () => {
  const zone = zoneWith((b, x) => {
    b.node('Relu', [x])
    b.node('HardSwish', [x])
    b.node('Clip', [x, b.weight(-1), b.weight(6)])
  })
  expect(zone).toEqual({ min: -3, max: INFINITE })
})

test('callers listen to all of a graph output', () => {
  const zone = zoneWith((b, x) => {
    b.node('Relu', [x])
    b.output(x)
  })
  expect(zone).toEqual({ min: -INFINITE, max: INFINITE })
})

test('a range keeps 0 and is never empty', () => {
  expect(intersect({ min: -9, max: 9 }, { min: -3, max: INFINITE })).toEqual({ min: -3, max: 9 })
  expect(intersect({ min: -9, max: 9 }, { min: 2, max: 6 })).toEqual({ min: 0, max: 6 })
  expect(intersect({ min: -9, max: -1 }, { min: 0, max: INFINITE })).toEqual({ min: -9, max: -1 })
  expect(intersect({ min: 1, max: 2 }, { min: -8, max: 8 })).toEqual({ min: 0, max: 2 })
})

test('swish is x times its own sigmoid', () => {
  const b = new LayerBuilder()
  const [x, y] = [b.input('x', [2]), b.input('y', [2])]
  const mul = (a: Value, c: Value) => b.node('Mul', [a, c]).producer as NonNullable<Value['producer']>
  expect(isSwish(mul(x, b.node('Sigmoid', [x])), x)).toBe(true)
  expect(isSwish(mul(b.node('Sigmoid', [x]), x), x)).toBe(true)
  expect(isSwish(mul(x, b.node('Sigmoid', [y])), x)).toBe(false)
  expect(isSwish(b.node('Add', [x, b.node('Sigmoid', [x])]).producer as never, x)).toBe(false)
})
