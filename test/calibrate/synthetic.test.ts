import { syntheticSamples } from '../../src/calibrate'
import { type DataType, type Dimension, Graph, Tensor, tensorType } from '../../src/ir'
import { openModel } from '../../src/onnx'
import { closeRuntime, type Feeds, modelInputs, SampleStore, Session } from '../../src/runtime'
import { modelOf, recognizerPath } from '../runtime/support'

afterAll(closeRuntime)

function modelWith(inputs: Record<string, [DataType, readonly Dimension[]]>) {
  const graph = new Graph('inputs')
  for (const [name, [type, dims]] of Object.entries(inputs))
    graph.addInput(graph.createValue(name, tensorType(type, dims)))
  return modelOf(graph)
}

async function all(samples: AsyncIterable<Feeds>): Promise<Feeds[]> {
  const list: Feeds[] = []
  for await (const feeds of samples) list.push(feeds)
  return list
}

describe('syntheticSamples', () => {
  test('fit a real model, which runs on them', async () => {
    const model = await openModel(recognizerPath)
    const store = await SampleStore.spool(syntheticSamples(model, { count: 2 }), modelInputs(model))
    const session = await Session.create(model)
    const feeds = await store.read(0)
    expect(feeds.x?.dims).toEqual([1, 3, 48, 320])
    expect(Object.values(await session.run(feeds))[0]?.dims).toEqual([1, 40, 6625])
    await Promise.all([session.release(), store.dispose()])
  })

  test('are the same for the same seed, and differ from sample to sample', async () => {
    const model = modelWith({ x: ['float32', ['batch', 8]] })
    const [a, b, c] = [
      await all(syntheticSamples(model, { seed: 5 })),
      await all(syntheticSamples(model, { seed: 5 })),
      await all(syntheticSamples(model, { seed: 6 })),
    ]
    expect(a).toHaveLength(8)
    expect(a).toEqual(b)
    expect(a).not.toEqual(c)
    expect(a[0]).not.toEqual(a[1])
  })

  test.each<[string, readonly Dimension[], number[]]>([
    ['image', ['n', 3, 'h', 'w'], [1, 3, 224, 224]],
    ['text line', [undefined, 3, 48, undefined], [1, 3, 48, 320]],
    ['channels last', ['n', undefined, undefined, 3], [1, 224, 224, 3]],
    ['unknown channels', ['n', undefined, 64, 64], [1, 3, 64, 64]],
    ['sequence', ['batch', 'sequence', 80], [1, 128, 80]],
    ['cache', ['batch', 4, 'past_sequence_length', 16], [1, 4, 0, 16]],
    ['scalar', [], []],
  ])('choose the shape of a %s', async (_, dims, shape) => {
    const [sample] = await all(syntheticSamples(modelWith({ x: ['float32', dims] }), { count: 1 }))
    expect(sample?.x?.dims).toEqual(shape)
  })

  test('give axes of one name one size, also where the caller gives a shape', async () => {
    const model = modelWith({ a: ['int64', ['batch', 'length']], b: ['float32', ['batch', 'length', 4]] })
    const [sample] = await all(syntheticSamples(model, { count: 1, shapes: { a: [2, 9] } }))
    expect([sample?.a?.dims, sample?.b?.dims]).toEqual([
      [2, 9],
      [2, 9, 4],
    ])
  })

  test('images lie in [0, 1), other floats around 0', async () => {
    const model = modelWith({
      image: ['float32', [1, 3, 64, 64]],
      half: ['float16', [1, 3, 8, 8]],
      x: ['float64', [10000]],
    })
    const [sample] = await all(syntheticSamples(model, { count: 1 }))
    const image = [...(sample!.image!.data as Float32Array)]
    expect(Math.min(...image) >= 0 && Math.max(...image) < 1).toBe(true)
    const x = [...(sample!.x!.data as Float64Array)]
    expect(x.reduce((a, b) => a + b, 0) / 10000).toBeCloseTo(0, 1)
    expect(x.reduce((a, b) => a + b * b, 0) / 10000).toBeCloseTo(1, 1)
    expect((sample!.half!.data as Uint16Array).every((bits) => bits < 0x3c00)).toBe(true)
  })

  test('integers mean something: rows of a table, masks, positions', async () => {
    const model = modelWith({
      input_ids: ['int64', [1, 1000]],
      attention_mask: ['int64', [1, 4]],
      position_ids: ['int32', [1, 4]],
      flag: ['bool', [64]],
      k: ['int32', [100]],
    })
    const table = model.graph.addInitializer(Tensor.float32(new Float32Array(700 * 2), [700, 2]))
    model.graph.add('Gather', [table, model.graph.own('input_ids')])
    const [sample] = await all(syntheticSamples(model, { count: 1 }))
    const ids = [...(sample!.input_ids!.data as BigInt64Array)].map(Number)
    expect(Math.max(...ids)).toBeLessThan(700)
    expect(Math.max(...ids)).toBeGreaterThan(500)
    expect([...(sample!.attention_mask!.data as BigInt64Array)]).toEqual([1n, 1n, 1n, 1n])
    expect([...(sample!.position_ids!.data as Int32Array)]).toEqual([0, 1, 2, 3])
    expect(new Set(sample!.flag!.data as Uint8Array)).toEqual(new Set([0, 1]))
    expect(Math.max(...(sample!.k!.data as Int32Array))).toBeLessThan(10)
  })

  test('say what they cannot do', async () => {
    const text = modelWith({ x: ['string', [1]] })
    await expect(all(syntheticSamples(text))).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    const fixed = modelWith({ x: ['float32', [1, 3, 'h', 'w']] })
    await expect(all(syntheticSamples(fixed, { shapes: { y: [1] } }))).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
    })
    await expect(all(syntheticSamples(fixed, { shapes: { x: [1, 4, 5, 6] } }))).rejects.toThrow(
      'Expected a shape like [1,3,h,w] for shapes of input "x", received [1, 4, 5, 6]',
    )
  })
})
