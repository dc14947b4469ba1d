import { attribute, type Value } from '../../../../src/ir'
import { Builder, check } from '../support'

describe('LayerNormalization', () => {
  interface Form {
    readonly square?: 'Pow' | 'Mul'
    readonly quotient?: 'Div' | 'Reciprocal' | 'Pow'
    readonly gamma?: readonly number[]
    readonly beta?: boolean
  }

  function spell(
    b: Builder,
    { square = 'Pow', quotient = 'Div', gamma = [6], beta = true }: Form,
    axis = -1,
  ): Value {
    const x = b.input('x', ['n', 't', 6])
    const mean = (value: Value) =>
      b.model.opset < 18
        ? b.node('ReduceMean', [value], { axes: attribute.ints([axis]) })
        : b.node('ReduceMean', [value, b.ints([axis])])
    const d = b.node('Sub', [x, mean(x)])
    const squared = square === 'Pow' ? b.node('Pow', [d, b.weight(2)]) : b.node('Mul', [d, d])
    const variance = b.node('Add', [mean(squared), b.weight(1e-5)])
    let y = quotient === 'Div' ? b.node('Div', [d, b.node('Sqrt', [variance])]) : d
    if (quotient === 'Reciprocal') y = b.node('Mul', [d, b.node('Reciprocal', [b.node('Sqrt', [variance])])])
    if (quotient === 'Pow') y = b.node('Mul', [b.node('Pow', [variance, b.weight(-0.5)]), d])
    if (gamma.length > 0) y = b.node('Mul', [y, b.random(gamma, 'gamma')])
    if (beta) y = b.node('Add', [b.random([6], 'beta'), y])
    return b.node('Identity', [y], {}, 'y')
  }

  const forms: Form[] = [
    {},
    { square: 'Mul', quotient: 'Reciprocal' },
    { quotient: 'Pow', beta: false },
    { gamma: [1, 1, 6] },
    { gamma: [], beta: false },
  ]

  test.each(forms)('%j', async (form) => {
    const b = new Builder(17)
    const { nodes } = await check(b.output(spell(b, form), ['n', 't', 6]), {
      tolerance: 2 ** -18,
      shapes: [
        [2, 3, 6],
        [1, 1, 6],
      ],
    })
    expect(nodes).toMatch(
      /^y = LayerNormalization\(x, (gamma|gamma_1|ones)(, beta)?\) \{axis=-1, epsilon=[\d.e-]+\}$/,
    )
  })

  test('with axes as input, from opset 18 on', async () => {
    const b = new Builder(18)
    const { nodes } = await check(b.output(spell(b, {}, 2), ['n', 't', 6]), { tolerance: 2 ** -18 })
    expect(nodes).toMatch(/^y = LayerNormalization\(x, gamma, beta\)/)
  })

  test('stays spelled out before opset 17', async () => {
    const b = new Builder(13)
    const { reasons } = await check(b.output(spell(b, {}), ['n', 't', 6]))
    expect(reasons).toContain('LayerNormalization: needs opset 17, the model has 13')
  })

  test('stays spelled out over another axis', async () => {
    const b = new Builder(17)
    const { reasons } = await check(b.output(spell(b, {}, 1), ['n', 't', 6]))
    expect(reasons).toContain('LayerNormalization: the mean is not over the last axis alone')
  })
})
