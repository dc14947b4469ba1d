import { type Extras, NO_EXTRAS } from './extras'
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
  extras: Extras = NO_EXTRAS
  /** The node that makes this value; undefined for graph inputs and initializers. */
  producer: Node | undefined
  /** In the order in which they began to read. Most values are read once, and a set takes five times a use's memory. */
  private readers: Use | Set<Use> | undefined
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
    if (!this.readers) return []
    return this.readers instanceof Set ? [...this.readers] : [this.readers]
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
    return !this.readers && !this.isGraphOutput
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

  /** @internal */
  addUse(use: Use): void {
    if (!this.readers) this.readers = use
    else if (this.readers instanceof Set) this.readers.add(use)
    else this.readers = new Set([this.readers, use])
  }

  /** @internal */
  removeUse(use: Use): void {
    if (this.readers instanceof Set) this.readers.delete(use)
    if (this.readers === use || (this.readers instanceof Set && this.readers.size === 0))
      this.readers = undefined
  }

  /** @internal */
  hasUse(use: Use): boolean {
    return this.readers instanceof Set ? this.readers.has(use) : this.readers === use
  }
}
