import { attribute, Graph, type Model, Tensor, tensorType } from '../../src/ir'
import { openModel } from '../../src/onnx'
import { closeRuntime, evaluate, inferTypes, optimizedModel, Session, withOutputs } from '../../src/runtime'
import {
  addOneModel,
  classifierPath,
  detectorPath,
  image,
  modelOf,
  recognizerPath,
  temporaryEntries,
} from './support'

afterAll(closeRuntime)
afterEach(() => expect(temporaryEntries()).toEqual([]))

describe('optimizedModel', () => {
  test('shows what onnxruntime fuses', async () => {
    const plain = await optimizedModel(classifierPath, 'disabled')
    const extended = await optimizedModel(await openModel(classifierPath), 'extended')
    const ops = (model: Model) => new Set(model.graph.nodes.map((node) => node.opType))
    expect(ops(plain)).toContain('BatchNormalization')
    expect(ops(extended)).not.toContain('BatchNormalization')
    expect(ops(extended)).toContain('FusedConv')
    expect(extended.graph.nodeCount).toBeLessThan(plain.graph.nodeCount)
  })
})

describe('evaluate', () => {
  test('gives outputs as constants, of every type that can be passed', async () => {
    const graph = new Graph('constants')
    const a = graph.addInitializer(Tensor.int64([2, 3], [2], 'a'))
    graph.add('Mul', [a, a], { outputs: [graph.createValue('squares')] })
    graph.add('Cast', [a], { outputs: [graph.createValue('half')], attributes: { to: attribute.int(10) } })
    graph.add('Cast', [a], { outputs: [graph.createValue('text')], attributes: { to: attribute.int(8) } })
    graph.add('ReduceSum', [a], {
      outputs: [graph.createValue('total')],
      attributes: { keepdims: attribute.int(0) },
    })
    for (const name of ['squares', 'half', 'text', 'total']) graph.addOutput(graph.own(name)!)
    const outputs = await evaluate(modelOf(graph))
    expect(outputs.get('squares')?.toNumbers()).toEqual([4, 9])
    expect([outputs.get('half')?.dataType, outputs.get('half')?.toNumbers()]).toEqual(['float16', [2, 3]])
    expect(outputs.get('text')?.strings).toEqual(['2', '3'])
    expect([outputs.get('total')?.shape, outputs.get('total')?.toNumbers()]).toEqual([[], [5]])
  })

  test('says so where a type cannot be passed', async () => {
    const graph = new Graph('bfloat16')
    const x = graph.addInitializer(Tensor.float32([1], [1]))
    graph.addOutput(graph.add('Cast', [x], { attributes: { to: attribute.int(16) } }).output()!)
    await expect(evaluate(modelOf(graph))).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })
})

describe('inferTypes', () => {
  test('agrees with what a run gives, for every value', async () => {
    const model = await openModel(detectorPath)
    const types = await inferTypes(model)
    const floats = [...model.graph].flatMap((node) => node.outputs.flatMap((value) => value ?? []))
    for (const value of floats) expect(types.get(value.name)).toMatchObject({ kind: 'tensor' })
    const made = floats.filter((value) => !value.producer?.is('Constant'))
    const session = await Session.create(
      withOutputs(model, (graph) => made.map((value) => graph.own(value.name)!)),
    )
    const outputs = await session.run({ x: image([1, 3, 64, 96]) })
    await session.release()
    let ranked = 0
    for (const [name, { type, dims }] of Object.entries(outputs)) {
      const inferred = types.get(name)
      if (inferred?.kind !== 'tensor') throw new Error(`no tensor type for ${name}`)
      expect(inferred.dataType).toBe(type)
      if (!inferred.shape) continue
      ranked++
      expect(inferred.shape).toHaveLength(dims.length)
      for (const [axis, size] of inferred.shape.entries()) {
        if (typeof size === 'number') expect([name, size]).toEqual([name, dims[axis]])
      }
    }
    expect(ranked).toBeGreaterThan(made.length * 0.9)
  })

  test('needs no weights, tells scalars from unknown ranks, and leaves the model alone', async () => {
    const graph = new Graph('types')
    const x = graph.createValue('x', tensorType('float32', ['n', 100]))
    graph.addInput(x)
    const weight = graph.addInitializer(Tensor.float32(new Float32Array(100 * 64), [100, 64], 'weight'))
    const product = graph.createValue('product', tensorType('float32', [7]))
    graph.add('MatMul', [x, weight], { outputs: [product] })
    const mean = graph.createValue('mean')
    graph.add('ReduceMean', [product], { outputs: [mean], attributes: { keepdims: attribute.int(0) } })
    const shape = graph.createValue('shape', tensorType('int64', ['k']))
    graph.addInput(shape)
    const reshaped = graph.createValue('reshaped')
    graph.add('Reshape', [product, shape], { outputs: [reshaped] })
    graph.addOutput(mean)
    const types = await inferTypes(modelOf(graph))
    expect(types.get('product')).toEqual(tensorType('float32', ['n', 64]))
    expect(types.get('weight')).toEqual(tensorType('float32', [100, 64]))
    expect(types.get('mean')).toEqual(tensorType('float32', []))
    expect(types.get('reshaped')).toEqual(tensorType('float32'))
    expect(graph.outputs).toEqual([mean])
    expect(product.type).toEqual(tensorType('float32', [7]))
  })

  test('gets past Reshape to a computed shape', async () => {
    const types = await inferTypes(await openModel(recognizerPath))
    for (const type of types.values())
      expect(type).toMatchObject({ kind: 'tensor', shape: expect.any(Array) })
  })

  test('knows every size once the sizes of the inputs are given', async () => {
    const model = await openModel(recognizerPath)
    const types = await inferTypes(model, { shapes: { x: [1, 3, 48, 160] } })
    const made = [...model.graph].filter((node) => !node.is('Constant')).map((node) => node.output()!.name)
    const session = await Session.create(withOutputs(model, (graph) => made.map((name) => graph.own(name)!)))
    const outputs = await session.run({ x: image([1, 3, 48, 160]) })
    await session.release()
    expect(types.get('x')).toEqual(tensorType('float32', [1, 3, 48, 160]))
    for (const [name, { type, dims }] of Object.entries(outputs)) {
      expect([name, types.get(name)]).toEqual([name, tensorType(type as 'float32', dims)])
    }
  })

  test('leaves out what cannot be described and keeps the rest', async () => {
    const model = addOneModel(['n'])
    const { graph } = model
    const low = graph.createValue('low')
    graph.add('Cast', [graph.own('sum')], { outputs: [low], attributes: { to: attribute.int(16) } })
    const back = graph.createValue('back')
    graph.add('Cast', [low], { outputs: [back], attributes: { to: attribute.int(1) } })
    const types = await inferTypes(model)
    expect([...types.keys()].sort()).toEqual(['back', 'one', 'sum', 'x', 'y'])
    expect(types.get('back')).toEqual(tensorType('float32', ['n']))
  })
})
