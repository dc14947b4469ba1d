import { join as joinPath } from 'node:path'
import type { Model, Tensor } from '../../src/ir'
import { decodeModel, openModel, saveModel } from '../../src/onnx'
import { temporaryFolder } from './support/temporaryFolder'
import { field, float, join, onnx } from './support/wire'

const folder = temporaryFolder()

/** A model with an initializer whose floats are written one by one, as protobuf allows. */
function unpacked(numbers: readonly number[]): Uint8Array {
  const data = join(...numbers.map((number) => float(4, number)))
  const weight = onnx.tensor('w', 1, [numbers.length], data)
  const graph = onnx.graph({
    initializers: [weight],
    nodes: [onnx.node('Identity', ['w'], ['y'])],
    outputs: [onnx.valueInfo('y', onnx.tensorType(1, numbers.length))],
  })
  return onnx.model(graph, field(2, 'by hand'))
}

const weightOf = (model: Model) => model.graph.own('w')?.initializer as Tensor

test('elements that came one by one are there however they are read', async () => {
  const numbers = Array.from({ length: 50 }, (_, index) => index / 4 - 3)
  const model = decodeModel(unpacked(numbers))
  const tensor = weightOf(model)
  expect([...(tensor.elements as Float32Array)]).toEqual(numbers)
  expect([...((await tensor.load()) as Float32Array)]).toEqual(numbers)
  const pieces: number[] = []
  for await (const piece of tensor.byteSource.pieces(12)) pieces.push(...piece)
  expect(pieces).toEqual([...new Uint8Array(Float32Array.from(numbers).buffer)])
})

test('and are still there in what is saved, large or small', async () => {
  const numbers = Array.from({ length: 3000 }, (_, index) => index)
  const path = joinPath(folder, 'saved.onnx')
  await saveModel(decodeModel(unpacked(numbers)), path)
  const again = await openModel(path)
  expect([...(weightOf(again).elements as Float32Array)]).toEqual(numbers)
})
