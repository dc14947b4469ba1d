import fc from 'fast-check'
import type { Value } from '../../../src/ir'
import { shiftedEncoding } from '../../../src/passes/quantize/insert'
import { LIMITS } from '../../../src/passes/quantize/numbers'
import { type Tail, tailOf } from '../../../src/passes/quantize/tail'
import { check, countOf, LayerBuilder } from './support'

function tailWith(make: (b: LayerBuilder, h: Value) => Value | undefined): Tail | undefined {
  const b = new LayerBuilder()
  const h = b.node('Tanh', [b.input('x', [2, 3])])
  make(b, h)
  return tailOf(h)
}

describe('what is a tail', () => {
  test('a ReLU, or a Clip from 0', () => {
    for (const make of [
      (b: LayerBuilder, h: Value) => b.node('Relu', [h]),
      (b: LayerBuilder, h: Value) => b.node('Clip', [h, b.weight(0), b.weight(6)]),
      (b: LayerBuilder, h: Value) => b.node('Clip', [h, b.weight(0)]),
    ])
      expect(tailWith(make)).toMatchObject({ factor: 1, shift: 0 })
  })

  test('a chain of factors and shifts', () => {
    const tail = tailWith((b, h) =>
      b.node('Mul', [b.node('Add', [b.weight(3), b.node('Mul', [h, b.weight(2)])]), b.weight(0.5)]),
    )
    expect(tail).toMatchObject({ factor: 1, shift: 1.5 })
    expect(tail?.nodes).toHaveLength(3)
  })

  const none: [string, (b: LayerBuilder, h: Value) => Value | undefined][] = [
    ['a Clip from −1', (b, h) => b.node('Clip', [h, b.weight(-1), b.weight(1)])],
    ['a Clip without bounds', (b, h) => b.node('Clip', [h])],
    ['a Clip to what is not known', (b, h) => b.node('Clip', [h, b.weight(0), b.input('high', [])])],
    ['a negative factor', (b, h) => b.node('Mul', [h, b.weight(-2)])],
    ['a factor of 0', (b, h) => b.node('Mul', [h, b.weight(0)])],
    ['a factor that is no number', (b, h) => b.node('Mul', [h, b.weight(Number.NaN)])],
    ['a factor a channel', (b, h) => b.node('Mul', [h, b.weight([1, 2, 3])])],
    ['a constant of more axes', (b, h) => b.node('Mul', [h, b.weight([2], [1, 1, 1])])],
    ['its own double', (b, h) => b.node('Add', [h, h])],
    ['another value', (b, h) => b.node('Add', [h, b.input('y', [2, 3])])],
    ['a Sub', (b, h) => b.node('Sub', [h, b.weight(2)])],
  ]
  test.each(none)('not %s', (_, make) => {
    // Of the value before nothing is declared, so its number of axes is not known either.
    expect(tailWith(make)).toBeUndefined()
  })

  test('not what several read, nor what callers read', () => {
    expect(
      tailWith((b, h) => {
        b.node('Relu', [h])
        return b.node('Exp', [h])
      }),
    ).toBeUndefined()
    expect(
      tailWith((b, h) => {
        b.output(h)
        return b.node('Relu', [h])
      }),
    ).toBeUndefined()
  })

  test('a chain ends before a negative factor, and at what callers read', () => {
    const negative = tailWith((b, h) => b.node('Mul', [b.node('Mul', [h, b.weight(2)]), b.weight(-1)]))
    expect(negative).toMatchObject({ factor: 2, shift: 0 })
    const read = tailWith((b, h) => {
      const half = b.node('Mul', [h, b.weight(0.5)])
      b.output(half)
      return b.node('Add', [half, b.weight(1)])
    })
    expect(read).toMatchObject({ factor: 0.5, shift: 0 })
  })
})

