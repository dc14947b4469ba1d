import type { DataType } from '../../ir/dataType'
import type { Graph } from '../../ir/graph'
import type { Node } from '../../ir/node'
import type { Tensor } from '../../ir/tensor'
import type { Value } from '../../ir/value'
import { constantTensor } from './constantTensor'
import { inferLength } from './inferLength'
import { inferRank } from './inferRank'
import { inferType } from './inferType'

/** A file may claim vectors of any length as shapes; what goes beyond this is taken as unknown. */
const HIGHEST_RANK = 64

/**
 * Ranks and element types that some adapters need. Files often leave them out for values inside the graph, so one walk
 * in execution order carries them from inputs and constants through the operators that are plain about them. What
 * stays unknown stays undefined, and whoever needs it refuses or takes a way that does without.
 */
export class Facts {
  private readonly ranks = new Map<Value, number>()
  private readonly lengths = new Map<Value, number>()
  private readonly types = new Map<Value, DataType>()

  private isWalked = false

  constructor(private readonly graph: Graph) {}

  rank(value: Value | undefined): number | undefined {
    this.prepare()
    return value && (this.ranks.get(value) ?? value.rank ?? this.constant(value)?.shape.length)
  }

  dataType(value: Value | undefined): DataType | undefined {
    if (!value) return undefined
    this.prepare()
    return this.types.get(value) ?? value.tensorType?.dataType ?? this.constant(value)?.dataType
  }

  /** The tensor behind a value that nobody can override: an initializer or the output of a Constant node. */
  constant(value: Value | undefined): Tensor | undefined {
    return value?.producer?.is('Constant') ? constantTensor(value.producer) : value?.constant
  }

  /** The elements of a small constant of integers or floats. */
  numbers(value: Value | undefined): number[] | undefined {
    const tensor = this.constant(value)
    const isPlain = tensor && /^(float32|float64|int32|int64)$/.test(tensor.dataType) && tensor.size <= 1024
    return isPlain ? tensor.toNumbers() : undefined
  }

  /** As `numbers`, where all of them are whole. */
  integers(value: Value | undefined): number[] | undefined {
    const found = this.numbers(value)
    return found?.every(Number.isSafeInteger) ? found : undefined
  }

  /** Number of elements of a vector that holds a shape, as exporters spell shapes out. */
  vectorLength(value: Value | undefined): number | undefined {
    if (!value) return undefined
    this.prepare()
    const known = this.constant(value)?.size ?? value.tensorType?.shape?.[0]
    return typeof known === 'number' ? known : this.lengths.get(value)
  }

  /** Walks when first asked: most steps need no facts. */
  private prepare(): void {
    if (this.isWalked) return
    this.isWalked = true
    this.walk(this.graph)
  }

  private walk(graph: Graph): void {
    for (const node of graph) {
      for (const inner of node.subgraphs) this.walk(inner)
      node.outputs.forEach((output, index) => {
        if (output) this.learn(node, output, index)
      })
    }
  }

  private learn(node: Node, output: Value, index: number): void {
    if (node.domain !== '') return
    const rank = output.rank ?? inferRank(node, this)
    const length = inferLength(node, this)
    const type = output.tensorType?.dataType ?? inferType(node, index, this)
    if (rank !== undefined && rank >= 0 && rank <= HIGHEST_RANK) this.ranks.set(output, rank)
    if (length !== undefined) this.lengths.set(output, length)
    if (type) this.types.set(output, type)
  }
}
