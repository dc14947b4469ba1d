import { parity, recordOutputs } from '../../src/calibrate'
import { attribute, Graph, Tensor, tensorType } from '../../src/ir'
import { closeRuntime, modelInputs, SampleStore, Session } from '../../src/runtime'
import { classifierPath, floats, image, modelOf, temporaryEntries } from '../runtime/support'

afterAll(closeRuntime)

/** scores = x · factor, best = ArgMax(scores). */
function scoring(factor: readonly number[], axis = 1) {
  const graph = new Graph('scores')
  const x = graph.createValue('x', tensorType('float32', ['n', 3]))
  graph.addInput(x)
  const scores = graph.createValue('scores', tensorType('float32', ['n', 3]))
  graph.add('Mul', [x, graph.addInitializer(Tensor.float32(factor, [3]))], { outputs: [scores] })
  const best = graph.createValue('best')
  graph.add('ArgMax', [scores], {
    outputs: [best],
    attributes: { axis: attribute.int(axis), keepdims: attribute.int(0) },
  })
  graph.addOutput(scores)
  graph.addOutput(best)
  return modelOf(graph)
}

const samples = [{ x: floats([1, 2, 3, 9, 5, 1], [2, 3]) }, { x: floats([4, 0, -1], [1, 3]) }]

describe('parity', () => {
  test('equals sums written out, against a session and against recorded outputs', async () => {
    const [original, candidate] = [
      await Session.create(scoring([1, 1, 1])),
      await Session.create(scoring([1, 1.5, 1])),
    ]
    const store = await SampleStore.spool(samples, modelInputs(scoring([1, 1, 1])))
    const recorded = await recordOutputs(original, store)
    const direct = await parity(candidate, store, original)
    expect(await parity(candidate, store, recorded)).toEqual(direct)

    const a = [1, 2, 3, 9, 5, 1, 4, 0, -1]
    const b = [1, 3, 3, 9, 7.5, 1, 4, 0, -1]
    const sum = (of: (index: number) => number) => a.reduce((total, _, index) => total + of(index), 0)
    const signal = sum((index) => a[index]! ** 2)
    const noise = sum((index) => (a[index]! - b[index]!) ** 2)
    const [scores, best] = direct.outputs
    expect(scores!.name).toBe('scores')
    expect(scores!.snrDb).toBeCloseTo(10 * Math.log10(signal / noise), 9)
    expect(scores!.cosine).toBeCloseTo(
      sum((index) => a[index]! * b[index]!) / Math.sqrt(signal * sum((index) => b[index]! ** 2)),
      12,
    )
    expect([scores!.maxAbsolute, scores!.elements]).toEqual([2.5, 9])
    // In the first row the 2 became 3, as large as the 3: the first of both is taken.
    expect(scores!.agreement).toBeCloseTo(2 / 3, 12)
    expect(best!.agreement).toBeCloseTo(2 / 3, 12)
    expect([direct.overall.snrDb, direct.overall.elements]).toEqual([scores!.snrDb, 9])
    expect(direct.overall.agreement).toBeCloseTo(4 / 6, 12)
    await Promise.all([original.release(), candidate.release(), recorded.dispose(), store.dispose()])
    expect(temporaryEntries()).toEqual([])
  })

  test('of a session with itself is perfect', async () => {
    const session = await Session.create(classifierPath)
    const lines = [0, 1].map((seed) => ({ x: image([1, 3, 48, 192], seed) }))
    const store = await SampleStore.spool(lines, [
      { name: 'x', type: 'float32', dims: undefined, optional: false },
    ])
    const { overall, sampleCount } = await parity(session, store, session, { limit: 1 })
    expect(overall).toMatchObject({
      snrDb: Number.POSITIVE_INFINITY,
      cosine: 1,
      maxAbsolute: 0,
      agreement: 1,
      elements: 2,
    })
    expect(sampleCount).toBe(1)
    await Promise.all([session.release(), store.dispose()])
  })

  test('takes equal infinities and NaN for equal, and others for hopeless', async () => {
    const session = await Session.create(scoring([1, 1, 1]))
    const other = await Session.create(scoring([1, 1, -1]))
    const masked = { x: floats([1, 2, Number.NEGATIVE_INFINITY, 3, Number.NaN, 2], [2, 3]) }
    const store = await SampleStore.spool([masked], modelInputs(scoring([1, 1, 1])))
    expect((await parity(session, store, session)).overall.snrDb).toBe(Number.POSITIVE_INFINITY)
    const { overall } = await parity(other, store, session)
    expect([overall.snrDb, overall.maxAbsolute]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
    await Promise.all([session.release(), other.release(), store.dispose()])
  })

  test('refuses outputs that are missing or of another shape', async () => {
    const original = await Session.create(scoring([1, 1, 1]))
    const other = await Session.create(scoring([1, 1, 1], 0))
    const store = await SampleStore.spool(samples, modelInputs(scoring([1, 1, 1])))
    await expect(parity(other, store, original)).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: 'Expected int64[2], as the reference gives, for output "best", received "int64[3]"',
    })
    await Promise.all([original.release(), other.release(), store.dispose()])
  })

  test('leaves nothing behind when recording fails', async () => {
    const session = await Session.create(scoring([1, 1, 1]))
    const store = await SampleStore.spool(
      [{ x: floats([1], [1]) }],
      [{ name: 'x', type: 'float32', dims: undefined, optional: false }],
    )
    await expect(recordOutputs(session, store)).rejects.toMatchObject({ code: 'RUNTIME' })
    await Promise.all([session.release(), store.dispose()])
    expect(temporaryEntries()).toEqual([])
  })
})
