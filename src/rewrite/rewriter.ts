/** Applies rules until nothing changes any more. */
import { type Graph, type Node, withSubgraphs } from '../ir'
import { Decline, type Rule, type RuleContext } from './rule'

export interface RewriteOptions {
  /** A bound on the number of times the whole graph is walked; rules that undo each other end there. */
  readonly maxRounds?: number
  readonly signal?: AbortSignal
}

export interface RewriteResult {
  /** How often each rule was applied. */
  readonly counts: ReadonlyMap<string, number>
  /** What the last walk found and left alone. */
  readonly declined: readonly Decline[]
}

/** Applies rules to a graph and the graphs inside it until none applies, or `maxRounds` walks are done. */
export async function rewrite(
  graph: Graph,
  rules: readonly Rule[],
  context: RuleContext,
  { maxRounds = 100, signal }: RewriteOptions = {},
): Promise<RewriteResult> {
  const byType = rulesByType(rules)
  const counts = new Map<string, number>()
  let declined: Decline[] = []
  for (let round = 0; round < maxRounds; round++) {
    signal?.throwIfAborted()
    declined = []
    if (!(await walk(graph, byType, context, { counts, declined }))) break
  }
  return { counts, declined: distinct(declined) }
}

interface Notes {
  readonly counts: Map<string, number>
  readonly declined: Decline[]
}

async function walk(
  graph: Graph,
  byType: ReadonlyMap<string, readonly Rule[]>,
  context: RuleContext,
  notes: Notes,
): Promise<boolean> {
  let changed = false
  for (const each of [...withSubgraphs(graph)]) {
    if (each !== graph && !isAlive(each)) continue
    for (const node of each) {
      for (const rule of byType.get(node.qualifiedType) ?? []) {
        if (node.graph !== each) break
        changed = (await applyRule(rule, node, context, notes)) || changed
      }
    }
  }
  return changed
}

async function applyRule(rule: Rule, node: Node, context: RuleContext, notes: Notes): Promise<boolean> {
  // An earlier rule may have changed what kind of node this is.
  if (context.keeps(node) || !rule.opTypes.includes(node.qualifiedType)) return false
  const found = rule.match(node, context)
  if (!found) return false
  if (found instanceof Decline) return note(notes, found)
  const kept = found.nodes.find((each) => context.keeps(each))
  if (kept) return note(notes, new Decline(kept.label, `${rule.name}: kept as asked`))
  const refused = await rule.rewrite(found, context)
  if (refused) return note(notes, refused)
  notes.counts.set(rule.name, (notes.counts.get(rule.name) ?? 0) + 1)
  return true
}

function note(notes: Notes, declined: Decline): false {
  notes.declined.push(declined)
  return false
}

/** Whether a subgraph's node, and so on outwards, is still in its graph. */
function isAlive(graph: Graph): boolean {
  if (!graph.outer) return true
  return graph.parentNode?.graph === graph.outer && isAlive(graph.outer)
}

function rulesByType(rules: readonly Rule[]): Map<string, Rule[]> {
  const byType = new Map<string, Rule[]>()
  for (const rule of rules) {
    for (const opType of rule.opTypes) byType.set(opType, [...(byType.get(opType) ?? []), rule])
  }
  return byType
}

function distinct(declined: readonly Decline[]): Decline[] {
  return [...new Map(declined.map((each) => [`${each.at}\n${each.reason}`, each])).values()]
}
