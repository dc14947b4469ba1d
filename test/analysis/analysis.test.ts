import {
  broadcastsInto,
  fingerprintOf,
  graphBytes,
  isClose,
  multiplyAccumulates,
  numbersOf,
  originOf,
  parameterCount,
  sameTensor,
  scalarOf,
  sizesOf,
  TypeView,
  tensorBytes,
} from '../../src/analysis'
import { attribute, type Dimension, Model, Tensor, tensorType, type Value } from '../../src/ir'
import { encodeModel } from '../../src/onnx'

function modelWith(shapes: Readonly<Record<string, readonly Dimension[]>>): Model {
  const model = new Model(undefined, { producerName: '' })
  for (const [name, shape] of Object.entries(shapes))
    model.graph.addInput(model.graph.declareValue(name, tensorType('float32', shape)))
  return model
}

const node = (model: Model, opType: string, inputs: readonly (Value | undefined)[], attributes = {}) =>
  model.graph.add(opType, inputs, { attributes }).output() as Value

describe('constants', () => {
  const model = modelWith({ x: [1] })
  const constant = (tensor: Tensor) => model.graph.addInitializer(tensor, 'c')

  test('one number, whatever the rank; nothing of several, of strings, or that can be fed', () => {
    expect(scalarOf(constant(Tensor.float32([2.5], [1, 1])))).toBe(2.5)
    expect(scalarOf(constant(Tensor.int64([7])))).toBe(7)
    expect(scalarOf(constant(Tensor.float32([1, 2], [2])))).toBeUndefined()
    expect(scalarOf(constant(Tensor.fromStrings([1], ['a'])))).toBeUndefined()
    expect(scalarOf(model.graph.inputs[0])).toBeUndefined()
    expect(scalarOf(undefined)).toBeUndefined()
    const fed = constant(Tensor.float32([1]))
    model.graph.addInput(fed)
    expect(scalarOf(fed)).toBeUndefined()
  })

  test('several numbers, up to a limit', () => {
    const shape = constant(Tensor.int64([0, -1, 3]))
    expect(numbersOf(shape)).toEqual([0, -1, 3])
    expect(numbersOf(shape, 2)).toBeUndefined()
  })

  test('closeness allows the rounding of float32 and no more', () => {
    expect(isClose(Math.fround(1 / 6), 1 / 6)).toBe(true)
    expect(isClose(1 / 6 + 1e-6, 1 / 6)).toBe(false)
    expect(isClose(0, 0)).toBe(true)
    expect(isClose(undefined, 0)).toBe(false)
  })

  test('equality is of type, shape and every bit', async () => {
    const [a, b] = [Tensor.float32([1, 2], [2]), Tensor.float32([1, 2], [2])]
    expect(await sameTensor(a, b)).toBe(true)
    expect(await fingerprintOf(a)).toBe(await fingerprintOf(b))
    const others = [
      Tensor.float32([1, 3], [2]),
      Tensor.float32([1, 2], [1, 2]),
      Tensor.from('int32', [2], new Int32Array(new Float32Array([1, 2]).buffer)),
    ]
    for (const other of others) {
      expect(await sameTensor(a, other)).toBe(false)
      expect(await fingerprintOf(a)).not.toBe(await fingerprintOf(other))
    }
    expect(await sameTensor(Tensor.fromStrings([2], ['a', 'bc']), Tensor.fromStrings([2], ['a', 'bc']))).toBe(
      true,
    )
    expect(await sameTensor(Tensor.fromStrings([2], ['a', 'bc']), Tensor.fromStrings([2], ['ab', 'c']))).toBe(
      false,
    )
    expect(await fingerprintOf(Tensor.fromStrings([2], ['a', 'bc']))).not.toBe(
      await fingerprintOf(Tensor.fromStrings([2], ['ab', 'c'])),
    )
  })
})

describe('types', () => {
  test('a constant speaks for itself, inference before the file, and recorded types stay beside the graph', () => {
    const model = modelWith({ x: ['n', 3] })
    const y = node(model, 'Relu', [model.graph.inputs[0]])
    const types = new TypeView()
    expect(types.rankOf(y)).toBeUndefined()
    types.learn(model, new Map([[y.name, tensorType('float32', ['n', 3])]]))
    expect(types.shapeOf(y)).toEqual(['n', 3])
    expect(types.dataTypeOf(y)).toBe('float32')
    expect(types.staticShapeOf(y)).toBeUndefined()
    expect(y.type).toBeUndefined()
    types.record(y, tensorType('float16', [2, 3]))
    expect(types.staticShapeOf(y)).toEqual([2, 3])
    expect(types.dataTypeOf(model.graph.addInitializer(Tensor.int64([1]), 'c'))).toBe('int64')
  })

  test('broadcasting into a shape leaves it as it is', () => {
    const ones = (...shape: number[]) =>
      Tensor.float32(new Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape)
    expect(broadcastsInto(ones(), undefined)).toBe(true)
    expect(broadcastsInto(ones(1), undefined)).toBe(false)
    expect(broadcastsInto(ones(1), [])).toBe(false)
    expect(broadcastsInto(ones(3, 1), ['n', 3, 'w'])).toBe(true)
    expect(broadcastsInto(ones(3), ['n', 'c'])).toBe(false)
    expect(broadcastsInto(ones(3), [undefined])).toBe(false)
    expect(broadcastsInto(ones(1, 1, 1), [2, 3])).toBe(false)
  })
})

