import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { EngineTensor, InferenceSession } from '../../src/engine'
import { attribute, type Model, Tensor, type Value } from '../../src/ir'
import { encodeModel, saveModel } from '../../src/onnx'
import { closeRuntime } from '../../src/runtime'
import { expectParity, floats, ModelBuilder, noise } from './support'

afterAll(closeRuntime)

/** Two outputs of an image of any size. */
function smallModel(): Model {
  const build = new ModelBuilder()
  const x = build.input('x', ['batch', 3, 'height', 'width'])
  const conv = build.add('Conv', [x, build.weight([4, 3, 3, 3])], { pads: attribute.ints([1, 1, 1, 1]) })
  build.output(build.add('Relu', [conv]))
  build.output(build.add('GlobalAveragePool', [x]))
  return build.model
}

describe('a session', () => {
  const feeds = { x: floats([2, 3, 8, 9]) }

  test('opens a model, bytes, a buffer and a path alike', async () => {
    const model = smallModel()
    const bytes = encodeModel(model)
    const folder = mkdtempSync(join(tmpdir(), 'engine-'))
    const path = join(folder, 'model.onnx')
    try {
      await saveModel(model, path)
      const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
      const results = []
      for (const source of [model, bytes, buffer, path]) {
        await using session = await InferenceSession.create(source)
        expect(session.inputNames).toEqual(['x'])
        expect(session.outputNames).toHaveLength(2)
        results.push(JSON.stringify(await session.run(feeds)))
      }
      expect(new Set(results).size).toBe(1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('leaves the model that it was given as it was', async () => {
    const model = smallModel()
    const before = encodeModel(model)
    await using session = await InferenceSession.create(model)
    await session.run(feeds)
    expect(Buffer.compare(encodeModel(model), before)).toBe(0)
  })

  test('plans for every size, and keeps the latest plans', async () => {
    await using session = await InferenceSession.create(smallModel())
    for (let round = 0; round < 2; round++) {
      for (let width = 4; width < 26; width++) {
        const results = await session.run({ x: floats([1, 3, 5, width]) })
        expect(results[session.outputNames[0] as string]?.dims).toEqual([1, 4, 5, width])
      }
    }
  })

  test('runs many at once, each with its own feeds', async () => {
    await using session = await InferenceSession.create(smallModel(), { intraOpNumThreads: 2 })
    const all = Array.from({ length: 24 }, (_, seed) => ({
      x: floats([1, 3, 16 + (seed % 3), 16], seed + 1),
    }))
    const alone = []
    for (const each of all) alone.push(await session.run(each))
    const together = await Promise.all(all.map((each) => session.run(each)))
    expect(together).toEqual(alone)
  })

  test('gives the same bits on any number of threads', async () => {
    const results = []
    for (const intraOpNumThreads of [1, 2, 3]) {
      await using session = await InferenceSession.create(smallModel(), { intraOpNumThreads })
      results.push(await session.run({ x: floats([1, 3, 64, 64]) }))
    }
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
  })

  test('keeps the event loop free', async () => {
    const build = new ModelBuilder()
    let x = build.input('x', [1, 64, 128, 128])
    for (let layer = 0; layer < 4; layer++)
      x = build.add('Conv', [x, build.weight([64, 64, 3, 3], 0.1)], { pads: attribute.ints([1, 1, 1, 1]) })
    build.output(x)
    await using session = await InferenceSession.create(build.model, { intraOpNumThreads: 1 })
    const feed = { x: floats([1, 64, 128, 128]) }
    await session.run(feed)
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    await session.run(feed)
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(3)
  })

  test("takes onnxruntime's tensors and returns what reads like them", async () => {
    await using session = await InferenceSession.create(smallModel())
    const { data, dims } = feeds.x
    const results = await session.run({ x: new RuntimeTensor('float32', data as Float32Array, dims) })
    const [first] = Object.values(results)
    expect(first).toBeInstanceOf(EngineTensor)
    expect(first).toMatchObject({ type: 'float32', dims: [2, 4, 8, 9], size: 576, location: 'cpu' })
    expect(await first?.getData()).toBe(first?.data)
    expect(first?.reshape([4, 144]).dims).toEqual([4, 144])
    expect(() => first?.reshape([5])).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT' }))
    first?.dispose()
  })

  test('returns the outputs asked for, by names or by keys', async () => {
    await using session = await InferenceSession.create(smallModel())
    const [first, second] = session.outputNames as [string, string]
    expect(Object.keys(await session.run(feeds, [second]))).toEqual([second])
    expect(Object.keys(await session.run(feeds, { [first]: null }))).toEqual([first])
  })

  test.each([
    ['nothing', {}, 'BAD_SAMPLES', /no tensor for input "x"/],
    [
      'another type',
      { x: { type: 'int32', dims: [1, 3, 4, 4], data: new Int32Array(48) } },
      'BAD_SAMPLES',
      /float32/,
    ],
    ['another rank', { x: floats([3, 4, 4]) }, 'BAD_SAMPLES', /add the batch axis/],
    ['another size', { x: floats([1, 4, 4, 4]) }, 'BAD_SAMPLES', /expected float32/],
    [
      'too few elements',
      { x: { ...floats([1, 3, 4, 4]), data: new Float32Array(3) } },
      'BAD_SAMPLES',
      /ask for/,
    ],
    ['an unknown input', { x: floats([1, 3, 4, 4]), y: floats([1]) }, 'BAD_SAMPLES', /no input "y"/],
    ['no object', null, 'BAD_SAMPLES', /expected an object/],
  ])('refuses feeds of %s', async (_, wrong, code, message) => {
    await using session = await InferenceSession.create(smallModel())
    await expect(session.run(wrong as never)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })

  test('refuses unknown outputs, options and sources', async () => {
    await using session = await InferenceSession.create(smallModel())
    await expect(session.run(feeds, ['nothing'])).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    await expect(session.run(feeds, [])).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    for (const intraOpNumThreads of [-1, 1.5, 2000])
      await expect(InferenceSession.create(smallModel(), { intraOpNumThreads })).rejects.toMatchObject({
        code: 'BAD_ARGUMENT',
      })
    await expect(InferenceSession.create(7 as never)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    await expect(InferenceSession.create(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({
      code: 'BAD_MODEL',
    })
    await expect(InferenceSession.create('/no/such/file.onnx')).rejects.toMatchObject({ code: 'IO' })
  })

  test('refuses to run after its release, and ends runs under way', async () => {
    const session = await InferenceSession.create(smallModel())
    await session.run(feeds)
    const running = [session.run(feeds), session.run(feeds)]
    await session.release()
    await session.release()
    expect(await Promise.all(running)).toHaveLength(2)
    await expect(session.run(feeds)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    await expect(session.explain()).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    expect([session.inputNames.length, session.outputNames.length]).toEqual([1, 2])
  })

  test('profiles its steps when asked to', async () => {
    await using session = await InferenceSession.create(smallModel(), { profile: true })
    expect((await session.explain()).steps).toEqual([])
    await session.run(feeds)
    const explanation = await session.explain()
    expect(explanation.steps.map(({ kernel }) => kernel)).toEqual(['conv', 'reduce.mean'])
    expect(explanation.steps.every(({ seconds, isa }) => (seconds ?? 0) > 0 && isa !== '')).toBe(true)
    expect(explanation.workingBytes).toBeGreaterThan(0)
    expect(`${explanation}`).toMatch(/conv +\w+ +\d+\.\d+ ms/)
  })
})

describe('what decides shapes', () => {
  test('an input whose contents are a shape: planned anew for other contents', async () => {
    const build = new ModelBuilder()
    const x = build.input('x', ['n'])
    const shape = build.add('Mul', [build.input('shape', [2], 'int64'), build.constant(Tensor.int64([1, 2]))])
    build.output(build.add('Reshape', [x, shape]))
    await using session = await InferenceSession.create(build.model)
    for (const [rows, columns] of [
      [2, 3],
      [3, 2],
      [2, 3],
    ] as const) {
      const feeds = {
        x: floats([12]),
        shape: { type: 'int64', dims: [2], data: BigInt64Array.of(BigInt(rows), BigInt(columns)) },
      }
      const results = await session.run(feeds)
      expect(Object.values(results)[0]?.dims).toEqual([rows, 2 * columns])
    }
    expect((await session.explain()).declined).toEqual([])
  })

  test('the sizes of other values, computed in the graph', async () => {
    const build = new ModelBuilder()
    const x = build.input('x', ['batch', 4, 'n'])
    const size = build.add('Gather', [build.add('Shape', [x]), build.constant(Tensor.int64([0], []))])
    const first = build.add('Unsqueeze', [size, build.constant(Tensor.int64([0]))])
    const target = build.add('Concat', [first, build.constant(Tensor.int64([2, -1]))], {
      axis: attribute.int(0),
    })
    build.output(build.add('Reshape', [x, target]))
    const run = await expectParity(build.model, { x: floats([3, 4, 6]) }, 0)
    expect(run.declined).toEqual([])
    expect(run.kernels).toEqual(['copy'])
  })
})

describe('what the engine does not have', () => {
  test('runs in onnxruntime as a part of the same session, and is said', async () => {
    const build = new ModelBuilder()
    const x = build.input('x', [1, 4, 6, 6])
    const before = build.add('Relu', [x])
    const odd = build.add('LpPool', [before], { kernel_shape: attribute.ints([2, 2]), p: attribute.int(2) })
    build.output(build.add('Sigmoid', [build.add('Add', [odd, build.weight([4, 1, 1])])]))
    const run = await expectParity(build.model, { x: floats([1, 4, 6, 6]) }, 1e-5)
    expect(run.kernels).toEqual(['unary.relu', 'onnxruntime', 'binary.add', 'unary.sigmoid'])
    expect(run.declined).toEqual([expect.stringMatching(/LpPool.*no such operator/)])
  })

  test('quantized layers on both sides of it stay quantized', async () => {
    const build = new ModelBuilder()
    const scale = build.constant(Tensor.float32([0.02]))
    const zero = build.constant(Tensor.from('uint8', [], Uint8Array.of(128)))
    const pair = (value: Value) =>
      build.add('DequantizeLinear', [build.add('QuantizeLinear', [value, scale, zero]), scale, zero])
    const layer = (value: Value) => {
      const q = build.constant(
        Tensor.from(
          'int8',
          [4, 4, 1, 1],
          Int8Array.from(noise(16), (each) => each * 99),
        ),
      )
      const weight = build.add('DequantizeLinear', [q, build.constant(Tensor.float32([0.01]))])
      return pair(build.add('Conv', [value, weight]))
    }
    const before = layer(pair(build.input('x', [1, 4, 6, 6])))
    const odd = build.add('LpPool', [before], { kernel_shape: attribute.ints([2, 2]), p: attribute.int(2) })
    build.output(layer(pair(odd)))
    const run = await expectParity(build.model, { x: floats([1, 4, 6, 6]) }, 1e-5)
    expect(run.kernels.filter((kernel) => /qconv/.test(kernel))).toHaveLength(2)
    expect(run.kernels).toContain('onnxruntime')
  })

  test.each([
    [8, false],
    [9, true],
  ])('with %d parts of its own onnxruntime has all: %p', async (count, isWhole) => {
    const build = new ModelBuilder()
    let x = build.input('x', [1, 4, 6, 6])
    for (let part = 0; part < count; part++)
      x = build.add('LpPool', [build.add('Tanh', [x])], { kernel_shape: attribute.ints([1, 1]) })
    build.output(build.add('Relu', [x]))
    const run = await expectParity(build.model, { x: floats([1, 4, 6, 6]) }, 1e-5)
    expect(run.kernels).toHaveLength(isWhole ? 1 : 2 * count + 1)
    expect(run.declined.filter((each) => /^all other nodes/.test(each))).toHaveLength(isWhole ? 1 : 0)
  })

  test('a node that turns out to be beyond a kernel goes there too', async () => {
    const build = new ModelBuilder()
    const x = build.input('x', [1, 2, 4, 4, 4])
    const conv = build.add('Conv', [x, build.weight([4, 1, 2, 2, 2])], { group: attribute.int(2) })
    build.output(build.add('Relu', [conv]))
    const run = await expectParity(build.model, { x: floats([1, 2, 4, 4, 4]) }, 1e-5)
    expect(run.declined).toEqual([expect.stringMatching(/Conv.*groups of volumes/)])
  })

  test('results whose shapes only onnxruntime knows go on into the engine', async () => {
    const build = new ModelBuilder()
    const x = build.input('x', ['n'])
    const found = build.add('NonZero', [build.add('Relu', [x])])
    build.output(build.add('Cast', [build.add('Transpose', [found])], { to: attribute.int(1) }))
    const run = await expectParity(build.model, { x: floats([40]) }, 0)
    expect(run.kernels).toContain('onnxruntime')
    expect(run.kernels.at(-1)).toBe('cast')
  })

  test('a failing kernel is a typed error', async () => {
    const build = new ModelBuilder()
    const indices = build.input('indices', ['n'], 'int64')
    build.output(build.add('Gather', [build.weight([5, 3]), indices]))
    await using session = await InferenceSession.create(build.model)
    const at = (index: bigint) => ({ indices: { type: 'int64', dims: [1], data: BigInt64Array.of(index) } })
    await expect(session.run(at(7n))).rejects.toMatchObject({
      code: 'RUNTIME',
      message: expect.stringMatching(/index/),
    })
    expect(Object.values(await session.run(at(-1n)))[0]?.dims).toEqual([1, 3])
  })
})

describe('values without nodes', () => {
  test('inputs and constants that are outputs', async () => {
    const build = new ModelBuilder()
    build.output(build.input('x', [2]))
    build.output(build.constant(Tensor.float32([1, 2, 3], [3]), 'known'))
    await using session = await InferenceSession.create(build.model)
    const results = await session.run({ x: floats([2]) })
    expect(results).toMatchObject({ x: { dims: [2] }, known: { dims: [3], data: Float32Array.of(1, 2, 3) } })
  })

  test('an output that is a view of another', async () => {
    const build = new ModelBuilder()
    const x = build.input('x', [2, 3])
    const y = build.add('Exp', [x])
    build.output(y).output(build.add('Flatten', [y], { axis: attribute.int(0) }))
    build.output(build.add('Reshape', [x, build.constant(Tensor.int64([6]))]))
    await expectParity(build.model, { x: floats([2, 3]) }, 1e-6)
  })
})

test.each([100, 100_000])(
  'results of %d numbers have memory of their own, which can be handed on',
  async (size) => {
    const build = new ModelBuilder()
    build.output(build.add('Neg', [build.input('x', [size])]))
    const session = await InferenceSession.create(build.model)
    const x = floats([size])
    const [result] = Object.values(await session.run({ x }))
    const data = result?.data as Float32Array
    expect([data.byteOffset, data.buffer.byteLength]).toEqual([0, size * 4])
    const { buffer } = data
    expect(structuredClone(data, { transfer: [buffer as ArrayBuffer] })).toEqual(
      (x.data as Float32Array).map((each) => -each),
    )
    await session.release()
  },
)
