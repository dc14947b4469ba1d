import { attribute, type Value } from '../../../../src/ir'
import { Builder, check, count } from '../support'

const WIDE = { amplitude: 6, tolerance: 2 ** -20 }

describe('HardSigmoid', () => {
  const spelled: Record<string, (b: Builder, x: Value) => Value> = {
    'Clip(x + 3, 0, 6) / 6': (b, x) =>
      b.node('Div', [
        b.node('Clip', [b.node('Add', [x, b.weight(3)]), b.weight(0), b.weight(6)]),
        b.weight(6),
      ]),
    'Min(Relu(3 + x), 6) * (1/6)': (b, x) =>
      b.node('Mul', [
        b.weight(1 / 6),
        b.node('Min', [b.node('Relu', [b.node('Add', [b.weight(3), x])]), b.weight(6)]),
      ]),
    'Clip(x * 0.2 + 0.5, 0, 1)': (b, x) =>
      b.node('Clip', [
        b.node('Add', [b.node('Mul', [x, b.weight(0.2)]), b.weight(0.5)]),
        b.weight(0),
        b.weight(1),
      ]),
    'Max(Min(x / 5 + 0.5, 1), 0)': (b, x) =>
      b.node('Max', [
        b.node('Min', [b.node('Add', [b.node('Div', [x, b.weight(5)]), b.weight(0.5)]), b.weight(1)]),
        b.weight(0),
      ]),
    'Clip(x + 0.5, 0, 1)': (b, x) =>
      b.node('Clip', [b.node('Add', [x, b.weight(0.5)]), b.weight(0), b.weight(1)]),
  }

  test.each(Object.keys(spelled))('%s', async (form) => {
    const b = new Builder()
    const gate = spelled[form]?.(b, b.input('x', ['n', 5])) as Value
    const { nodes } = await check(b.output(b.node('Identity', [gate], {}, 'y'), ['n', 5]), WIDE)
    expect(nodes).toMatch(/^y = HardSigmoid\(x\) \{alpha=[\d.]+, beta=0\.5\}$/)
  })

  test('Clip with attributes, before opset 11', async () => {
    const b = new Builder(9)
    const clip = b.node('Clip', [b.node('Add', [b.input('x', [1, 5]), b.weight(3)])], {
      min: attribute.float(0),
      max: attribute.float(6),
    })
    const { nodes } = await check(b.output(b.node('Div', [clip, b.weight(6)], {}, 'y'), [1, 5]), WIDE)
    expect(nodes).toMatch(/^y = HardSigmoid\(x\)/)
  })

  test('stays spelled out where what lies between is read, or bounds differ', async () => {
    const b = new Builder()
    const sum = b.node('Add', [b.input('x', [1, 5]), b.weight(3)], {}, 'sum')
    const gate = b.node('Div', [b.node('Clip', [sum, b.weight(0), b.weight(6)]), b.weight(6)], {}, 'y')
    const { reasons } = await check(b.output(gate, [1, 5]).output(sum, [1, 5]))
    expect(reasons).toContain('HardSigmoid: "sum" is read elsewhere too')

    const c = new Builder()
    const clipped = c.node('Clip', [
      c.node('Add', [c.input('x', [1, 5]), c.weight(3)]),
      c.weight(0),
      c.weight(5),
    ])
    const { model } = await check(c.output(c.node('Div', [clipped, c.weight(6)], {}, 'y'), [1, 5]))
    expect(count(model, 'HardSigmoid')).toBe(0)
  })

  test('stays spelled out for float64 and where a constant adds axes', async () => {
    const b = new Builder()
    const sum = b.node('Add', [b.input('x', [5]), b.weight([3], [1, 1])])
    const gate = b.node('Div', [b.node('Clip', [sum, b.weight(0), b.weight(6)]), b.weight(6)], {}, 'y')
    const { reasons } = await check(b.output(gate, [1, 5]))
    expect(reasons).toContain('HardSigmoid: its constants have more axes than its input')
  })
})
