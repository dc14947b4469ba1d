import { compress } from '../../src/compress/compress'
import { inspect } from '../../src/inspect/inspect'
import { attribute, Tensor } from '../../src/ir'
import { quantize } from '../../src/passes/quantize'
import { closeRuntime } from '../../src/runtime'
import { convNet, numbers } from '../compress/support'

test('counts zeros, types and what reads which weight', async () => {
  const model = convNet()
  const { graph } = model
  const w1 = graph.own('w1')
  if (w1) w1.initializer = Tensor.from('float32', [8, 3, 3, 3], new Float32Array(216), 'w1')
  const found = await inspect(model, { layers: true })
  expect(found.layers?.map(({ node, weight, zeroRatio }) => [node, weight, zeroRatio])).toEqual([
    ['conv', 'w1', 1],
    ['gemm', 'w2', 0],
  ])
  expect(found.zeroRatio).toBeCloseTo(216 / 248)
  expect(found.dataTypes).toEqual({ float32: { tensors: 4, elements: 260, bytes: 1040 } })
  expect(found.inputs).toEqual([{ name: 'x', type: 'float32[n,3,h,w]' }])
})

test('half floats: both zeros count', async () => {
  const model = convNet()
  const bits = Uint16Array.from({ length: 16 }, (_, index) => (index < 4 ? 0x8000 : index < 8 ? 0 : 0x3c00))
  const half = Tensor.from('float16', [16], bits)
  model.graph.add('Constant', [], { attributes: { value: attribute.tensor(half) } })
  const only = await inspect(model)
  const zeros = (only.zeroRatio ?? 0) * (16 + 216 + 32)
  expect(zeros).toBeCloseTo(8)
})

test('names out of the model cannot steer a terminal', async () => {
  const model = convNet()
  const [x] = model.graph.inputs
  if (x) model.graph.rename(x, 'x\u001b[2J')
  model.producerName = 'evil\u0007'
  expect(`${await inspect(model, { layers: true })}`.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
})

test('text, integers and packed types are no weights, and no trouble', async () => {
  const model = convNet()
  model.graph.addInitializer(Tensor.fromStrings([16], new Array(16).fill('a')), 'words')
  model.graph.addInitializer(Tensor.int64(new Array(16).fill(0)), 'sizes')
  model.graph.addInitializer(Tensor.from('int4', [32], new Uint8Array(16)), 'packed')
  model.graph.addInitializer(Tensor.from('float8e4m3fn', [16], new Uint8Array(16)), 'eight')
  expect((await inspect(model)).zeroRatio).toBe(0)
})

describe('layers', () => {
  afterAll(closeRuntime)

  /** convNet with a weight whose zeros are blocks of 4 outputs. */
  function blockSparse() {
    const model = convNet(['n', 3, 8, 8])
    const w1 = model.graph.own('w1')
    const isZero = (index: number) => index < 4 * 27 && (index % 27) % 2 === 0
    const elements = numbers(216).map((each, index) => (isZero(index) ? 0 : each))
    if (w1) w1.initializer = Tensor.from('float32', [8, 3, 3, 3], elements, 'w1')
    return model
  }

  test('come with parameters, bytes, zeros and patterns', async () => {
    const { layers } = await inspect(blockSparse(), { layers: true })
    expect(layers?.[0]).toMatchObject({ parameters: 216, bytes: 864, patterns: ['4x1'] })
    expect(layers?.[1]).toMatchObject({ parameters: 32, patterns: [] })
  })

  test('have multiply-accumulates once all sizes are known', async () => {
    const open = await inspect(convNet(), { layers: true })
    expect(open.macs).toBeUndefined()
    expect(`${open}`).toMatch(/multiply-accumulates: unknown/)
    const found = await inspect(convNet(), { layers: true, shapes: { x: [2, 3, 8, 10] } })
    expect(found.layers?.map(({ macs }) => macs)).toEqual([2 * 8 * 8 * 10 * 27, 2 * 4 * 8])
    expect(found.macs).toBe(2 * 8 * 8 * 10 * 27 + 2 * 4 * 8)
    expect(`${found}`).toMatch(/multiply-accumulates: 34,624/)
  })

  test('are known through what decodes their weights', async () => {
    const { model } = await compress(blockSparse(), [quantize.weights()], { verify: false })
    const { layers } = await inspect(model, { layers: true, shapes: { x: [1, 3, 8, 8] } })
    const stored = layers?.find(({ dataType, shape }) => dataType === 'int8' && shape.length === 4)
    expect(stored).toMatchObject({ patterns: ['4x1'], macs: 8 * 8 * 8 * 27 })
  })

  test.each([
    [{ z: [1] }, /an input of the model \("x"\)/],
    [{ x: [1, 5, 8, 8] }, /sizes that fit float32\[n,3,h,w\] for input "x", received \[1, 5, 8, 8\]/],
    [{ x: [1, 3, 8] }, /sizes that fit/],
    [{ x: [1, 3, -8, 8] }, /sizes that fit/],
  ])('are not counted for shapes that contradict the model: %j', async (shapes, message) => {
    await expect(inspect(convNet(), { layers: true, shapes })).rejects.toThrow(message)
  })
})
