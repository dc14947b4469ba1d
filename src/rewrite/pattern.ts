/**
 * Patterns: what a small piece of a graph looks like, written as data and read from its last node backwards.
 *
 *     op('Div', [op('Clip', [op('Add', [any('x'), scalar(3)], { commutative: true })]), scalar(6)])
 */
import { isClose, scalarOf } from '../analysis'
import { OnnxpressError } from '../errors'
import type { Node, Tensor, Value } from '../ir'

export interface OpOptions {
  /** Name under which the match gives the node. */
  readonly name?: string
  /** Whether the first two inputs may come in either order. */
  readonly commutative?: boolean
  /** Whether inputs beyond those listed are allowed. */
  readonly moreInputs?: boolean
  /** What else must hold for the node. */
  readonly where?: (node: Node) => boolean
}

/** What an input may be. */
export type Pattern =
  | {
      readonly kind: 'value'
      readonly name: string
      readonly where?: ((value: Value) => boolean) | undefined
    }
  | {
      readonly kind: 'constant'
      readonly name: string | undefined
      readonly where: (tensor: Tensor, value: Value) => boolean
    }
  | { readonly kind: 'anyOf'; readonly patterns: readonly Pattern[] }
  | { readonly kind: 'optional'; readonly pattern: Pattern }
  | OpPattern

/** A node of one of these types, with inputs like these. */
export interface OpPattern extends OpOptions {
  readonly kind: 'op'
  readonly opTypes: readonly string[]
  readonly inputs: readonly Pattern[]
}

/** Any value; the same name twice must be the same value. */
export function any(name: string, where?: (value: Value) => boolean): Pattern {
  return { kind: 'value', name, where }
}

/** A constant that the caller of the model cannot override. */
export function constant(
  name?: string,
  where: (tensor: Tensor, value: Value) => boolean = () => true,
): Pattern {
  return { kind: 'constant', name, where }
}

/** A constant with one element, of that number (up to the rounding of float32) where one is given. */
export function scalar(expected?: number, name?: string): Pattern {
  return constant(name, (_, value) => {
    const found = scalarOf(value)
    return found !== undefined && (expected === undefined || isClose(found, expected))
  })
}

/** A node of ONNX's own operator set; several types are separated by `|`. */
export function op(opTypes: string, inputs: readonly Pattern[], options: OpOptions = {}): OpPattern {
  return { kind: 'op', opTypes: opTypes.split('|'), inputs, ...options }
}

export function anyOf(...patterns: readonly Pattern[]): Pattern {
  return { kind: 'anyOf', patterns }
}

/** An input that may be missing. */
export function optional(pattern: Pattern): Pattern {
  return { kind: 'optional', pattern }
}

/** Where a pattern was found: its nodes, last first, and what its names stand for. */
export class Match {
  constructor(
    readonly nodes: readonly Node[] = [],
    private readonly values: ReadonlyMap<string, Value> = new Map(),
    private readonly named: ReadonlyMap<string, Node> = new Map(),
  ) {}

  /** The value of that name, if the match has it. */
  find(name: string): Value | undefined {
    return this.values.get(name)
  }

  /** The value of a name that every match of the pattern has. */
  value(name: string): Value {
    const value = this.values.get(name)
    if (!value) throw missing(`value ${name}`)
    return value
  }

  /** The node of a name that every match of the pattern has. */
  node(name: string): Node {
    const node = this.named.get(name)
    if (!node) throw missing(`node ${name}`)
    return node
  }

  /** The number of a constant with one element. */
  number(name: string): number {
    return scalarOf(this.value(name)) ?? Number.NaN
  }

  /** @internal */
  withValue(name: string | undefined, value: Value): Match {
    return name === undefined
      ? this
      : new Match(this.nodes, new Map(this.values).set(name, value), this.named)
  }

  /** @internal */
  withNode(node: Node, name: string | undefined): Match {
    const named = name === undefined ? this.named : new Map(this.named).set(name, node)
    return new Match(this.nodes.includes(node) ? this.nodes : [...this.nodes, node], this.values, named)
  }
}

function missing(what: string): OnnxpressError {
  return new OnnxpressError('INVALID_GRAPH', `The pattern of this match has no ${what}`)
}

/** The first way in which the pattern fits the graph that ends in `node`. */
export function matchPattern(pattern: OpPattern, node: Node): Match | undefined {
  for (const match of matchOp(pattern, node, new Match())) return match
  return undefined
}

function* matchValue(pattern: Pattern, value: Value | undefined, so: Match): Iterable<Match> {
  switch (pattern.kind) {
    case 'optional':
      if (value) yield* matchValue(pattern.pattern, value, so)
      else yield so
      return
    case 'anyOf':
      for (const each of pattern.patterns) yield* matchValue(each, value, so)
      return
    case 'value':
      if (value && fitsName(so, pattern.name, value) && (pattern.where?.(value) ?? true))
        yield so.withValue(pattern.name, value)
      return
    case 'constant':
      if (!value?.constant || !fitsName(so, pattern.name, value)) return
      if (pattern.where(value.constant, value)) yield so.withValue(pattern.name, value)
      return
    case 'op':
      if (value?.producer && value.producer.output() === value) yield* matchOp(pattern, value.producer, so)
  }
}

function fitsName(so: Match, name: string | undefined, value: Value): boolean {
  const bound = name === undefined ? undefined : so.find(name)
  return bound === undefined || bound === value
}

function* matchOp(pattern: OpPattern, node: Node, so: Match): Iterable<Match> {
  if (!node.is(...pattern.opTypes)) return
  if (!pattern.moreInputs && node.inputs.length > pattern.inputs.length) return
  if (pattern.where && !pattern.where(node)) return
  const start = so.withNode(node, pattern.name)
  yield* matchInputs(pattern.inputs, node.inputs, start)
  if (pattern.commutative) {
    const [first, second, ...rest] = node.inputs
    yield* matchInputs(pattern.inputs, [second, first, ...rest], start)
  }
}

function* matchInputs(
  patterns: readonly Pattern[],
  values: readonly (Value | undefined)[],
  so: Match,
): Iterable<Match> {
  const [first, ...rest] = patterns
  if (!first) yield so
  else for (const match of matchValue(first, values[0], so)) yield* matchInputs(rest, values.slice(1), match)
}
