/** Rules: where they apply, what they do there, and why they leave a place alone. */
import type { TypeView } from '../analysis'
import type { Model, Node, Value } from '../ir'
import { type Match, matchPattern, type OpPattern } from './pattern'

/** A place that looked right and was left alone, with the reason, for the report. */
export class Decline {
  constructor(
    readonly at: string,
    readonly reason: string,
  ) {}
}

/** Leaves a place alone and says why. */
export function decline(at: Node | Value, reason: string): Decline {
  return new Decline('label' in at ? at.label : at.name, reason)
}

/** What rules know besides the node they look at. */
export interface RuleContext {
  readonly model: Model
  readonly types: TypeView
  /** Whether the caller wants this node left alone. */
  keeps(node: Node): boolean
  /** Whether the model may grow by so many bytes and still be no larger than it was at first. */
  mayGrow(bytes: number): boolean
}

/** What every match says: the nodes that the rewrite removes or changes. */
export interface Found {
  readonly nodes: readonly Node[]
}

/** One rewrite. `match` only looks; `rewrite` edits the graph, or declines after all without having touched it. */
export interface Rule<M extends Found = Found> {
  readonly name: string
  /** Types of the nodes that the rule looks at, those of other operator sets than ONNX's own by their qualified names. */
  readonly opTypes: readonly string[]
  match(node: Node, context: RuleContext): M | Decline | undefined
  rewrite(found: M, context: RuleContext): Decline | undefined | Promise<Decline | undefined>
}

/** A rule whose kind of match only itself knows. */
export function defineRule<M extends Found>(rule: Rule<M>): Rule {
  return rule as unknown as Rule
}

/** A rule for what a pattern finds. */
export interface PatternRule {
  readonly name: string
  /** Alternatives, tried in order. */
  readonly patterns: readonly OpPattern[]
  /** Oldest operator set in which the result can be written. */
  readonly opset?: number
  /** Why a match must be left alone, or undefined. */
  check?(match: Match, context: RuleContext): string | undefined
  rewrite(match: Match, context: RuleContext): ReturnType<Rule['rewrite']>
}

/**
 * Makes a rule of patterns. Values inside the match that are read outside it keep it from applying, since their nodes
 * would have to stay.
 */
export function patternRule(rule: PatternRule): Rule {
  return defineRule<Match>({
    name: rule.name,
    opTypes: [...new Set(rule.patterns.flatMap((pattern) => pattern.opTypes))],
    match(node, context) {
      for (const pattern of rule.patterns) {
        const match = matchPattern(pattern, node)
        if (match) return reasonAgainst(rule, match, node, context) ?? match
      }
      return undefined
    },
    rewrite: (match, context) => rule.rewrite(match, context),
  })
}

function reasonAgainst(
  rule: PatternRule,
  match: Match,
  root: Node,
  context: RuleContext,
): Decline | undefined {
  const leak = leakOf(match.nodes, root)
  if (leak) return decline(root, `${rule.name}: ${JSON.stringify(leak.name)} is read elsewhere too`)
  const reason = rule.check?.(match, context)
  if (reason) return decline(root, `${rule.name}: ${reason}`)
  if (rule.opset !== undefined && context.model.opset < rule.opset)
    return decline(root, needsOpset(rule.name, rule.opset, context))
  return undefined
}

export function needsOpset(name: string, opset: number, context: RuleContext): string {
  return `${name}: needs opset ${opset}, the model has ${context.model.opset}`
}

/** A value that nodes other than the last make, and that somebody outside these nodes reads. */
export function leakOf(nodes: readonly Node[], root: Node): Value | undefined {
  const inside = new Set(nodes)
  const made = nodes.filter((node) => node !== root).flatMap((node) => node.outputs)
  return made.find(
    (value) => value && (value.isGraphOutput || value.consumers.some((consumer) => !inside.has(consumer))),
  )
}
