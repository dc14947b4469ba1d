import { attribute, toSafeNumber } from '../../src/ir/attribute'
import { Graph } from '../../src/ir/graph'
import { Tensor } from '../../src/ir/tensor'

const node = (attributes: Parameters<Graph['add']>[2] = {}) => new Graph().add('Op', [], attributes)

describe('attributes of a node', () => {
  test('are read by type, with a fallback', () => {
    const tensor = Tensor.float32([1])
    const each = node({
      attributes: {
        i: attribute.int(-3),
        is: attribute.ints([1, 2]),
        f: attribute.float(0.5),
        fs: attribute.floats([1.5]),
        s: attribute.string('x'),
        t: attribute.tensor(tensor),
      },
    })
    expect([
      each.int('i', 0),
      each.ints('is', []),
      each.float('f', 0),
      each.floats('fs', []),
      each.string('s', ''),
      each.tensor('t'),
    ]).toEqual([-3, [1, 2], 0.5, [1.5], 'x', tensor])
    expect([
      each.int('no', 7),
      each.ints('no', undefined),
      each.string('no', 'd'),
      each.tensor('no'),
    ]).toEqual([7, undefined, 'd', undefined])
    each.setAttribute('ref', { type: 'reference', to: 'outer', of: 'int' })
    expect(each.int('ref', 9)).toBe(9)
  })

  test('a wrong type is a broken model, not a wrong number', () => {
    const each = node({ name: 'n', attributes: { axis: attribute.float(1) } })
    expect(() => each.int('axis', 0)).toThrow(/Expected attribute axis of n to be int, found float/)
    expect(() => each.int('axis', 0)).toThrow(expect.objectContaining({ code: 'BAD_MODEL' }))
  })

  test('64-bit ends of slices are clamped to safe numbers', () => {
    expect(toSafeNumber(2n ** 63n - 1n)).toBe(Number.MAX_SAFE_INTEGER)
    expect(toSafeNumber(-(2n ** 63n))).toBe(-Number.MAX_SAFE_INTEGER)
    expect(toSafeNumber(-5n)).toBe(-5)
  })

  test('bytes that are no text are read one character a byte', () => {
    const each = node()
    each.setAttribute('s', { type: 'string', value: Uint8Array.of(0x61, 0xff) })
    expect(each.string('s', '')).toBe('a\u00ff')
  })
})

test('the default domain has one spelling', () => {
  expect(node({ domain: 'ai.onnx' }).is('Relu', 'Op')).toBe(true)
  expect(node({ domain: 'com.microsoft' }).is('Op')).toBe(false)
  expect(node().label).toBe('Op(Op_output)')
})
