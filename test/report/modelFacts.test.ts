import { attribute, Tensor } from '../../src/ir'
import { encodeModel } from '../../src/onnx'
import { constantsOf, modelFacts } from '../../src/report/modelFacts'
import { convNet } from '../compress/support'

test('counts bytes as the file has them', () => {
  const model = convNet()
  expect(modelFacts(model).bytes).toBe(encodeModel(model).length)
})

test('counts Constant nodes among the parameters, and shapes not', () => {
  const model = convNet()
  const before = modelFacts(model).parameters
  model.graph.add('Constant', [], { attributes: { value: attribute.tensor(Tensor.float32([1, 2, 3], [3])) } })
  model.graph.addInitializer(Tensor.int64([1, 2]), 'shape')
  expect(modelFacts(model).parameters).toBe(before + 3)
  expect([...constantsOf(model)].map(({ tensor }) => tensor.size)).toContain(2)
})

test('lists operations, most frequent first, with their domains', () => {
  const model = convNet()
  const [x] = model.graph.inputs
  model.graph.add('Mine', [x], { domain: 'com.example' })
  model.graph.add('Mine', [x], { domain: 'com.example' })
  expect(Object.entries(modelFacts(model).operations)[0]).toEqual(['com.example.Mine', 2])
})
