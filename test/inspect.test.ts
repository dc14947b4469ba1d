import { inspect } from '../src/inspect'
import { attribute, Tensor } from '../src/ir'
import { convNet } from './compress/support'

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
