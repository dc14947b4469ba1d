import type { Value } from '../../../../src/ir'
import { Builder, check, count } from '../support'

describe('Gelu', () => {
  const erf = (b: Builder, x: Value) =>
    b.node('Add', [b.node('Erf', [b.node('Div', [x, b.weight(Math.SQRT2)])]), b.weight(1)])
  const cubic = (b: Builder, x: Value) =>
    b.node('Add', [x, b.node('Mul', [b.weight(0.044715), b.node('Pow', [x, b.weight(3)])])])
  const tanh = (b: Builder, _x: Value, inner: Value) =>
    b.node('Add', [b.weight(1), b.node('Tanh', [b.node('Mul', [inner, b.weight(Math.sqrt(2 / Math.PI))])])])
  const spelled: Record<string, [string, (b: Builder, x: Value) => Value]> = {
    '(x * (1 + erf)) * 0.5': ['', (b, x) => b.node('Mul', [b.node('Mul', [x, erf(b, x)]), b.weight(0.5)])],
    '(x * 0.5) * (1 + erf)': ['', (b, x) => b.node('Mul', [b.node('Mul', [x, b.weight(0.5)]), erf(b, x)])],
    '(x * (1 + erf)) / 2': ['', (b, x) => b.node('Div', [b.node('Mul', [x, erf(b, x)]), b.weight(2)])],
    'tanh, x + 0.044715 x^3': [
      ' {approximate="tanh"}',
      (b, x) => b.node('Mul', [b.node('Mul', [b.weight(0.5), x]), tanh(b, x, cubic(b, x))]),
    ],
    'tanh, x * (1 + 0.044715 x x)': [
      ' {approximate="tanh"}',
      (b, x) => {
        const square = b.node('Mul', [b.node('Mul', [x, b.weight(0.044715)]), x])
        const inner = b.node('Mul', [x, b.node('Add', [square, b.weight(1)])])
        return b.node('Mul', [b.node('Mul', [b.weight(0.5), x]), tanh(b, x, inner)])
      },
    ],
  }

  test.each(Object.keys(spelled))('%s', async (form) => {
    const b = new Builder()
    const [attributes, build] = spelled[form] as [string, (b: Builder, x: Value) => Value]
    const y = b.node('Identity', [build(b, b.input('x', ['n', 9]))], {}, 'y')
    expect((await check(b.output(y, ['n', 9]), { amplitude: 4, tolerance: 2 ** -18 })).nodes).toBe(
      `y = Gelu(x)${attributes}`,
    )
  })

  test('stays spelled out before opset 20, and where the error function has another argument', async () => {
    const b = new Builder(17)
    const x = b.input('x', [9])
    const { reasons } = await check(
      b.output(b.node('Mul', [b.node('Mul', [x, erf(b, x)]), b.weight(0.5)], {}, 'y'), [9]),
    )
    expect(reasons).toEqual(['Gelu: needs opset 20, the model has 17'])

    const c = new Builder()
    const [u, v] = [c.input('u', [9]), c.input('v', [9])]
    const { model } = await check(
      c.output(c.node('Mul', [c.node('Mul', [u, erf(c, v)]), c.weight(0.5)], {}, 'y'), [9]),
    )
    expect(count(model, 'Gelu')).toBe(0)
  })
})
