/**
 * BatchNormalization behind pruned layers: its statistics follow what its inputs have become.
 *
 *     y = (x − m) / √(v + ε) · scale + B
 *
 * With the mean and variance of x over the samples, m₀ and v₀ before and m₁ and v₁ after pruning, y keeps its mean and
 * variance with
 *
 *     v' + ε = (v + ε) · v₁ / v₀        m' = m₁ − (m₀ − m) · √(v₁ / v₀)
 *
 * which are m₁ and v₁ where the samples are like the data that m and v come from, and trust m and v where they are few
 * (re-estimation after pruning: Li et al. 2020, "EagleEye: Fast Sub-net Evaluation for Efficient Neural Network Pruning",
 * §3.3; Frantar and Alistarh 2022, "Optimal Brain Compression", §4).
 */
import type { GramMatrix, GramRequest } from '../../calibrate/gramRequest'
import { type Graph, type Node, Tensor, type Value } from '../../ir'
import type { Layer } from '../layer/layer'

export interface Normalization {
  /** Name of the node's output. */
  readonly key: string
  readonly node: Node
  readonly input: Value
  /** Keys of the layers whose outputs reach it, past no other layer. */
  readonly behind: ReadonlySet<string>
}

/** New statistics; can be applied to any copy of the model. */
export interface NewStatistics {
  readonly key: string
  readonly behind: ReadonlySet<string>
  readonly mean: Float32Array
  readonly variance: Float32Array
}

/** Means and variances of channels, over the samples. */
export interface Moments {
  readonly means: Float64Array
  readonly variances: Float64Array
}

/** The BatchNormalization nodes that read what comes of some layers, with constant statistics. */
export function findNormalizations(graph: Graph, layers: readonly Layer[]): Normalization[] {
  const reach = new Reach(layers)
  return graph.nodes.flatMap((node): Normalization[] => {
    const [input, ...parameters] = node.inputs
    const output = node.outputs[0]
    if (!node.is('BatchNormalization') || !input || !output || isTraining(node)) return []
    if (!parameters.every((each) => each?.constant?.dataType === 'float32')) return []
    const behind = reach.layersOf(input)
    return behind.size > 0 ? [{ key: output.name, node, input, behind }] : []
  })
}

function isTraining(node: Node): boolean {
  return node.int('training_mode', 0) !== 0 || node.outputs.slice(1).some(Boolean)
}

/** The nearest layers before each value. */
class Reach {
  private readonly byNode = new Map<Node, ReadonlySet<string>>()

  constructor(layers: readonly Layer[]) {
    for (const { node, key } of layers) this.byNode.set(node, new Set([key]))
  }

  layersOf({ producer }: Value): ReadonlySet<string> {
    if (!producer) return new Set()
    const known = this.byNode.get(producer)
    if (known) return known
    const found = new Set(producer.inputs.flatMap((input) => (input ? [...this.layersOf(input)] : [])))
    this.byNode.set(producer, found)
    return found
  }
}

export function momentsRequest({ key, node, input }: Normalization): GramRequest {
  return { kind: 'channels', key, value: input.name, channels: node.input(1)?.constant?.size ?? 0 }
}

export function momentsOf({ gram, means, rows }: GramMatrix): Moments {
  return { means, variances: gram.map((sum, at) => Math.max(0, sum / rows - (means[at] as number) ** 2)) }
}

/** Variances change at most by this factor either way: beyond, a channel has died or come to life. */
const MOST_CHANGE = 100

/** See the head of this file. */
export function newStatistics(
  { key, node, behind }: Normalization,
  before: Moments,
  after: Moments,
): NewStatistics {
  const [mean = [], variance = []] = [3, 4].map((index) => node.input(index)?.constant?.toNumbers())
  const epsilon = node.float('epsilon', 1e-5)
  const ratios = after.variances.map((each, at) => changeOf(before.variances[at] as number, each))
  return {
    key,
    behind,
    mean: Float32Array.from(mean, (m, at) => {
      const shift = (before.means[at] as number) - m
      return (after.means[at] as number) - shift * Math.sqrt(ratios[at] as number)
    }),
    variance: Float32Array.from(variance, (v, at) =>
      Math.max(0, (v + epsilon) * (ratios[at] as number) - epsilon),
    ),
  }
}

function changeOf(before: number, after: number): number {
  if (!(before > 0 && after > 0)) return 1
  return Math.min(MOST_CHANGE, Math.max(1 / MOST_CHANGE, after / before))
}

/** Gives a model's node its new statistics. */
export function renormalize(graph: Graph, { key, mean, variance }: NewStatistics): void {
  const node = graph.own(key)?.producer
  for (const [index, numbers] of [
    [3, mean],
    [4, variance],
  ] as const) {
    const old = node?.input(index)
    if (!node || !old) continue
    const tensor = Tensor.from('float32', [numbers.length], numbers)
    node.setInput(index, graph.addInitializer(tensor, `${old.name}_after_pruning`))
    if (old.isUnused && !old.isGraphInput) old.graph.forget(old)
  }
}
