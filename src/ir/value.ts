import type { Extras } from './extras'
import type { Graph } from './graph'
import type { Node } from './node'
import type { SparseTensor } from './sparseTensor'
import type { Tensor } from './tensor'
import type { TensorType, ValueType } from './valueType'

/** One place where a value is read: input `index` of `node`. */
export interface Use {
  readonly node: Node
  readonly index: number
}

/**
 * An edge of the graph: a graph input, an initializer, or an output of a node. A value knows who makes it and who
 * reads it, nodes inside subgraphs included. Values are made and renamed by their graph.
 */
export class Value {
  /** Type and shape, as far as the file or an analysis says. */
  type: ValueType | undefined
  /** The constant behind this value, if it is an initializer. */
  initializer: Tensor | undefined
  /** The sparse constant behind this value, if it is a sparse initializer. */
  sparseInitializer: SparseTensor | undefined
  extras: Extras = {}
  /** The node that makes this value; undefined for graph inputs and initializers. */
  producer: Node | undefined
  /** @internal */ readonly useSet = new Set<Use>()
  /** @internal */ outputCount = 0
  /** @internal */ inputCount = 0

  /** @internal Values are made by {@link Graph}. */
  constructor(
    /** @internal */ public currentName: string,
    readonly graph: Graph,
  ) {}

  get name(): string {
    return this.currentName
  }

  /** Every place that reads this value, in this graph and in subgraphs. Safe to edit while iterating. */
  get uses(): Use[] {
    return [...this.useSet]
  }

  /** The nodes that read this value, each once. */
  get consumers(): Node[] {
    return [...new Set(this.uses.map((use) => use.node))]
  }

  get isGraphInput(): boolean {
    return this.inputCount > 0
  }

  get isGraphOutput(): boolean {
    return this.outputCount > 0
  }

  /** Whether nothing reads this value: no node and no graph output. */
  get isUnused(): boolean {
    return this.useSet.size === 0 && !this.isGraphOutput
  }

  /** The initializer, unless the caller may override it by feeding a graph input of the same name. */
  get constant(): Tensor | undefined {
    return this.isGraphInput ? undefined : this.initializer
  }

  /** The type if it is a dense tensor's. */
  get tensorType(): TensorType | undefined {
    return this.type?.kind === 'tensor' ? this.type : undefined
  }

  /** Number of axes, where it is known. */
  get rank(): number | undefined {
    return this.initializer?.shape.length ?? this.tensorType?.shape?.length
  }
}
