import { rm } from 'node:fs/promises'
import {
  type GramMatrix,
  type GramRequest,
  type SequentialGramsOptions,
  sequentialGrams,
} from '../../../src/calibrate'
import { attribute, Graph, type Model, Tensor, tensorType, type Value } from '../../../src/ir'
import { closeRuntime, type Feeds, modelInputs, SampleStore } from '../../../src/runtime'
import { floats, temporaryEntries } from '../../runtime/support'
import { branches, halve, images, Net, slowly } from './support'

afterAll(closeRuntime)

interface Found {
  readonly order: string[]
  readonly grams: Map<string, GramMatrix>
  readonly reasons: Map<string, string>
}

async function inSequence(
  model: Model,
  requests: readonly GramRequest[],
  store: SampleStore,
  options: SequentialGramsOptions = {},
): Promise<Found> {
  const found: Found = { order: [], grams: new Map(), reasons: new Map() }
  for await (const answer of sequentialGrams(model, requests, store, options)) {
    found.order.push(answer.key)
    if ('gram' in answer) found.grams.set(answer.key, answer.gram)
    else found.reasons.set(answer.key, answer.reason)
    halve(model, answer.key)
  }
  return found
}

/** The same as running everything anew for every layer, up to onnxruntime's own rounding. */
async function expectSame(
  { model, requests }: { model: Model; requests: GramRequest[] },
  feeds: readonly Feeds[] = images,
  options: SequentialGramsOptions = {},
): Promise<Found> {
  const store = await SampleStore.spool(feeds, modelInputs(model))
  const wanted = await slowly(model.clone(), requests, store)
  const found = await inSequence(model, requests, store, options)
  await store.dispose()
  expect(temporaryEntries()).toEqual([])
  expect([...found.grams.keys()].sort()).toEqual(requests.map(({ key }) => key).sort())
  for (const [key, { gram, means, ...sizes }] of found.grams) {
    const want = wanted.get(key) as GramMatrix
    expect(sizes).toEqual({ features: want.features, groups: want.groups, rows: want.rows })
    const largest = Math.max(...want.gram.map(Math.abs))
    gram.forEach((each, at) => {
      expect(Math.abs(each - (want.gram[at] as number))).toBeLessThanOrEqual(1e-6 * largest)
    })
    means.forEach((each, at) => {
      expect(each).toBeCloseTo(want.means[at] as number, 5)
    })
  }
  return found
}

