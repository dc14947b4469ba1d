import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { Tensor, tensorType, type ValueType } from '../../src/ir'
import { encodeModel } from '../../src/onnx'
import { extractNodes } from '../../src/runtime'
import { branches } from '../calibrate/sequence/support'
import { runModel } from '../support/passContext'

const { model } = branches()
const nodesOf = (...names: string[]) => new Set(names.map((name) => model.graph.own(name)!.producer!))
const types = new Map<string, ValueType>([
  ['ra', tensorType('float32', [1, 4, undefined, undefined])],
  ['c', tensorType('float32')],
])

test('some nodes as a model: what others make becomes an input, what nobody reads is left out', () => {
  const part = extractNodes(model, { nodes: nodesOf('b', 'sb', 'sum'), outputs: ['sum', 'b', 'sum'], types })
  part.verify()
  expect(part.graph.inputs.map(({ name, type }) => [name, type])).toEqual([...types].sort())
  expect(part.graph.outputs.map(({ name }) => name)).toEqual(['sum', 'b'])
  expect(part.graph.nodes.map((node) => node.opType)).toEqual(['Conv', 'Sigmoid', 'Add'])
  expect(part.graph.initializers).toHaveLength(1)
})

test('it runs, and the model is as it was', async () => {
  const before = model.toText()
  const part = extractNodes(model, {
    nodes: nodesOf('sb', 'sum'),
    outputs: ['sum'],
    types: new Map([...types, ['b', types.get('c')!]]),
  })
  const tensor = (from: number) =>
    new RuntimeTensor('float32', Float32Array.of(from, from + 1, from + 2, from + 3), [1, 4, 1, 1])
  const { sum } = await runModel(part, { b: tensor(-1), c: tensor(2) })
  expect([...(sum!.data as Float32Array)]).toEqual(
    [-1, 0, 1, 2].map((b, at) => expect.closeTo(1 / (1 + Math.exp(-b)) + 2 + at, 5)),
  )
  expect(model.toText()).toBe(before)
  expect((await encodeModel(part)).byteLength).toBeLessThan(400)
})

test('weights are read as they are now', () => {
  const weight = model.graph.own('b')!.producer!.input(1)!
  const other = Tensor.from('float32', weight.constant!.shape, new Float32Array(weight.constant!.size))
  weight.initializer = other
  const part = extractNodes(model, { nodes: nodesOf('b'), outputs: ['b'], types })
  expect(part.graph.own(weight.name)?.constant?.byteSource).toBe(other.byteSource)
})

test('refuses an output that is not there', () => {
  expect(() => extractNodes(model, { nodes: new Set(), outputs: ['none'], types })).toThrow(/no value "none"/)
})
