import { quantizationError } from '../../src/native'

test('JavaScript goes on while kernels run', async () => {
  const x = new Float32Array(8_000_000).map((_, i) => (i % 1000) / 500 - 1)
  let [turns, running] = [0, true]
  const count = () => {
    turns++
    if (running) setImmediate(count)
  }
  setImmediate(count)
  const calls = 12
  await Promise.all(
    Array.from({ length: calls }, () =>
      quantizationError(x, { scale: 0.01, zeroPoint: 0, dataType: 'int8' }),
    ),
  )
  running = false
  // A blocked loop would turn at most once for each call that ends.
  expect(turns).toBeGreaterThan(calls * 10)
})