describe('numbers of an absorbed factor and shift', () => {
  const affine = (factor: number, shift: number) => ({ factor, shift }) as Tail

  test('writing and reading agree on factor · h + shift', () => {
    const factors = fc.double({ min: 0.01, max: 100, noNaN: true })
    const shifts = fc.double({ min: -20, max: 20, noNaN: true })
    const reach = fc.double({ min: 0.1, max: 30, noNaN: true })
    fc.assert(
      fc.property(
        factors,
        shifts,
        reach,
        fc.constantFrom('uint8' as const, 'int8' as const),
        (factor, shift, size, type) => {
          const range = { min: Math.min(0, shift - size), max: Math.max(0, shift + size) }
          const encoding = shiftedEncoding(range, affine(factor, shift), type)
          if (!encoding) return
          const [low, high] = LIMITS[type]
          const { write, read } = encoding
          for (const point of [write.zeroPoint, read.zeroPoint]) {
            expect(Number.isInteger(point)).toBe(true)
            expect(point).toBeGreaterThanOrEqual(low)
            expect(point).toBeLessThanOrEqual(high)
          }
          for (let y = range.min; y <= range.max; y += size / 50) {
            const h = (y - shift) / factor
            const q = Math.min(high, Math.max(low, Math.round(h / write.scale) + write.zeroPoint))
            const decoded = (q - read.zeroPoint) * read.scale
            // A step at the range's ends may be cut off, as a zero point is rounded.
            expect(Math.abs(decoded - y)).toBeLessThanOrEqual(1.01 * read.scale)
          }
        },
      ),
    )
  })

  test('a shift of whole steps is exact', () => {
    const encoding = shiftedEncoding({ min: 0, max: 255 }, affine(0.5, 17), 'uint8')
    expect(encoding).toEqual({ write: { scale: 2, zeroPoint: 17 }, read: { scale: 1, zeroPoint: 0 } })
  })

  test('a scale grows by no more than a quarter, and only for a shift', () => {
    const plain = 10 / 255
    for (const shift of [0.2, 0.3, 1, 3.3, -0.4]) {
      const scale = shiftedEncoding({ min: -5, max: 5 }, affine(1, shift), 'uint8')?.read.scale ?? 0
      expect(scale).toBeGreaterThanOrEqual(plain * (1 - 1e-6))
      expect(scale).toBeLessThanOrEqual(plain * 1.25)
    }
    expect(shiftedEncoding({ min: -5, max: 5 }, affine(3, 0), 'uint8')?.read.scale).toBeCloseTo(plain, 6)
  })

  test('shifts of less than four steps, or out of reach, are declined', () => {
    expect(shiftedEncoding({ min: -5, max: 5 }, affine(1, 0.1), 'uint8')).toBeUndefined()
    expect(shiftedEncoding({ min: -0.1, max: 0.1 }, affine(1, 40), 'uint8')).toBeUndefined()
  })
})

describe('in a graph', () => {
  /** Conv → tail → Conv */
  function chain(tail: (b: LayerBuilder, h: Value) => Value): LayerBuilder {
    const b = new LayerBuilder()
    const h = b.conv(b.input('x', ['n', 4, 6, 6]), [6, 4, 3, 3], { name: 'c' })
    return b.output(b.conv(tail(b, h), [2, 6, 1, 1], { name: 'y' }))
  }

  test.each([
    ['Mul', (b: LayerBuilder, h: Value) => b.node('Mul', [h, b.weight(1.7)])],
    [
      'Mul, Add',
      (b: LayerBuilder, h: Value) => b.node('Add', [b.node('Mul', [h, b.weight(0.3)]), b.weight(0.31)]),
    ],
    [
      'Add, Mul, of one element each',
      (b: LayerBuilder, h: Value) => b.node('Mul', [b.node('Add', [h, b.weight([-0.7])]), b.weight([2])]),
    ],
  ])('%s is absorbed', async (_, tail) => {
    const { model, operations } = await check(chain(tail))
    expect(countOf(model, 'Mul') + countOf(model, 'Add')).toBe(0)
    expect(operations).toEqual({ QuantizeLinear: 1, QLinearConv: 2, DequantizeLinear: 1 })
  })

  test.each([
    ['a shift too small', (b: LayerBuilder, h: Value) => b.node('Add', [h, b.weight(0.004)])],
    ['a negative factor', (b: LayerBuilder, h: Value) => b.node('Mul', [h, b.weight(-1.5)])],
    ['a factor a channel', (b: LayerBuilder, h: Value) => b.node('Mul', [h, b.some([6, 1, 1])])],
  ])('%s stays, and the convolutions run in 8 bits all the same', async (_, tail) => {
    const { operations, model } = await check(chain(tail), { steps: 3 })
    expect(countOf(model, 'Mul') + countOf(model, 'Add')).toBe(1)
    expect(operations.QLinearConv).toBe(2)
  })

  test('a shift that 8 bits do not reach stays', async () => {
    const b = new LayerBuilder()
    const h = b.node('Conv', [b.input('x', [1, 4, 6, 6]), b.some([3, 4, 1, 1]), b.weight([-40, -41, -42])])
    b.output(b.conv(b.node('Add', [h, b.weight(41)]), [2, 3, 1, 1], { name: 'y' }))
    const { operations, model } = await check(b, { steps: 3, snrDb: 20 })
    expect(countOf(model, 'Add')).toBe(1)
    expect(operations.QLinearConv).toBe(2)
  })

  test('an absorbed tail whose result is a graph output keeps its name', async () => {
    const b = chain((b, h) => {
      const scaled = b.node('Mul', [h, b.weight(2)], {}, 'scaled')
      b.output(scaled)
      return scaled
    })
    await check(b)
    expect(b.model.graph.outputs.map((value) => value.name)).toEqual(['scaled', 'y'])
  })
})
