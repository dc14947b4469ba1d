import { inTheMiddle } from '../inTheMiddle'

describe('mergeReshapes', () => {
  test('only the last of several reshapes stays', async () => {
    const { nodes } = await inTheMiddle([2, 3, 4], (b, x) =>
      b.node('Reshape', [b.node('Unsqueeze', [b.node('Flatten', [x]), b.ints([0])]), b.ints([4, -1])]),
    )
    expect(nodes.split('\n')).toHaveLength(3)
  })

  test('a target with 0 refers to the shape in between, so both stay', async () => {
    const { nodes } = await inTheMiddle([2, 3, 4], (b, x) =>
      b.node('Reshape', [b.node('Reshape', [x, b.ints([6, 4])]), b.ints([0, 2, 2])]),
    )
    expect(nodes.match(/Reshape\(/g)).toHaveLength(2)
  })
})
