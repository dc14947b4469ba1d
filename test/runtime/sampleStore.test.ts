import { existsSync } from 'node:fs'
import { closeRuntime, type Feeds, modelInputs, SampleStore } from '../../src/runtime'
import { addOneModel, floats, image, temporaryEntries } from './support'

afterAll(closeRuntime)

const images = [{ name: 'x', type: 'float32', dims: ['batch', 3, 48, 'width'], optional: false }]

async function refusal(samples: unknown, inputs = images): Promise<{ code: string; message: string }> {
  return SampleStore.spool(samples as Feeds[], inputs).then(
    () => ({ code: 'none', message: '' }),
    (error) => error,
  )
}

describe('SampleStore', () => {
  test('reads a generator once and gives the samples again and again', async () => {
    let pulled = 0
    async function* samples() {
      for (; pulled < 3; pulled++) yield { x: image([1, 3, 48, 16 + pulled], pulled) }
    }
    const store = await SampleStore.spool(samples(), images)
    expect([store.count, store.largest]).toEqual([3, 2])
    for (let round = 0; round < 2; round++) {
      let index = 0
      for await (const feeds of store) {
        expect(feeds).toEqual({ x: image([1, 3, 48, 16 + index], index) })
        index++
      }
      expect(index).toBe(3)
    }
    expect(await store.pick([2, 0]).read(0)).toEqual({ x: image([1, 3, 48, 18], 2) })
    await store.dispose()
    expect(store.files.some((file) => existsSync(file))).toBe(false)
  })

  test('keeps every type, strings, scalars and empty tensors', async () => {
    const sample: Feeds = {
      text: { type: 'string', dims: [2], data: ['ä', ''] },
      ids: { type: 'int64', dims: [1, 2], data: BigInt64Array.of(-1n, 2n ** 60n) },
      half: { type: 'float16', dims: [3], data: Uint16Array.of(1, 2, 3) },
      flag: { type: 'bool', dims: [], data: Uint8Array.of(1) },
      none: { type: 'float32', dims: [0, 4], data: new Float32Array(0) },
      __proto__x: floats([1]),
    }
    const inputs = Object.entries(sample).map(([name, { type }]) => ({
      name,
      type,
      dims: undefined,
      optional: false,
    }))
    const store = await SampleStore.spool([sample], inputs)
    expect(await store.read(0)).toEqual(sample)
    await store.dispose()
  })

  test('takes views that start in the middle of a buffer', async () => {
    const data = new Float32Array(8).fill(3).subarray(3, 5)
    const store = await SampleStore.spool(
      [{ x: { type: 'float32', dims: [2], data } }],
      modelInputs(addOneModel()),
    )
    expect(await store.read(0)).toEqual({ x: floats([3, 3]) })
    await store.dispose()
  })

  test('takes no more than asked for, and closes the generator', async () => {
    let closed = false
    function* samples() {
      try {
        for (;;) yield { x: image([1, 3, 48, 8]) }
      } finally {
        closed = true
      }
    }
    const store = await SampleStore.spool(samples(), images, { limit: 2 })
    expect([store.count, closed]).toEqual([2, true])
    await store.dispose()
  })

  test.each<[string, unknown, RegExp]>([
    ['nothing', [], /^Expected at least one sample, but none came/],
    ['no iterable', { x: 1 }, /^Expected samples to be an iterable .* received a Object/],
    ['undefined', undefined, /received undefined/],
    [
      'no object',
      [3],
      /^Sample 0: expected an object with a tensor for each input \("x" float32\[batch,3,48,width\]\)/,
    ],
    [
      'a wrong name',
      [{ y: image([1, 3, 48, 8]) }],
      /^Sample 0: there is no tensor for input "x"; it has "y"/,
    ],
    [
      'one name too many',
      [{ x: image([1, 3, 48, 8]), z: floats([1]) }],
      /^Sample 0: the model has no input "z"; its inputs are "x"/,
    ],
    [
      'a wrong type',
      [{ x: { type: 'float64', dims: [1, 3, 48, 1], data: new Float64Array(144) } }],
      /received float64\[1,3,48,1\]; convert its elements to float32$/,
    ],
    ['no batch', [{ x: image([3, 48, 8]) }], /received float32\[3,48,8\]; add the batch axis in front$/],
    ['channels last', [{ x: image([1, 48, 8, 3]) }], /put the channels before height and width$/],
    [
      'a wrong height',
      [{ x: image([1, 3, 48, 8]) }, { x: image([1, 3, 32, 8]) }],
      /^Sample 1: expected float32\[batch,3,48,width\] for input "x", received float32\[1,3,32,8\]$/,
    ],
    [
      'too few elements',
      [{ x: { type: 'float32', dims: [1, 3, 48, 2], data: new Float32Array(3) } }],
      /its dims \[1,3,48,2\] ask for 1152 bytes of float32, but its data has 12$/,
    ],
    [
      'an array for data',
      [{ x: { type: 'float32', dims: [1], data: [1] } }],
      /its data must be a typed array, not \[1\]$/,
    ],
    [
      'negative dims',
      [{ x: { type: 'float32', dims: [-1, 3, 48, 2], data: new Float32Array(3) } }],
      /whole numbers from 0, not \[-1, 3, 48, 2\]/,
    ],
    [
      'an unknown type',
      [{ x: { type: 'float', dims: [1], data: new Float32Array(1) } }],
      /"float" is not a type that onnxruntime-node can be fed/,
    ],
    ['no tensor', [{ x: new Float32Array(3) }], /undefined is not a type/],
  ])('refuses %s', async (_, samples, message) => {
    const { code, message: received } = await refusal(samples)
    expect(received).toMatch(message)
    expect(code).toBe('BAD_SAMPLES')
    expect(temporaryEntries()).toEqual([])
  })

  test('passes on what the caller’s generator throws, and keeps nothing', async () => {
    const broken = (function* () {
      yield { x: image([1, 3, 48, 8]) }
      throw new Error('camera unplugged')
    })()
    await expect(SampleStore.spool(broken, images)).rejects.toThrow('camera unplugged')
    expect(temporaryEntries()).toEqual([])
  })

  test('stops at an AbortSignal', async () => {
    const controller = new AbortController()
    const endless = (function* () {
      for (let index = 0; ; index++) {
        if (index === 2) controller.abort()
        yield { x: image([1, 3, 48, 8]) }
      }
    })()
    await expect(SampleStore.spool(endless, images, { signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    })
    expect(temporaryEntries()).toEqual([])
  })

  test('inputs with a default may be left out', async () => {
    const model = addOneModel()
    model.graph.addInput(model.graph.own('one')!)
    expect(modelInputs(model).map(({ name, optional }) => [name, optional])).toEqual([
      ['x', false],
      ['one', true],
    ])
    const store = await SampleStore.spool([{ x: floats([1]) }], modelInputs(model))
    expect(store.count).toBe(1)
    await store.dispose()
  })
})
