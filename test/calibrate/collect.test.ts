import { collect } from '../../src/calibrate'
import { Graph, Tensor, tensorType } from '../../src/ir'
import { openModel } from '../../src/onnx'
import { closeRuntime, modelInputs, SampleStore, Session, withOutputs } from '../../src/runtime'
import { addOneModel, classifierPath, floats, image, modelOf, temporaryEntries } from '../runtime/support'
import { histogramOf } from './support'

afterAll(closeRuntime)

/** Images of two widths, as a generator that can be read once. */
function* lines(count: number) {
  for (let index = 0; index < count; index++) yield { x: image([1, 3, 48, index % 2 ? 192 : 128], index) }
}

describe('collect', () => {
  test('sees exactly what a run gives, for every value at once', async () => {
    const model = await openModel(classifierPath)
    const values = [...model.graph]
      .filter((node) => node.is('Conv', 'Relu', 'Add'))
      .map((node) => node.output()!.name)
    const store = await SampleStore.spool(lines(4), modelInputs(model))
    const requests = [...values.map((value) => ({ value, channelAxis: 1 })), { value: 'x' }]
    const statistics = await collect(model, requests, store)
    expect(statistics.sampleCount).toBe(4)

    const session = await Session.create(
      withOutputs(model, (graph) => values.map((name) => graph.own(name)!)),
    )
    const seen = new Map<string, number[]>()
    const sums = new Map<string, Float64Array>()
    for await (const feeds of store) {
      for (const [name, { data, dims }] of Object.entries({ ...(await session.run(feeds)), ...feeds })) {
        const elements = data as Float32Array
        seen.set(name, [...(seen.get(name) ?? []), ...elements])
        const channels = sums.get(name) ?? new Float64Array(dims[1]!)
        const inner = elements.length / dims[1]!
        for (const [index, element] of elements.entries()) channels[Math.floor(index / inner)]! += element
        sums.set(name, channels)
      }
    }
    for (const [name, all] of seen) {
      const found = statistics.of(name)!
      expect([found.elements, found.nonFinite]).toEqual([all.length, 0])
      // onnxruntime may fuse other operations in another session, so a value's last bits may differ.
      const { width } = histogramOf(all)
      const min = all.reduce((a, b) => Math.min(a, b))
      const max = all.reduce((a, b) => Math.max(a, b))
      expect(Math.abs(found.min - min) + Math.abs(found.max - max)).toBeLessThan(width / 100)
      expect(found.range({ method: 'minMax' })).toEqual({
        min: Math.min(0, found.min),
        max: Math.max(0, found.max),
      })
      if (name === 'x') continue
      const perChannel = all.length / found.channelMeans!.length
      for (const [channel, mean] of found.channelMeans!.entries()) {
        expect(mean).toBeCloseTo(sums.get(name)![channel]! / perChannel, 4)
      }
    }
    await Promise.all([session.release(), store.dispose()])
    expect(temporaryEntries()).toEqual([])
  })

  test('gives the same in several sweeps as in one', async () => {
    const model = await openModel(classifierPath)
    const requests = [...model.graph]
      .filter((node) => node.is('Conv'))
      .map((node) => ({ value: node.output()!.name }))
    const store = await SampleStore.spool(lines(3), modelInputs(model))
    const ratios: number[] = []
    const one = await collect(model, requests, store)
    const many = await collect(model, requests, store, {
      memoryBytes: 300_000,
      onProgress: (ratio) => ratios.push(ratio),
    })
    expect(ratios.length).toBeGreaterThan(6)
    expect([...ratios].sort((a, b) => a - b)).toEqual(ratios)
    expect(ratios.at(-1)).toBe(1)
    for (const { value } of requests) {
      // Fewer outputs let onnxruntime fuse more, which changes last bits and may carry elements to the next bin.
      for (const [method, share] of [
        ['minMax', 1e-5],
        ['percentile', 1e-3],
      ] as const) {
        const a = one.of(value)!.range({ method })
        const b = many.of(value)!.range({ method })
        expect(Math.abs(a.min - b.min) + Math.abs(a.max - b.max)).toBeLessThan((a.max - a.min) * share)
      }
    }
    await store.dispose()
  })

  test('averages the samples’ ends, and counts what is in no range', async () => {
    const model = addOneModel()
    const samples = [
      [1, -5],
      [3, Number.NaN],
      [8, Number.POSITIVE_INFINITY],
    ].map((data) => ({ x: floats(data) }))
    const store = await SampleStore.spool(samples, modelInputs(model))
    const found = (await collect(model, [{ value: 'x' }, { value: 'sum' }], store)).of('x')!
    expect([found.elements, found.nonFinite, found.min, found.max]).toEqual([6, 2, -5, 8])
    const average = found.range({ method: 'movingAverage' })
    expect([average.min, average.max]).toEqual([0, (1 + 3 + 8) / 3])
    await store.dispose()
  })

  test('reads half and double precision', async () => {
    const graph = new Graph('types')
    for (const type of ['float16', 'float64'] as const) {
      const x = graph.createValue(type, tensorType(type, ['n']))
      graph.addInput(x)
      graph.addOutput(graph.add('Identity', [x]).output()!)
    }
    const model = modelOf(graph)
    const sample = {
      float16: { type: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0xc400) },
      float64: { type: 'float64', dims: [2], data: Float64Array.of(0.5, 7) },
    }
    const store = await SampleStore.spool([sample], modelInputs(model))
    const statistics = await collect(
      model,
      [{ value: 'float16' }, { value: model.graph.outputs[1]!.name }],
      store,
    )
    expect(statistics.of('float16')!.range({ method: 'minMax' })).toEqual({ min: -4, max: 1 })
    expect(statistics.of(model.graph.outputs[1]!.name)!.range({ method: 'minMax' })).toEqual({
      min: 0,
      max: 7,
    })
    await store.dispose()
  })

  test('asks for nothing when only inputs are wanted, and leaves the model alone', async () => {
    const model = addOneModel()
    const before = model.toText()
    const store = await SampleStore.spool([{ x: floats([1]) }], modelInputs(model))
    expect((await collect(model, [{ value: 'x' }], store)).of('x')!.max).toBe(1)
    expect((await collect(model, [], store)).of('x')).toBeUndefined()
    await collect(model, [{ value: 'sum' }], store)
    expect(model.toText()).toBe(before)
    await store.dispose()
  })

  test('says what is wrong with a request', async () => {
    const graph = new Graph('labels')
    const x = graph.createValue('x', tensorType('float32', [1, 'n']))
    graph.addInput(x)
    const best = graph.createValue('best')
    graph.add('ArgMax', [x], { outputs: [best] })
    graph.addOutput(best)
    const model = modelOf(graph)
    const store = await SampleStore.spool(
      [{ x: floats([1, 2], [1, 2]) }, { x: floats([1, 2, 3], [1, 3]) }],
      modelInputs(model),
    )
    const refused = (...requests: { value: string; channelAxis?: number }[]) =>
      expect(collect(model, requests, store)).rejects
    await refused({ value: 'nobody' }).toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringContaining('"nobody"'),
    })
    await refused({ value: 'best' }).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('"best" holds int64'),
    })
    await refused({ value: 'x', channelAxis: 5 }).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('has the shape [1,2]'),
    })
    await refused({ value: 'x', channelAxis: 1 }).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('2 channels in one sample'),
    })
    await refused({ value: 'x', channelAxis: 0 }, { value: 'x', channelAxis: 1 }).toMatchObject({
      code: 'BAD_ARGUMENT',
    })
    expect(
      (await collect(model, [{ value: 'x', channelAxis: 0 }, { value: 'x' }], store)).of('x')!.channelMeans,
    ).toEqual(Float64Array.of(9 / 5))
    await store.dispose()
  })

  test('stops at an AbortSignal', async () => {
    const model = await openModel(classifierPath)
    const store = await SampleStore.spool(lines(64), modelInputs(model))
    const requests = [...model.graph]
      .filter((node) => node.is('Conv'))
      .map((node) => ({ value: node.output()!.name }))
    const controller = new AbortController()
    const work = collect(model, requests, store, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' })
    await store.dispose()
    expect(temporaryEntries()).toEqual([])
  })

  test('constants can be asked for too', async () => {
    const graph = new Graph('constant')
    const x = graph.createValue('x', tensorType('float32', [2]))
    graph.addInput(x)
    const c = graph.addInitializer(Tensor.float32([-2, 3], [2], 'c'))
    graph.addOutput(graph.add('Add', [x, c]).output()!)
    const model = modelOf(graph)
    const store = await SampleStore.spool([{ x: floats([1, 1]) }], modelInputs(model))
    expect((await collect(model, [{ value: 'c' }], store)).of('c')!.range({ method: 'minMax' })).toEqual({
      min: -2,
      max: 3,
    })
    await store.dispose()
  })
})
