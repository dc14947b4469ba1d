/**
 * The exact oracle: without channels a graph computes what it did with their weights set to zero. Which weights these
 * are is worked out here, node by node, from nothing but which channels of each node's output are said to go.
 */
import type { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { TypeView } from '../../../../src/analysis'
import { analyzeChannels, type ChannelAnalysis } from '../../../../src/analysis/channels'
import { type Model, type Node, Tensor, type Value, withSubgraphs } from '../../../../src/ir'
import { Groups } from '../../../../src/passes/prune/channels/groups'
import { remainderUpdates } from '../../../../src/passes/prune/channels/remainders'
import { Kept } from '../../../../src/passes/prune/channels/remove/kept'
import { removeChannels } from '../../../../src/passes/prune/channels/remove/removeChannels'
import { openSession, testRuntime } from '../../../support/passContext'
import { leftovers } from '../../quantize/support'

export type Feeds = Record<string, RuntimeTensor>

/** Analyses of a model's graphs, the main one first. */
export async function analyzeAll(model: Model): Promise<ChannelAnalysis[]> {
  const types = new TypeView()
  types.learn(model, await testRuntime.inferTypes(model))
  return [...withSubgraphs(model.graph)].map((graph) => analyzeChannels(graph, { types, opset: model.opset }))
}

export async function analyze(model: Model): Promise<ChannelAnalysis> {
  return (await analyzeAll(model))[0] as ChannelAnalysis
}

/** About that share of all groups, at random, as far as something stays everywhere. */
function removeRandomly(groups: Groups, ratio: number, next: () => number): void {
  for (let group = 0; group < groups.count; group++)
    if (next() < ratio && groups.canRemove([group])) groups.remove([group])
}

/** Removes groups from the graphs that were analyzed. */
async function removeFrom(groups: Groups): Promise<void> {
  for (const analysis of groups.analyses) {
    const kept = new Kept(analysis, groups.removedFrom(analysis))
    removeChannels(analysis.drawing.graph, kept, await remainderUpdates(kept))
  }
}

/** A copy of a model whose weights of these groups are zero. The analyses may be of another copy. */
function zeroed(model: Model, groups: Groups): Model {
  const copy = model.clone()
  for (const [at, graph] of [...withSubgraphs(copy.graph)].entries()) {
    const { drawing, groupsOf } = groups.analyses[at] as ChannelAnalysis
    const removed = groups.removedFrom(groups.analyses[at] as ChannelAnalysis)
    const gone = (value: Value | undefined, axis: number): Set<number> => {
      const own = value && drawing.graph.own(value.name)
      const place = own && drawing.places.of(own)?.at(axis)
      const channels = place && groupsOf.get(place)
      return new Set([...(channels ?? [])].flatMap((group, channel) => (removed.has(group) ? [channel] : [])))
    }
    for (const node of graph.nodes) zeroNode(node, gone)
  }
  return copy
}

const TOLERANCE = 1e-4

/**
 * Removes random groups and holds the result against the model with their weights set to zero.
 * @returns by how much the outputs differ from those of the whole model: that the channels did matter
 */
export async function exactEffect(
  model: Model,
  feeds: readonly Feeds[],
  next: () => number,
): Promise<number> {
  const pruned = model.clone()
  const groups = new Groups(await analyzeAll(pruned))
  removeRandomly(groups, 0.2 + 0.5 * next(), next)
  const silenced = zeroed(model, groups)
  await removeFrom(groups)
  pruned.verify()
  expect(signature(pruned)).toBe(signature(model))
  expect(leftovers(pruned)).toEqual(leftovers(model))
  const models = [model, silenced, pruned].map((each) => outputsOf(each, feeds))
  const [before, expected, found] = (await Promise.all(models)) as [Outputs[], Outputs[], Outputs[]]
  expect(difference(expected, found)).toBeLessThan(TOLERANCE)
  return difference(before, found)
}

/** The same, where the channels surely matter, so that the comparison says something. */
export async function expectExact(model: Model, feeds: readonly Feeds[], next: () => number): Promise<void> {
  expect(await exactEffect(model, feeds, next)).toBeGreaterThan(10 * TOLERANCE)
}

type Gone = (value: Value | undefined, axis: number) => Set<number>

function zeroNode(node: Node, gone: Gone): void {
  const output = node.output()
  switch (node.opType) {
    case 'Conv':
      zero(node, 1, 0, gone(output, 1))
      zero(node, 2, 0, gone(output, 1))
      break
    case 'ConvTranspose': {
      const perGroup = node.input(1)?.constant?.shape[1] ?? 0
      const groups = node.int('group', 1)
      if (groups === 1) zero(node, 1, 1, gone(output, 1))
      else
        for (const channel of gone(output, 1)) {
          const inputs = (node.input(1)?.constant?.shape[0] ?? 0) / groups
          const group = Math.floor(channel / perGroup)
          zero(node, 1, 0, new Set(Array.from({ length: inputs }, (_, at) => group * inputs + at)))
        }
      zero(node, 2, 0, gone(output, 1))
      break
    }
    case 'MatMul':
      if (node.input(1)) zero(node, 1, -1, gone(output, -1))
      if (node.input(0)) zero(node, 0, -2, gone(output, -2))
      break
    case 'Gemm':
      zero(node, 1, node.int('transB', 0) ? 0 : 1, gone(output, 1))
      zero(node, 2, -1, gone(output, 1))
      break
    case 'BatchNormalization':
    case 'InstanceNormalization':
      zero(node, 1, 0, gone(output, 1))
      zero(node, 2, 0, gone(output, 1))
      break
    case 'GroupNormalization': {
      const channels = gone(output, 1)
      const size = node.input(1)?.constant?.size ?? 0
      const groups = node.int('num_groups', 1)
      const total = Math.max(size, ...[...channels].map((channel) => channel + 1))
      const by = size === groups && size !== total ? undefined : channels
      if (by) for (const index of [1, 2]) zero(node, index, 0, by)
      break
    }
    case 'Add':
    case 'Mul':
    case 'Sub':
    case 'Sum':
      zeroOperands(node, gone)
      break
    case 'Gather':
      if (node.input(0)?.constant?.dataType === 'float32') zero(node, 0, -1, gone(output, -1))
      break
    default:
  }
}

/** What is added or multiplied by channel: constants that have the channel's axis. */
function zeroOperands(node: Node, gone: Gone): void {
  const output = node.output()
  for (const [index, input] of node.inputs.entries()) {
    const rank = input?.constant?.shape.length ?? 0
    for (let axis = -rank; axis < 0; axis++)
      if ((input?.constant?.shape.at(axis) ?? 1) > 1) zero(node, index, axis, gone(output, axis))
  }
}

/** Sets slices of what a node reads to zero, at the constant that it is made of. */
function zero(node: Node, index: number, axis: number, channels: ReadonlySet<number>): void {
  const value = node.input(index)
  const maker = value?.producer
  if (maker?.is('Identity', 'Cast')) zero(maker, 0, axis, channels)
  if (maker?.is('Transpose')) {
    const order = maker.ints('perm', [])
    const source = order.at(axis)
    // Activations are transposed too; what is behind them is no weight of this node.
    if (source !== undefined && maker.input(0)?.constant) zero(maker, 0, source, channels)
  }
  const tensor = value?.constant
  if (!tensor || channels.size === 0) return
  if (tensor.dataType !== 'float32') throw new Error(`${value?.name} is ${tensor.dataType}`)
  const at = axis < 0 ? axis + tensor.shape.length : axis
  const inner = tensor.shape.slice(at + 1).reduce((all, size) => all * size, 1)
  const numbers = Float32Array.from(tensor.elements as Float32Array)
  for (let element = 0; element < numbers.length; element++)
    if (channels.has(Math.floor(element / inner) % (tensor.shape[at] as number))) numbers[element] = 0
  node.setInput(index, value?.graph.addInitializer(Tensor.float32(numbers, tensor.shape), 'zeroed'))
}

type Outputs = Record<string, RuntimeTensor>

/** What a model makes of each of the feeds. */
async function outputsOf(model: Model, feeds: readonly Feeds[]): Promise<Outputs[]> {
  const session = await openSession(model)
  const outputs: Outputs[] = []
  for (const each of feeds) outputs.push((await session.run(each)) as Outputs)
  await session.release()
  return outputs
}

/** Largest difference of any output, relative to its largest element; names and shapes must be equal. */
function difference(a: readonly Outputs[], b: readonly Outputs[]): number {
  const each = a.flatMap((expected, at) => {
    const found = b[at] as Outputs
    expect(Object.keys(found)).toEqual(Object.keys(expected))
    return Object.entries(expected).map(([name, tensor]) => distance(tensor, found[name] as RuntimeTensor))
  })
  return Math.max(...each)
}

function distance(expected: RuntimeTensor, found: RuntimeTensor): number {
  expect([found.type, ...found.dims]).toEqual([expected.type, ...expected.dims])
  const [x, y] = [expected.data as Float32Array, found.data as Float32Array]
  let [largest, worst] = [0, 0]
  for (let at = 0; at < x.length; at++) {
    largest = Math.max(largest, Math.abs(x[at] as number))
    worst = Math.max(worst, Math.abs((x[at] as number) - (y[at] as number)))
    if (!Number.isFinite(x[at])) return Number.NaN
  }
  return worst / largest
}

/** The signature of a model: names, types, axes. */
export function signature({ graph }: Model): string {
  const port = (value: Value) => `${value.name}: ${JSON.stringify(value.type)}`
  return [...graph.inputs.map(port), ...graph.outputs.map(port)].join('\n')
}
