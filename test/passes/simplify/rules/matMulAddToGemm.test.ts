import { Builder, check, count } from '../support'

describe('MatMul + Add', () => {
  test('of rank 2 becomes Gemm', async () => {
    const b = new Builder()
    const y = b.node(
      'Add',
      [b.random([2], 'bias'), b.node('MatMul', [b.input('x', ['n', 3]), b.random([3, 2])])],
      {},
      'y',
    )
    expect((await check(b.output(y, ['n', 2]))).nodes).toBe('y = Gemm(x, w, bias)')
  })

  test('of rank 3 stays', async () => {
    const b = new Builder()
    const y = b.node(
      'Add',
      [b.node('MatMul', [b.input('x', ['n', 4, 3]), b.random([3, 2])]), b.random([2], 'bias')],
      {},
      'y',
    )
    expect(count((await check(b.output(y, ['n', 4, 2]))).model, 'MatMul')).toBe(1)
  })
})
