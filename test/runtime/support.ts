/** Shared by the tests of this room: real models, and tiny ones built in memory. */
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attribute, type Dimension, Graph, Model, Tensor, tensorType } from '../../src/ir'
import type { FeedTensor } from '../../src/runtime'

const assets = join(__dirname, '..', '..', 'node_modules', '@gutenye', 'ocr-models', 'assets')

export const classifierPath = join(assets, 'ch_ppocr_mobile_v2.0_cls_infer.onnx')
export const detectorPath = join(assets, 'ch_PP-OCRv4_det_infer.onnx')
export const recognizerPath = join(assets, 'ch_PP-OCRv4_rec_infer.onnx')

/** Opset 17, read by every version of onnxruntime that is supported. */
export function modelOf(graph: Graph): Model {
  return new Model(graph, { irVersion: 8, opsetImports: new Map([['', 17]]) })
}

/** y = Relu(x + 1), for x of any length. */
export function addOneModel(dims: readonly Dimension[] = ['n']): Model {
  const graph = new Graph('tiny')
  const x = graph.createValue('x', tensorType('float32', dims))
  graph.addInput(x)
  const one = graph.addInitializer(Tensor.float32([1], [], 'one'))
  const sum = graph.createValue('sum')
  graph.add('Add', [x, one], { outputs: [sum], name: 'add' })
  const y = graph.createValue('y', tensorType('float32', dims))
  graph.add('Relu', [sum], { outputs: [y], name: 'relu' })
  graph.addOutput(y)
  return modelOf(graph)
}

/** A run of this model takes about that many multiplications: matrices of 512² times one another. */
export function slowModel(rounds: number): Model {
  const graph = new Graph('slow')
  const x = graph.createValue('x', tensorType('float32', [512, 512]))
  graph.addInput(x)
  const trips = graph.addInitializer(Tensor.int64([rounds], [], 'trips'))
  const go = graph.addInitializer(Tensor.from('bool', [], Uint8Array.of(1), 'go'))
  const body = new Graph('body', graph)
  for (const [name, type] of [
    ['i', 'int64'],
    ['on', 'bool'],
  ] as const)
    body.addInput(body.createValue(name, tensorType(type, [])))
  const carried = body.createValue('carried', tensorType('float32', [512, 512]))
  body.addInput(carried)
  const next = body.createValue('next', tensorType('float32', [512, 512]))
  body.add('MatMul', [carried, x], { outputs: [next] })
  const still = body.createValue('still', tensorType('bool', []))
  body.add('Identity', [body.inputs[1]], { outputs: [still] })
  body.addOutput(still)
  body.addOutput(next)
  const y = graph.createValue('y', tensorType('float32', [512, 512]))
  graph.add('Loop', [trips, go, x], { outputs: [y], attributes: { body: attribute.graph(body) } })
  graph.addOutput(y)
  return modelOf(graph)
}

export function slowFeeds(): Record<string, FeedTensor> {
  return { x: { type: 'float32', dims: [512, 512], data: new Float32Array(512 * 512).fill(1 / 512) } }
}

export function floats(data: Iterable<number>, dims?: readonly number[]): FeedTensor {
  const elements = Float32Array.from(data)
  return { type: 'float32', dims: dims ?? [elements.length], data: elements }
}

/** An image-like tensor that differs from seed to seed. */
export function image(dims: readonly number[], seed = 0): FeedTensor {
  const length = dims.reduce((product, size) => product * size, 1)
  return floats(
    Array.from({ length }, (_, index) => Math.sin(index * index + seed)),
    dims,
  )
}

/** Temporary folders of this process that are on disk, with what is in them. */
export function temporaryEntries(): string[] {
  const roots = readdirSync(tmpdir()).filter((name) => name.startsWith(`onnxpress-${process.pid}-`))
  return roots.flatMap((root) => readdirSync(join(tmpdir(), root)).map((name) => join(root, name)))
}
