import { attribute } from '../../../../src/ir'
import { inTheMiddle } from '../inTheMiddle'

describe('mergeTransposes', () => {
  test('two Transposes become one', async () => {
    const { nodes } = await inTheMiddle([2, 3, 4], (b, x) =>
      b.node('Transpose', [b.node('Transpose', [x], { perm: attribute.ints([1, 2, 0]) })], {
        perm: attribute.ints([1, 0, 2]),
      }),
    )
    expect(nodes).toMatch(/Transpose\(h\) \{perm=\[2,1,0\]\}/)
    expect(nodes.match(/Transpose\(/g)).toHaveLength(1)
  })
})
