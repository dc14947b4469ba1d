import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node'
import { type DataType, Graph, Model, type Node, tensorType, type Value } from '../../../../src/ir'
import { encodeModel } from '../../../../src/onnx/encodeModel'
import { upgradeOpset } from '../../../../src/onnx/upgrade/upgradeOpset'

export type Feeds = Record<string, RuntimeTensor>

/** A model at an old opset: `build` adds nodes to the graph and returns its outputs. */
export function modelAt(
  opset: number,
  inputs: Record<string, readonly [DataType, readonly (number | string)[]]>,
  build: (graph: Graph, values: Value[]) => readonly (Value | undefined)[],
  outputType: DataType | readonly DataType[] = 'float32',
): Model {
  const graph = new Graph('main')
  const values = Object.entries(inputs).map(([name, [dataType, shape]]) =>
    graph.declareValue(name, tensorType(dataType, shape)),
  )
  for (const value of values) graph.addInput(value)
  for (const [index, output] of build(graph, values).entries()) {
    if (!output) continue
    output.type ??= tensorType(typeof outputType === 'string' ? outputType : (outputType[index] ?? 'float32'))
    graph.addOutput(output)
  }
  return new Model(graph, { irVersion: 8, opsetImports: new Map([['', opset]]) })
}

/** Float32 feeds that are different everywhere and of both signs. */
export function wave(shape: readonly number[], scale = 1): RuntimeTensor {
  const size = shape.reduce((product, each) => product * each, 1)
  return new RuntimeTensor(
    'float32',
    Float32Array.from({ length: size }, (_, i) => scale * Math.sin(i * 1.7 + 0.3)),
    [...shape],
  )
}

/** Runs a model; every output as plain numbers, with its shape and type. */
export async function run(
  model: Model,
  feeds: Feeds,
): Promise<{ type: string; dims: readonly number[]; data: number[] }[]> {
  const session = await InferenceSession.create(encodeModel(model), {
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  })
  const results = await session.run(feeds)
  return session.outputNames.map((name) => {
    const { type, dims, data } = results[name] as RuntimeTensor
    return { type, dims, data: Array.from(data as ArrayLike<number | bigint>, Number) }
  })
}

/** Checks that a model computes the same after its upgrade; returns it upgraded. */
export async function expectSame(model: Model, target: number, feeds: Feeds): Promise<Model> {
  const before = await run(model, feeds)
  const upgraded = model.clone()
  upgradeOpset(upgraded, target)
  upgraded.verify()
  expect(upgraded.opset).toBe(target)
  const after = await run(upgraded, feeds)
  expect(after.map(({ type, dims }) => ({ type, dims }))).toEqual(
    before.map(({ type, dims }) => ({ type, dims })),
  )
  for (const [index, { data }] of before.entries()) expectClose(after[index]?.data ?? [], data)
  return upgraded
}

export function expectClose(found: readonly number[], expected: readonly number[], tolerance = 1e-5): void {
  expect(found).toHaveLength(expected.length)
  const worst = expected.findIndex(
    (each, index) =>
      !(Math.abs(each - (found[index] ?? Number.NaN)) <= tolerance * Math.max(1, Math.abs(each))),
  )
  expect(worst < 0 ? 'all close' : `${found[worst]} at ${worst}, not ${expected[worst]}`).toBe('all close')
}

/** The operators of a model in order. */
export function opTypes(model: Model): string[] {
  return [...model.graph].map((node: Node) => node.opType)
}

/** The node of that type, of which there must be one. */
export function only(model: Model, opType: string): Node {
  const found = [...model.graph].filter((node) => node.opType === opType)
  expect(found).toHaveLength(1)
  return found[0] as Node
}
