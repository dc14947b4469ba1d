/** Each 8-bit value of a model by itself: computed from the 8-bit values that onnxruntime has before it. */
import { type Model, type Node, tensorType, type Value, type ValueType } from '../../src/ir'
import { extractNodes, withOutputs } from '../../src/runtime'
import { type Results, runEngine, runRuntime } from './support'

/** How far the engine is from onnxruntime where both are given the same values. */
export interface StepDifference {
  readonly name: string
  /** In quantization steps. */
  readonly most: number
  /** Of the elements. */
  readonly share: number
}

/** One entry for every QuantizeLinear of activations. */
export async function eachStep(model: Model, feeds: Results): Promise<StepDifference[]> {
  const made = model.graph.nodes.filter(
    ({ opType, inputs }) => opType === 'QuantizeLinear' && !inputs[0]?.constant,
  )
  const names = made.map((node) => (node.output() as Value).name)
  const exposed = withOutputs(model, (graph) =>
    graph.nodes.flatMap((node) => {
      const value = node.output()
      return value && names.includes(value.name) ? [value] : []
    }),
  )
  const known: Results = { ...feeds, ...(await runRuntime(exposed, feeds)) }
  const types = new Map(
    Object.entries(known).map(([name, { type, dims }]) => [name, tensorType(type as never, dims)]),
  )
  const differences: StepDifference[] = []
  for (const node of made) differences.push(await difference(model, node, known, types))
  return differences
}

async function difference(
  model: Model,
  last: Node,
  known: Results,
  types: ReadonlyMap<string, ValueType>,
): Promise<StepDifference> {
  const { name } = last.output() as Value
  const part = extractNodes(model, { nodes: upTo(last, known), outputs: [name], types })
  const feeds = Object.fromEntries(
    part.graph.inputs.flatMap((value) => {
      const tensor = known[value.name]
      return tensor ? [[value.name, tensor]] : []
    }),
  )
  const expected = (await runRuntime(part, feeds))[name]?.data as Uint8Array
  const actual = (await runEngine(part, feeds)).results[name]?.data as Uint8Array
  if (expected.length !== actual.length) throw new Error(`${name} has another size`)
  const off = expected.map((each, index) => Math.abs(each - (actual[index] as number)))
  return {
    name,
    most: off.reduce((most, each) => Math.max(most, each), 0),
    share: off.filter((each) => each > 0).length / Math.max(off.length, 1),
  }
}

/** A node and all that it needs behind values that are known. */
function upTo(last: Node, known: Results): Set<Node> {
  const nodes = new Set<Node>()
  const waiting = [last]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    nodes.add(node)
    for (const input of node.inputs) {
      const { producer } = input ?? {}
      if (input && producer && !(input.name in known) && !nodes.has(producer)) waiting.push(producer)
    }
  }
  return nodes
}