describe('each layer sees what those before it have become', () => {
  test('branches of different lengths', async () => {
    const { order } = await expectSame(branches())
    expect(order).toEqual(['a', 'c', 'b', 'd', 'e'])
  })

  test('with room for one matrix at a time', async () => {
    // 27 features take 6,048 bytes; the two that read x are one matrix.
    await expectSame(branches(), images, { memoryBytes: 6_100 })
  })

  test('parallel layers that do not fit together', async () => {
    const net = new Net()
    const x = net.node('Relu', [net.conv(net.input('x', [1, 3, 'h', 'w']), 3, 4, 'a')], 'ra')
    const left = net.conv(net.node('Neg', [x], 'n'), 4, 4, 'b')
    const right = net.conv(net.node('Tanh', [x], 't'), 4, 4, 'c')
    const last = net.conv(net.node('Mul', [left, right], 'm'), 4, 2, 'd')
    await expectSame({ model: net.model(last), requests: net.requests }, images, { memoryBytes: 11_000 })
  })

  test('a value that is needed again much later', async () => {
    const net = new Net()
    const x = net.input('x', [1, 3, 'h', 'w'])
    const early = net.node('Relu', [net.conv(x, 3, 4, 'a')], 'early')
    let h = early
    for (const name of ['b', 'c', 'd']) h = net.node('Tanh', [net.conv(h, 4, 4, name)], `t${name}`)
    const joined = net.node('Concat', [h, early], 'joined', { axis: attribute.int(1) })
    await expectSame({ model: net.model(net.conv(joined, 8, 2, 'e')), requests: net.requests })
  })

  test('shapes that are computed on the way', async () => {
    const net = new Net()
    const h = net.conv(net.input('x', [1, 3, 'h', 'w']), 3, 4, 'a')
    const shape = net.node('Shape', [h], 'shape')
    const flat = net.node('Flatten', [h], 'flat', { axis: attribute.int(2) })
    const product = net.node(
      'MatMul',
      [net.node('Transpose', [flat], 'turned'), net.weight([4, 4])],
      'product',
    )
    const back = net.node('Reshape', [net.node('Transpose', [product], 'again'), shape], 'back')
    const last = net.conv(net.node('Relu', [back], 'r'), 4, 2, 'b')
    await expectSame({ model: net.model(last), requests: net.requests })
  })

  test('a subgraph that reads values of several stages, and a sequence that cannot be handed over', async () => {
    const net = new Net()
    const a = net.conv(net.input('x', [1, 4, 'h', 'w']), 4, 4, 'a')
    const parts = net.node('SplitToSequence', [a], 'parts', {
      axis: attribute.int(1),
      keepdims: attribute.int(1),
    })
    const b = net.conv(net.node('Relu', [a], 'ra'), 4, 4, 'b')
    const condition = net.graph.addInitializer(Tensor.from('bool', [], Uint8Array.of(1)), 'condition')
    const branch = (opType: string) => {
      const inner = new Graph(opType, net.graph)
      const sum = inner.createValue(opType, tensorType('float32'))
      inner.add(opType, [a, b], { outputs: [sum] })
      inner.addOutput(sum)
      return attribute.graph(inner)
    }
    const chosen = net.node('If', [condition], 'chosen', {
      then_branch: branch('Add'),
      else_branch: branch('Sub'),
    })
    const c = net.conv(chosen, 4, 4, 'c')
    const whole = net.node('ConcatFromSequence', [parts], 'whole', { axis: attribute.int(1) })
    const last = net.conv(net.node('Add', [whole, c], 'sum'), 4, 2, 'd')
    const feeds = images.map(({ x }) => ({
      x: {
        ...x,
        dims: [1, 4, x.dims[2] as number, x.dims[3] as number],
        data: Float32Array.from({ length: 4 * (x.dims[2] as number) * (x.dims[3] as number) }, (_, at) =>
          Math.cos(at * at),
        ),
      },
    }))
    await expectSame({ model: net.model(last), requests: net.requests }, feeds)
  })

  test('channels of a BatchNormalization by themselves, between layers', async () => {
    const net = new Net()
    const h = net.conv(net.input('x', [1, 3, 'h', 'w']), 3, 4, 'a')
    const ones = net.graph.addInitializer(Tensor.float32([1, 1, 1, 1], [4]), 'ones')
    const normal = net.node('BatchNormalization', [h, ones, ones, ones, ones], 'n')
    const requests: GramRequest[] = [...net.requests, { key: 'n', value: 'a', kind: 'channels', channels: 4 }]
    net.requests.length = 0
    const model = net.model(net.conv(normal, 4, 2, 'b'))
    const { grams } = await expectSame({ model, requests: [...requests, ...net.requests] })
    expect(grams.get('n')).toMatchObject({ groups: 4, features: 1 })
  })
})

test('looks at fewer rows where there are more than the features need', async () => {
  const { model, requests } = branches()
  const feeds = [
    {
      x: floats(
        new Float32Array(3 * 40 * 40).map((_, at) => Math.sin(at)),
        [1, 3, 40, 40],
      ),
    },
  ]
  const store = await SampleStore.spool(feeds, modelInputs(model))
  const { grams } = await inSequence(model, requests, store, { rowsPerFeature: 10 })
  expect(grams.get('a')?.rows).toBe(270)
  expect(grams.get('d')?.rows).toBe(360)
  await store.dispose()
})

test('reads the samples no longer than a layer wants them', async () => {
  const { model, requests } = branches()
  const store = await SampleStore.spool(images, modelInputs(model))
  const order: string[] = []
  for await (const { key } of sequentialGrams(model, requests, store)) {
    order.push(key)
    // Its convolution was the last to see an input of the model, and its stage has run.
    if (key === 'b') for (const file of store.files) await rm(file)
  }
  expect(order).toEqual(['a', 'c', 'b', 'd', 'e'])
  await store.dispose()
})

