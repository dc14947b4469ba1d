/**
 * The exact oracle: without channels a graph computes what it did with their weights set to zero. Which weights these
 * are is worked out here, node by node, from nothing but which channels of each node's output are said to go.
 */
import type { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { TypeView } from '../../../../src/analysis'
import { analyzeChannels, type ChannelAnalysis } from '../../../../src/analysis/channels'
import { type Model, type Node, Tensor, type Value } from '../../../../src/ir'
import { Groups } from '../../../../src/passes/prune/channels/groups'
import { remainderUpdates } from '../../../../src/passes/prune/channels/remainders'
import { Kept } from '../../../../src/passes/prune/channels/remove/kept'
import { removeChannels } from '../../../../src/passes/prune/channels/remove/removeChannels'
import { runModel, testRuntime } from '../../../support/passContext'

export type Feeds = Record<string, RuntimeTensor>

export async function analyze(model: Model): Promise<ChannelAnalysis> {
  const types = new TypeView()
  types.learn(model, await testRuntime.inferTypes(model))
  return analyzeChannels(model.graph, { types, opset: model.opset })
}

/** About that share of all groups, at random, as far as something stays everywhere. */
export function randomGroups(analysis: ChannelAnalysis, ratio: number, next: () => number): Set<number> {
  const groups = new Groups(analysis)
  for (let group = 0; group < groups.count; group++)
    if (next() < ratio && groups.canRemove([group])) groups.remove([group])
  return groups.removed
}

/** Removes groups from a copy. */
export async function without(model: Model, removed: ReadonlySet<number>): Promise<Model> {
  const copy = model.clone()
  const analysis = await analyze(copy)
  const kept = new Kept(analysis, removed)
  removeChannels(copy.graph, kept, await remainderUpdates(kept))
  copy.verify()
  return copy
}

/** A copy whose weights of these groups are zero. */
export async function zeroed(model: Model, removed: ReadonlySet<number>): Promise<Model> {
  const copy = model.clone()
  const analysis = await analyze(copy)
  const gone = (value: Value | undefined, axis: number): Set<number> => {
    const place = value && analysis.drawing.places.of(value)?.at(axis)
    const groups = place && analysis.groupsOf.get(place)
    return new Set([...(groups ?? [])].flatMap((group, channel) => (removed.has(group) ? [channel] : [])))
  }
  for (const node of copy.graph.nodes) zeroNode(node, gone)
  return copy
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

/** What is added by channel: constants that have the channel's axis. */
function zeroOperands(node: Node, gone: Gone): void {
  const output = node.output()
  for (const [index, input] of node.inputs.entries()) {
    const rank = input?.constant?.shape.length ?? 0
    for (let axis = -rank; axis < 0; axis++)
      if ((input?.constant?.shape.at(axis) ?? 1) > 1) zero(node, index, axis, gone(output, axis))
  }
}

/** Sets slices of what a node reads to zero; through Identity, whose input other layers share. */
function zero(node: Node, index: number, axis: number, channels: ReadonlySet<number>): void {
  let value = node.input(index)
  while (value?.producer?.is('Identity')) value = value.producer.input(0)
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

/** Largest difference of any output, relative to its largest element; shapes must be equal. */
export async function difference(a: Model, b: Model, feeds: Feeds): Promise<number> {
  const [expected, found] = [await runModel(a, feeds), await runModel(b, feeds)]
  expect(Object.keys(found)).toEqual(Object.keys(expected))
  return Math.max(
    ...Object.entries(expected).map(([name, tensor]) =>
      distance(tensor as RuntimeTensor, found[name] as RuntimeTensor),
    ),
  )
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
