import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import type { Node } from '../../../src/ir'
import { ConstantPool } from '../../../src/passes/quantize/constantPool'
import { HARD_SWISH, insertGate } from '../../../src/passes/quantize/gate'
import { runModel } from '../../support/passContext'
import { LayerBuilder } from './support'

test.each([
  ['uint8', HARD_SWISH],
  ['int8', HARD_SWISH],
  ['uint8', { alpha: 0.2, beta: 0.5 }],
  ['uint8', { alpha: 0.25, beta: 0.9 }],
] as const)('clip(alpha * x + beta, 0, 1) to half a step, %s %j', async (type, gate) => {
  const b = new LayerBuilder()
  const x = b.input('x', [161])
  const end = b.node('Identity', [x]).producer as Node
  b.output(insertGate(gate, x, end, new ConstantPool(b.model.graph), type))
  b.model.verify()
  const numbers = Float32Array.from({ length: 161 }, (_, index) => (index - 80) / 16)
  const outputs = await runModel(b.model, { x: new RuntimeTensor('float32', numbers, [161]) })
  const [{ data }] = Object.values(outputs) as [RuntimeTensor]
  numbers.forEach((each, index) => {
    const exact = Math.min(1, Math.max(0, gate.alpha * each + gate.beta))
    expect(Math.abs(((data as Float32Array)[index] as number) - exact)).toBeLessThanOrEqual(0.5 / 255 + 1e-5)
  })
})

test('two gates share their constants', () => {
  const b = new LayerBuilder()
  const x = b.input('x', [2])
  const end = b.node('Identity', [x]).producer as Node
  const pool = new ConstantPool(b.model.graph)
  for (let index = 0; index < 2; index++) insertGate(HARD_SWISH, x, end, pool, 'uint8')
  expect(b.model.graph.initializers).toHaveLength(5)
})