test('gives the same bits again', async () => {
  const store = await SampleStore.spool(images, modelInputs(branches().model))
  const [first, second] = [branches(), branches()]
  const one = await inSequence(first.model, first.requests, store)
  expect(await inSequence(second.model, second.requests, store)).toEqual(one)
  await store.dispose()
})

test('says what it leaves out and why, and goes on', async () => {
  const { model, requests } = branches()
  const wrong = requests.map((request) => (request.key === 'b' ? { ...request, channels: 3 } : request))
  const huge = wrong.map((request) => (request.key === 'c' ? { ...request, channels: 3000 } : request))
  const store = await SampleStore.spool(images, modelInputs(model))
  const { grams, reasons } = await inSequence(model, huge, store)
  expect([...grams.keys()].sort()).toEqual(['a', 'd', 'e'])
  expect(reasons.get('b')).toMatch(/want 3 features along axis 1/)
  expect(reasons.get('c')).toMatch(/27000 features takes \d+ bytes/)
  await store.dispose()
})

describe('ends early without leaving anything behind', () => {
  const begin = async (options: SequentialGramsOptions = {}) => {
    const { model, requests } = branches()
    const store = await SampleStore.spool(images, modelInputs(model))
    return { model, store, answers: sequentialGrams(model, requests, store, options) }
  }

  test('when the caller stops', async () => {
    const { store, answers } = await begin()
    for await (const { key } of answers) if (key === 'b') break
    await store.dispose()
    expect(temporaryEntries()).toEqual([])
  })

  test('when a signal stops it', async () => {
    const controller = new AbortController()
    const { store, answers } = await begin({ signal: controller.signal })
    const seen: string[] = []
    const all = async () => {
      for await (const { key } of answers) {
        seen.push(key)
        if (key === 'b') controller.abort()
      }
    }
    await expect(all()).rejects.toMatchObject({ code: 'ABORTED' })
    expect(seen).toEqual(['a', 'c', 'b'])
    await store.dispose()
    expect(temporaryEntries()).toEqual([])
  })

  test('when a sample has gone', async () => {
    const { store, answers } = await begin()
    const all = async () => {
      for await (const { key } of answers) if (key === 'a') await rm(store.files[1] as string)
    }
    await expect(all()).rejects.toMatchObject({ code: 'IO' })
    await store.dispose()
    expect(temporaryEntries()).toEqual([])
  })

  test('when nodes change', async () => {
    const { model, store, answers } = await begin()
    const all = async () => {
      for await (const { key } of answers)
        if (key === 'a') model.graph.add('Relu', [model.graph.own('y') as Value])
    }
    await expect(all()).rejects.toMatchObject({ code: 'INVALID_GRAPH' })
    await store.dispose()
    expect(temporaryEntries()).toEqual([])
  })
})

test.each<[string, GramRequest, RegExp]>([
  ['a key that is no value', { key: 'z', value: 'x', kind: 'matmul', channels: 3 }, /no value "z"/],
  [
    'a key of another node',
    { key: 'd', value: 'x', kind: 'matmul', channels: 3 },
    /an output of a node that reads "x"/,
  ],
  [
    'a graph input as the key',
    { key: 'x', value: 'x', kind: 'matmul', channels: 3 },
    /an output of a node that reads/,
  ],
])('refuses %s', async (_, request, message) => {
  const { model } = branches()
  const store = await SampleStore.spool(images, modelInputs(model))
  await expect(sequentialGrams(model, [request], store).next()).rejects.toMatchObject({
    code: 'BAD_ARGUMENT',
    message: expect.stringMatching(message),
  })
  await store.dispose()
})

test('of no requests gives nothing', async () => {
  const { model } = branches()
  const store = await SampleStore.spool(images, modelInputs(model))
  expect((await sequentialGrams(model, [], store).next()).done).toBe(true)
  await store.dispose()
})
