/**
 * Cuts a model into stages, so that what is done to one layer bears on the inputs of the next without running anything
 * twice. A *barrier* is a node that may be changed once its inputs were looked at. The level of a node is the largest
 * number of barriers on a way to it, itself included: stage k runs the nodes of level k on what stages before it left
 * behind. Barriers of one level do not depend on each other and share a stage.
 *
 *     x → conv₁ → relu → conv₂ → add → conv₃     stage 0 looks at x
 *                   ╰──────────────╯             stage 1 runs conv₁ and relu, looks at relu and hands it on
 *                                                stage 2 runs conv₂ and add, looks at add
 */
import { type Graph, type Node, type Value, valuesRead } from '../../ir'
import type { GramRequest } from '../gramRequest'

export interface Stage {
  readonly nodes: ReadonlySet<Node>
  /** Whether its nodes read inputs of the model, or one of them is to be looked at. */
  readonly readsInputs: boolean
  /** Names of values of earlier stages that its nodes read. */
  readonly reads: readonly string[]
  /** Names of its values that later stages read. */
  readonly makes: readonly string[]
  /** What is to be looked at, in the order of the barriers. */
  readonly requests: readonly GramRequest[]
  /** Those of `reads` that no later stage reads. */
  readonly ends: readonly string[]
}

/** Level of what no input of the model bears on: it is made anew wherever it is read. */
const CONSTANT = -1

/**
 * @param requests each with the name of an output of its barrier as its key
 * @param canHandOver whether a value can be kept between stages; what cannot is made anew wherever it is read
 */
export function planStages(
  graph: Graph,
  requests: readonly GramRequest[],
  canHandOver: (value: Value) => boolean,
): Stage[] {
  const barriers = new Set(requests.map(({ key }) => graph.own(key)?.producer))
  const levels = new Levels(graph, (node) => barriers.has(node))
  const wanted = requests.flatMap(({ value }) => graph.own(value) ?? [])
  const count = Math.max(0, ...wanted.map((value) => 1 + levels.ofWanted(value)))
  const drafts = Array.from({ length: count }, (_, level) => new Draft(level, levels, canHandOver))
  for (const node of ancestors(wanted)) drafts[levels.ofNode(node)]?.add(node)
  for (const value of wanted) drafts[levels.ofWanted(value)]?.want(value)
  const ordered = inOrder(graph, requests)
  const levelOf = ({ value }: GramRequest) => levels.ofWanted(graph.own(value) as Value)
  return drafts.map(({ nodes, reads, readsInputs }, level) => {
    const later = new Set(drafts.slice(level + 1).flatMap((draft) => [...draft.reads]))
    return {
      nodes,
      readsInputs,
      reads: names(reads),
      makes: names(later).filter((name) => levels.of(graph.own(name) as Value) === level),
      requests: ordered.filter((request) => levelOf(request) === level),
      ends: names([...reads].filter((value) => !later.has(value))),
    }
  })
}

class Levels {
  private readonly byNode = new Map<Node, number>()

  constructor(graph: Graph, isBarrier: (node: Node) => boolean) {
    for (const node of graph) {
      let level = CONSTANT
      for (const value of valuesRead(node)) level = Math.max(level, this.of(value))
      this.byNode.set(node, isBarrier(node) ? level + 1 : level)
    }
  }

  of(value: Value): number {
    if (value.isGraphInput) return 0
    return value.producer ? this.ofNode(value.producer) : CONSTANT
  }

  /** The stage in which a value is looked at. */
  ofWanted(value: Value): number {
    return Math.max(0, this.of(value))
  }

  ofNode(node: Node): number {
    return this.byNode.get(node) ?? CONSTANT
  }
}

/** A stage that is being put together. */
class Draft {
  readonly nodes = new Set<Node>()
  readonly reads = new Set<Value>()
  readsInputs = false

  constructor(
    private readonly level: number,
    private readonly levels: Levels,
    private readonly canHandOver: (value: Value) => boolean,
  ) {}

  add(node: Node): void {
    if (this.nodes.has(node)) return
    this.nodes.add(node)
    for (const value of valuesRead(node)) this.want(value)
  }

  /** Sees to it that a value is there. */
  want(value: Value): void {
    const { producer } = value
    if (value.isGraphInput) this.readsInputs = true
    if (!producer) return
    const level = this.levels.ofNode(producer)
    if (level > CONSTANT && level < this.level && this.canHandOver(value)) this.reads.add(value)
    else this.add(producer)
  }
}

/** Every node that bears on one of the values. */
function ancestors(values: readonly Value[]): Set<Node> {
  const found = new Set<Node>()
  const pending = [...values]
  for (let value = pending.pop(); value; value = pending.pop()) {
    const { producer } = value
    if (!producer || found.has(producer)) continue
    found.add(producer)
    pending.push(...valuesRead(producer))
  }
  return found
}

function inOrder(graph: Graph, requests: readonly GramRequest[]): GramRequest[] {
  const position = new Map(graph.nodes.map((node, index) => [node, index]))
  const at = ({ key }: GramRequest) => position.get(graph.own(key)?.producer as Node) ?? 0
  return [...requests].sort((a, b) => at(a) - at(b))
}

function names(values: Iterable<Value>): string[] {
  return [...values].map((value) => value.name)
}