describe('sizes', () => {
  test('numbers where they are known, axes where they are not', () => {
    const model = modelWith({ x: ['n', 3, 'w'] })
    const x = model.graph.inputs[0] as Value
    const types = new TypeView()
    const shape = node(model, 'Shape', [x])
    expect(sizesOf(shape, types)).toEqual([{ of: x, axis: 0 }, 3, { of: x, axis: 2 }])
    const ints = (...numbers: number[]) => model.graph.addInitializer(Tensor.int64(numbers), 'i')
    const slice = node(model, 'Slice', [shape, ints(-2), ints(2 ** 40)])
    const gather = node(model, 'Gather', [
      node(model, 'Cast', [shape], { to: attribute.int(6) }),
      ints(-1, 1),
    ])
    expect(sizesOf(node(model, 'Concat', [slice, gather, ints(7)]), types)).toEqual([
      3,
      { of: x, axis: 2 },
      { of: x, axis: 2 },
      3,
      7,
    ])
    expect(
      sizesOf(node(model, 'Slice', [shape, ints(0), ints(3), undefined, ints(2)]), types),
    ).toBeUndefined()
    expect(sizesOf(node(model, 'Mul', [shape, ints(2)]), types)).toBeUndefined()
    expect(sizesOf(x, types)).toBeUndefined()
  })

  test('an axis is followed back through what keeps it, and no further', () => {
    const model = modelWith({ x: ['n', 'w', 6], z: ['n', 'w', 6] })
    const [x, z] = model.graph.inputs as [Value, Value]
    const types = new TypeView()
    const typed = (value: Value) => {
      types.record(value, tensorType('float32', ['a', 'b', 'c']))
      return value
    }
    const w = model.graph.addInitializer(Tensor.float32(new Array(24).fill(0), [6, 4]), 'w')
    const bias = model.graph.addInitializer(Tensor.float32([0, 0, 0, 0], [4]), 'b')
    const product = typed(node(model, 'MatMul', [typed(node(model, 'Relu', [x])), w]))
    const sum = typed(node(model, 'Add', [bias, product]))
    expect(originOf(sum, 1, types)).toEqual({ of: x, axis: 1 })
    expect(originOf(sum, 2, types)).toEqual({ of: sum, axis: 2 })
    expect(originOf(product, 2, types)).toEqual({ of: product, axis: 2 })
    const turned = typed(node(model, 'Transpose', [x], { perm: attribute.ints([1, 0, 2]) }))
    expect(originOf(turned, 0, types)).toEqual({ of: x, axis: 1 })
    const both = typed(node(model, 'Add', [x, z]))
    expect(originOf(both, 0, types)).toEqual({ of: both, axis: 0 })
  })
})

describe('cost', () => {
  test('bytes are those of the file', () => {
    const model = modelWith({ x: [1, 3, 300, 300] })
    const w = model.graph.addInitializer(Tensor.float32(new Float32Array(810), [30, 3, 3, 3]), 'weight')
    const empty = encodeModel(model).byteLength - tensorBytes(w.initializer as Tensor)
    let y = node(model, 'Conv', [model.graph.inputs[0], w], {
      pads: attribute.ints([1, 1, 1, 1]),
      auto_pad: attribute.string('NOTSET'),
    })
    y = node(model, 'LeakyRelu', [y], {
      alpha: attribute.float(0.1),
      'a name that is long': attribute.int(-1),
    })
    const encoded = encodeModel(model).byteLength - empty
    expect(Math.abs(graphBytes(model.graph) - encoded)).toBeLessThanOrEqual(4)
    expect(y.name).toBe('LeakyRelu_output')
  })

  test('parameters are the elements of weights, not of shapes', () => {
    const model = modelWith({ x: [1] })
    model.graph.addInitializer(Tensor.float32(new Float32Array(10), [10]), 'w')
    model.graph.addInitializer(Tensor.from('int8', [5], new Int8Array(5)), 'q')
    model.graph.addInitializer(Tensor.int64([1, 2, 3]), 'shape')
    expect(parameterCount(model)).toBe(15)
  })

  test.each([
    ['Conv', [1, 6, 8, 8], [4, 3, 3, 3], [1, 4, 6, 6], {}, 4 * 6 * 6 * 27],
    ['ConvTranspose', [1, 4, 5, 5], [4, 2, 2, 2], [1, 2, 10, 10], {}, 4 * 25 * 8],
    ['MatMul', [2, 5, 7], [7, 3], [2, 5, 3], {}, 2 * 5 * 3 * 7],
    ['Gemm', [7, 5], [7, 3], [5, 3], { transA: attribute.int(1) }, 5 * 3 * 7],
    ['Relu', [3], [3], [3], {}, 0],
    ['MatMul', ['n', 7], [7, 3], ['n', 3], {}, undefined],
  ] as const)('%s of %j and %j', (opType, a, b, c, attributes, expected) => {
    const model = modelWith({ a, b })
    const output = node(model, opType, model.graph.inputs, attributes)
    output.type = tensorType('float32', c)
    expect(multiplyAccumulates(output.producer as never, new TypeView())).toBe(expected)
  })
})
