import { join } from 'node:path'
import { Graph, Tensor, tensorType } from '../../src/ir'
import { closeRuntime, Session } from '../../src/runtime'
import { addOneModel, classifierPath, floats, image, modelOf, temporaryEntries } from './support'

afterAll(closeRuntime)

describe('Session', () => {
  test('runs a model from memory and removes what it wrote', async () => {
    const session = await Session.create(addOneModel())
    expect(session.inputs).toEqual([{ name: 'x', type: 'float32', dims: ['n'] }])
    expect(session.outputs).toEqual([{ name: 'y', type: 'float32', dims: ['n'] }])
    expect([session.inputNames, session.outputNames]).toEqual([['x'], ['y']])
    const { y } = await session.run({ x: floats([-3, 0, 2.5]) })
    expect(y).toEqual(floats([0, 1, 3.5]))
    expect(temporaryEntries()).toHaveLength(1)
    await session.release()
    expect(temporaryEntries()).toEqual([])
  })

  test('runs a file, as onnxruntime in this process does', async () => {
    const x = image([1, 3, 48, 192])
    const session = await Session.create(classifierPath, { threads: 1 })
    const { 'softmax_0.tmp_0': y } = await session.run({ x })
    await session.release()
    const { InferenceSession, Tensor: OrtTensor } = require('onnxruntime-node')
    const direct = await InferenceSession.create(classifierPath, { intraOpNumThreads: 1 })
    const expected = await direct.run({ x: new OrtTensor('float32', x.data, x.dims) })
    expect(y?.data).toEqual(expected['softmax_0.tmp_0'].data)
    expect(y?.dims).toEqual([1, 2])
  })

  test('takes tensors of onnxruntime itself', async () => {
    const { Tensor: OrtTensor } = require('onnxruntime-node')
    const session = await Session.create(addOneModel())
    const { y } = await session.run({ x: new OrtTensor('float32', Float32Array.of(4), [1]) })
    expect(y).toEqual(floats([5]))
    await session.release()
  })

  test('passes every type there and back', async () => {
    const examples = {
      float32: Float32Array.of(1.5, -2),
      float64: Float64Array.of(1e300, -0.1),
      float16: Uint16Array.of(0x3c00, 0xc000),
      int8: Int8Array.of(-128, 127),
      uint8: Uint8Array.of(0, 255),
      int16: Int16Array.of(-32768, 32767),
      uint16: Uint16Array.of(0, 65535),
      int32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
      uint32: Uint32Array.of(0, 2 ** 32 - 1),
      int64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
      uint64: BigUint64Array.of(0n, 2n ** 64n - 1n),
      bool: Uint8Array.of(1, 0),
      string: ['snow ☃', ''],
    } as const
    const graph = new Graph('types')
    for (const type of Object.keys(examples) as (keyof typeof examples)[]) {
      const x = graph.createValue(`${type}_in`, tensorType(type, ['n']))
      const y = graph.createValue(type, tensorType(type, ['n']))
      graph.addInput(x)
      graph.add('Identity', [x], { outputs: [y] })
      graph.addOutput(y)
    }
    const session = await Session.create(modelOf(graph))
    const feeds = Object.entries(examples).map(([type, data]) => [`${type}_in`, { type, dims: [2], data }])
    const outputs = await session.run(Object.fromEntries(feeds))
    for (const [type, data] of Object.entries(examples))
      expect(outputs[type]).toEqual({ type, dims: [2], data })
    await session.release()
  })

  test('keeps names apart that JavaScript has a meaning for', async () => {
    const graph = new Graph('names')
    const x = graph.createValue('__proto__', tensorType('float32', [1]))
    const y = graph.createValue('constructor', tensorType('float32', [1]))
    graph.addInput(x)
    graph.add('Neg', [x], { outputs: [y] })
    graph.addOutput(y)
    const session = await Session.create(modelOf(graph))
    const outputs = await session.run(Object.fromEntries([['__proto__', floats([7])]]))
    expect(Object.entries(outputs)).toEqual([['constructor', floats([-7])]])
    await session.release()
  })

  test('returns only the outputs asked for, and says which there are', async () => {
    const session = await Session.create(addOneModel())
    await expect(session.run({ x: floats([1]) }, ['z'])).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: 'The session has no tensor output "z"; it has y',
    })
    expect(Object.keys(await session.run({ x: floats([1]) }, ['y']))).toEqual(['y'])
    await session.release()
  })

  test('names the input that does not fit', async () => {
    const session = await Session.create(addOneModel([1, 3]))
    await expect(session.run({ x: floats([1, 2, 3]) })).rejects.toMatchObject({
      code: 'BAD_SAMPLES',
      message:
        'Sample 0: expected float32[1,3] for input "x", received float32[3]; add the batch axis in front',
    })
    await session.release()
  })

  test('says what onnxruntime says against a model', async () => {
    const graph = new Graph('odd')
    graph.addOutput(graph.add('NoSuchOperation', [graph.addInitializer(Tensor.float32([1]))]).output()!)
    await expect(Session.create(modelOf(graph))).rejects.toMatchObject({
      code: 'RUNTIME',
      message: expect.stringMatching(/^onnxruntime refused the model: .*NoSuchOperation/s),
    })
    expect(temporaryEntries()).toEqual([])
  })

  test('reports a run that fails and goes on', async () => {
    const graph = new Graph('reshape')
    const x = graph.createValue('x', tensorType('float32', ['n']))
    graph.addInput(x)
    const shape = graph.addInitializer(Tensor.int64([2, 2]))
    const y = graph.createValue('y', tensorType('float32', [2, 2]))
    graph.add('Reshape', [x, shape], { outputs: [y] })
    graph.addOutput(y)
    const session = await Session.create(modelOf(graph))
    await expect(session.run({ x: floats([1, 2, 3]) })).rejects.toMatchObject({ code: 'RUNTIME' })
    expect((await session.run({ x: floats([1, 2, 3, 4]) })).y?.dims).toEqual([2, 2])
    await session.release()
  })

  test('passes configuration on to onnxruntime', async () => {
    await expect(
      Session.create(addOneModel(), {
        config: { 'session.intra_op_thread_affinities': 'nonsense' },
        threads: 2,
      }),
    ).rejects.toMatchObject({ code: 'RUNTIME', message: expect.stringMatching(/affinit/i) })
  })

  test('a file that is missing is an IO error', async () => {
    await expect(Session.create(join(__dirname, 'missing.onnx'))).rejects.toMatchObject({ code: 'IO' })
  })
})
