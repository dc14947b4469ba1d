import { attribute, type Value } from '../../../../src/ir'
import { Builder, check, count } from '../support'

const WIDE = { amplitude: 6, tolerance: 2 ** -20 }

describe('HardSwish', () => {
  const clip = (b: Builder, x: Value) =>
    b.node('Clip', [b.node('Add', [x, b.weight(3)]), b.weight(0), b.weight(6)])
  const spelled: Record<string, (b: Builder, x: Value) => Value> = {
    '(x * clip) / 6': (b, x) => b.node('Div', [b.node('Mul', [x, clip(b, x)]), b.weight(6)]),
    'x * (clip / 6)': (b, x) => b.node('Mul', [x, b.node('Div', [clip(b, x), b.weight(6)])]),
    '(clip * (1/6)) * x': (b, x) => b.node('Mul', [b.node('Mul', [clip(b, x), b.weight(1 / 6)]), x]),
    '(x / 6) * clip': (b, x) => b.node('Mul', [b.node('Div', [x, b.weight(6)]), clip(b, x)]),
    '(1/6) * (clip * x)': (b, x) => b.node('Mul', [b.weight(1 / 6), b.node('Mul', [clip(b, x), x])]),
    'x * HardSigmoid(x)': (b, x) =>
      b.node('Mul', [
        x,
        b.node('HardSigmoid', [x], { alpha: attribute.float(1 / 6), beta: attribute.float(0.5) }),
      ]),
  }

  test.each(Object.keys(spelled))('%s', async (form) => {
    const b = new Builder()
    const y = spelled[form]?.(b, b.input('x', ['n', 7])) as Value
    const { nodes } = await check(b.output(b.node('Identity', [y], {}, 'y'), ['n', 7]), WIDE)
    expect(nodes).toBe('y = HardSwish(x)')
  })

  test('becomes x * HardSigmoid(x) before opset 14, with the reason why not more', async () => {
    const b = new Builder(13)
    const x = b.input('x', ['n', 7])
    const { nodes, reasons } = await check(
      b.output(b.node('Div', [b.node('Mul', [x, clip(b, x)]), b.weight(6)], {}, 'y'), ['n', 7]),
      WIDE,
    )
    expect(nodes.split('\n')).toHaveLength(2)
    expect(nodes).toMatch(/HardSigmoid\(x\).*\ny = Mul\(x, /)
    expect(reasons).toEqual(['HardSwish: needs opset 14, the model has 13'])
  })

  test('another slope is no HardSwish', async () => {
    const b = new Builder()
    const x = b.input('x', [7])
    const gate = b.node('HardSigmoid', [x], { alpha: attribute.float(0.2), beta: attribute.float(0.5) })
    const { model } = await check(b.output(b.node('Mul', [x, gate], {}, 'y'), [7]), WIDE)
    expect(count(model, 'HardSwish')).toBe(0)
  })
})
