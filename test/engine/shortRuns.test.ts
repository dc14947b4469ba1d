/** Runs that are over before another thread could tell of their end. */
import { InferenceSession } from '../../src/engine'
import { attribute } from '../../src/ir'
import { closeRuntime, type Feeds } from '../../src/runtime'
import { floats, ModelBuilder } from './support'

const mockHere = jest.fn()
const mockElsewhere = jest.fn()

jest.mock('../../src/native', () => {
  const native = jest.requireActual('../../src/native')
  const engineRun = (...call: unknown[]) => {
    mockElsewhere()
    return native.engineRun(...call)
  }
  const engineRunNow = (...call: unknown[]) => {
    mockHere()
    return native.engineRunNow(...call)
  }
  return { ...native, engineRun, engineRunNow }
})

afterAll(closeRuntime)

/** Runs until one of them has gone on the calling thread; that is soon, unless others keep the machine busy. */
async function untilShort(session: InferenceSession, feeds: Feeds): Promise<void> {
  mockHere.mockClear()
  for (let run = 0; run < 1000 && mockHere.mock.calls.length === 0; run++) await session.run(feeds)
  expect(mockHere).toHaveBeenCalledTimes(1)
  mockHere.mockClear()
  mockElsewhere.mockClear()
}

/** Runs many times, never on the calling thread. */
async function expectElsewhere({ model }: ModelBuilder, feeds: Feeds): Promise<void> {
  await using session = await InferenceSession.create(model)
  await session.run(feeds)
  mockHere.mockClear()
  for (let run = 0; run < 20; run++) await session.run(feeds)
  expect(mockHere).not.toHaveBeenCalled()
}

/** A model that picks a row. */
function rows(): ModelBuilder {
  const build = new ModelBuilder()
  const indices = build.input('indices', ['n'], 'int64')
  return build.output(build.add('Gather', [build.weight([5, 3]), indices]))
}

const row = (index: number) => ({
  indices: { type: 'int64', dims: [1], data: BigInt64Array.of(BigInt(index)) },
})

describe.each([1, 2])('a short plan, %i threads', (intraOpNumThreads) => {
  test('runs on the calling thread, with the same results', async () => {
    await using session = await InferenceSession.create(rows().model, { intraOpNumThreads })
    const expected = await session.run(row(3))
    await untilShort(session, row(3))
    expect(await session.run(row(3))).toEqual(expected)
    expect(mockHere).toHaveBeenCalledTimes(1)
    expect(mockElsewhere).not.toHaveBeenCalled()
  })

  test('leaves it when several runs are under way, and each gets its own results', async () => {
    await using session = await InferenceSession.create(rows().model, { intraOpNumThreads })
    const alone = []
    for (let index = 0; index < 5; index++) alone.push(await session.run(row(index)))
    await untilShort(session, row(0))
    const together = [0, 1, 2, 3, 4].map((index) => session.run(row(index)))
    expect(await Promise.all(together)).toEqual(alone)
    expect(mockHere).not.toHaveBeenCalled()
  })

  test('rejects where a step fails, and goes on', async () => {
    await using session = await InferenceSession.create(rows().model, { intraOpNumThreads })
    await untilShort(session, row(1))
    const failing = session.run(row(9))
    await expect(failing).rejects.toMatchObject({ code: 'RUNTIME', message: expect.stringMatching(/index/) })
    expect(mockHere).toHaveBeenCalledTimes(1)
    expect(Object.values(await session.run(row(-1)))[0]?.dims).toEqual([1, 3])
  })

  test('lets the event loop turn between runs', async () => {
    await using session = await InferenceSession.create(rows().model, { intraOpNumThreads })
    await untilShort(session, row(1))
    let isOver = false
    setTimeout(() => {
      isOver = true
    }, 5)
    const begin = Date.now()
    while (!isOver && Date.now() - begin < 5000) await session.run(row(1))
    expect(isOver).toBe(true)
  })

  test('measures its steps all the same', async () => {
    await using session = await InferenceSession.create(rows().model, { intraOpNumThreads, profile: true })
    await untilShort(session, row(1))
    expect((await session.explain()).steps).toEqual([
      expect.objectContaining({ seconds: expect.any(Number) }),
    ])
  })
})

test('a plan that takes longer stays off the calling thread', async () => {
  const build = new ModelBuilder()
  const pads = attribute.ints([1, 1, 1, 1])
  build.output(build.add('Conv', [build.input('x', [1, 64, 96, 96]), build.weight([64, 64, 3, 3])], { pads }))
  await expectElsewhere(build, { x: floats([1, 64, 96, 96]) })
})

test('what onnxruntime computes never runs there', async () => {
  const build = new ModelBuilder()
  const x = build.input('x', [1, 4, 6, 6])
  build.output(build.add('LpPool', [x], { kernel_shape: attribute.ints([2, 2]) }))
  await expectElsewhere(build, { x: floats([1, 4, 6, 6]) })
})
