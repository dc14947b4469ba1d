import { median, medianSeconds } from '../../src/compress/latency'
import { closeRuntime, modelInputs, SampleStore, Session } from '../../src/runtime'
import { convNet, tensor } from './support'

afterAll(closeRuntime)

describe('median', () => {
  test.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[10, 9], 9.5],
    [[5], 5],
  ])('of %p is %p', (given, expected) => expect(median(given)).toBe(expected))

  test('of nothing is not a number', () => expect(median([])).toBeNaN())
})

test('larger samples of the same model take longer', async () => {
  const model = convNet()
  const session = await Session.create(model, { threads: 1 })
  const seconds = async (size: number) => {
    const store = await SampleStore.spool([{ x: tensor([1, 3, size, size]) }], modelInputs(model))
    const [found = 0] = await medianSeconds([session], store)
    await store.dispose()
    return found
  }
  const small = await seconds(4)
  const large = await seconds(256)
  await session.release()
  expect(small).toBeGreaterThan(0)
  expect(large).toBeGreaterThan(small * 2)
})
