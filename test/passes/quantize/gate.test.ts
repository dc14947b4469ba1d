import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import type { Node } from '../../../src/ir'
import { ConstantPool } from '../../../src/passes/quantize/constantPool'
import { insertGate } from '../../../src/passes/quantize/gate'
import { runModel } from '../../support/passContext'
import { LayerBuilder } from './support'

test.each(['uint8', 'int8'] as const)('clip((x + 3) / 6, 0, 1) to half a step, %s', async (type) => {
  const b = new LayerBuilder()
  const x = b.input('x', [161])
  const end = b.node('Identity', [x]).producer as Node
  b.output(insertGate(b.model.graph, x, end, new ConstantPool(b.model.graph), type))
  b.model.verify()
  const numbers = Float32Array.from({ length: 161 }, (_, index) => (index - 80) / 16)
  const outputs = await runModel(b.model, { x: new RuntimeTensor('float32', numbers, [161]) })
  const [{ data }] = Object.values(outputs) as [RuntimeTensor]
  numbers.forEach((each, index) => {
    const exact = Math.min(1, Math.max(0, (each + 3) / 6))
    expect(Math.abs(((data as Float32Array)[index] as number) - exact)).toBeLessThanOrEqual(0.5 / 255 + 1e-5)
  })
})

test('two gates share their constants', () => {
  const b = new LayerBuilder()
  const x = b.input('x', [2])
  const end = b.node('Identity', [x]).producer as Node
  const pool = new ConstantPool(b.model.graph)
  for (let index = 0; index < 2; index++) insertGate(b.model.graph, x, end, pool, 'uint8')
  expect(b.model.graph.initializers).toHaveLength(5)
})
