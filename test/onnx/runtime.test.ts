import { join } from 'node:path'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { attribute } from '../../src/ir/attribute'
import { Graph } from '../../src/ir/graph'
import { Tensor } from '../../src/ir/tensor'
import type { Value } from '../../src/ir/value'
import { tensorType } from '../../src/ir/valueType'
import { Model } from '../../src/model'
import { temporaryFolder } from './support/temporaryFolder'

const folder = temporaryFolder()
const SIZE = 20_000

const filled = (value: number) => Tensor.from('float32', [SIZE], new Float32Array(SIZE).fill(value))

/** y = x + 1 + 10 + (c ? 100 : 1000): weights in an initializer, a Constant node and the branches of an If. */
function build(): Model {
  const graph = new Graph('g')
  const x = graph.createValue('x', tensorType('float32', [SIZE]))
  const c = graph.createValue('c', tensorType('bool', []))
  graph.addInput(x)
  graph.addInput(c)
  const weight = graph.addInitializer(filled(1), 'w')
  const constant = graph
    .add('Constant', [], { attributes: { value: attribute.tensor(filled(10)) } })
    .output() as Value
  const sum = graph.add('Add', [graph.add('Add', [x, weight]).output(), constant]).output() as Value
  const branch = (value: number): Graph => {
    const inner = new Graph('branch', graph)
    const result = inner.add('Add', [sum, inner.addInitializer(filled(value), 'b')]).output() as Value
    result.type = tensorType('float32', [SIZE])
    inner.addOutput(result)
    return inner
  }
  const attributes = { then_branch: attribute.graph(branch(100)), else_branch: attribute.graph(branch(1000)) }
  const y = graph.add('If', [c], { attributes }).output() as Value
  y.type = tensorType('float32', [SIZE])
  graph.addOutput(y)
  return new Model(graph, { irVersion: 8, opsetImports: new Map([['', 17]]) })
}

async function run(path: string, condition: boolean): Promise<number | undefined> {
  const session = await InferenceSession.create(path)
  const x = new OrtTensor('float32', new Float32Array(SIZE), [SIZE])
  const c = new OrtTensor('bool', Uint8Array.of(condition ? 1 : 0), [])
  const outputs = await session.run({ x, c })
  await session.release()
  const [output] = Object.values(outputs)
  return output && (output.data as Float32Array)[SIZE - 1]
}

test.each([false, true])('onnxruntime reads what is saved (external data: %s)', async (externalData) => {
  const path = join(folder, `m${externalData}.onnx`)
  await build().save(path, { externalData })
  expect(await run(path, true)).toBe(111)
  expect(await run(path, false)).toBe(1011)
  const again = await Model.open(path)
  again.verify()
  expect(again.toText()).toBe(build().toText())
})
