import { attribute } from '../../../../src/ir'
import { Builder, check } from '../support'

describe('mergeCasts', () => {
  test('a cast to a wider type before another', async () => {
    const b = new Builder()
    const wide = b.node('Cast', [b.input('x', [3], 'int32')], { to: attribute.int(11) })
    const y = b.node('Cast', [wide], { to: attribute.int(1) }, 'y')
    expect((await check(b.output(y, [3]))).nodes).toBe('y = Cast(x) {to=1}')
  })

  test('a cast to a narrower type rounds, and stays', async () => {
    const b = new Builder()
    const narrow = b.node('Cast', [b.input('x', [3])], { to: attribute.int(6) })
    expect(
      (await check(b.output(b.node('Cast', [narrow], { to: attribute.int(1) }, 'y'), [3]))).model.graph
        .nodeCount,
    ).toBe(2)
  })
})
