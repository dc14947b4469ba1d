/** The pass that says the same with less. */
import { TypeView } from '../../analysis'
import type { ValueType } from '../../ir'
import { type Decline, type Rule, type RuleContext, rewrite } from '../../rewrite'
import { type Keep, keepPredicate } from '../keep'
import type { Pass, PassContext, PassResult, Skip } from '../pass'
import { modelBytes, nodeCount } from './budget'
import { mergeCommonSubexpressions } from './commonSubexpressions'
import { removeDeadCode } from './deadCode'
import { mergeDuplicateConstants } from './duplicateConstants'
import { foldConstants } from './foldConstants'
import { moveTransposes } from './layout/moveTransposes'
import { dropOverriddenInputs } from './overriddenInputs'
import { constantRules, functionRules, fusions, recognizers } from './rules'

export interface SimplifyOptions {
  /** Nodes to leave alone. */
  readonly keep?: Keep
}

/** Rounds after which simplification ends, should rules feed each other without end. */
const MOST_ROUNDS = 16

/** How often types are inferred anew at most. */
const MOST_INFERENCES = 8

/** What makes more types known: sizes that were computed and are constants now. */
const TELLS_TYPES = [
  'constant Reshape target',
  'fold known sizes',
  'fold constants',
  'inline If',
  'keep sizes in int64',
]

/**
 * Says the same with less: constants become initializers and are folded, what does nothing goes, spelled-out operations
 * are recognized, constants move into the weights next to them, what is equal or unused goes. The outputs stay what
 * they were up to the rounding of floats, the file never grows, and axes that were dynamic stay so.
 */
export function simplify({ keep }: SimplifyOptions = {}): Pass {
  const keeps = keepPredicate(keep)
  return {
    name: 'simplify',
    lossless: true,
    apply: (context) => new Simplification(context, keeps).run(),
  }
}

class Simplification {
  private readonly counts = new Map<string, number>()
  private declined: Decline[] = []
  private readonly notes: Skip[] = []
  private readonly startBytes: number
  private readonly startNodes: number
  private readonly rules: RuleContext & { types: TypeView }

  constructor(
    private readonly context: PassContext,
    keeps: RuleContext['keeps'],
  ) {
    const { model } = context
    this.startBytes = modelBytes(model)
    this.startNodes = nodeCount(model)
    const mayGrow = (bytes: number) => bytes <= 0 || modelBytes(model) + bytes <= this.startBytes
    this.rules = { model, types: new TypeView(), keeps, mayGrow }
  }

  async run(): Promise<PassResult> {
    const { model } = this.context
    dropOverriddenInputs(model)
    await this.apply(constantRules)
    let told = -1
    for (let round = 0, inferences = 0; round < MOST_ROUNDS; round++) {
      this.context.progress(1 - 1 / (round + 1), 'simplify')
      if (this.told > told && inferences++ < MOST_INFERENCES) await this.inferTypes()
      told = this.told
      if (!(await this.round())) break
    }
    this.count('duplicate constants', await mergeDuplicateConstants(model.graph))
    this.count('dead code', removeDeadCode(model, this.rules))
    return this.result()
  }

  /** One round; says whether it changed anything. */
  private async round(): Promise<boolean> {
    const before = this.total
    this.declined = []
    await this.apply(recognizers)
    const folding = await foldConstants(this.context.graph, this.rules, this.context.runtime)
    this.count('fold constants', folding.folded)
    this.count('common subexpressions', mergeCommonSubexpressions(this.context.graph, this.rules))
    this.count('dead code', removeDeadCode(this.context.model, this.rules))
    if (this.total > before) return true
    // Axes and constants move only when nothing is left to recognize: moved, they would hide what was spelled out.
    this.declined = [...this.declined, ...folding.declined]
    await this.apply([moveTransposes])
    if (this.total > before) return true
    await this.apply(fusions)
    for (const { body } of this.context.model.functions) await this.apply(functionRules, body)
    this.count('dead code', removeDeadCode(this.context.model, this.rules))
    return this.total > before
  }

  private async apply(rules: readonly Rule[], graph = this.context.graph): Promise<void> {
    const { counts, declined } = await rewrite(graph, rules, this.rules, { signal: this.context.signal })
    for (const [name, count] of counts) this.count(name, count)
    this.declined = [...this.declined, ...declined]
  }

  private async inferTypes(): Promise<void> {
    const { model, runtime } = this.context
    let inferred: Map<string, ValueType> = new Map()
    try {
      inferred = await runtime.inferTypes(model)
    } catch (error) {
      const message = error instanceof Error ? error.message.split('\n')[0] : String(error)
      this.notes.splice(0, 1, {
        at: model.graph.name,
        reason: `onnxruntime does not infer its shapes: ${message}`,
      })
    }
    this.rules.types.learn(model, inferred)
  }

  /** How much has been done that makes more types known. */
  private get told(): number {
    return TELLS_TYPES.reduce((sum, name) => sum + (this.counts.get(name) ?? 0), 0)
  }

  private get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0)
  }

  private count(name: string, count: number): void {
    if (count > 0) this.counts.set(name, (this.counts.get(name) ?? 0) + count)
  }

  private result(): PassResult {
    const { model } = this.context
    const skipped = [...this.notes, ...this.declined.map(({ at, reason }) => ({ at, reason }))]
    const distinct = new Map(skipped.map((skip) => [`${skip.at}\n${skip.reason}`, skip]))
    return {
      changed: this.total,
      skipped: [...distinct.values()],
      details: {
        rules: Object.fromEntries([...this.counts].sort(([, a], [, b]) => b - a)),
        nodes: { before: this.startNodes, after: nodeCount(model) },
      },
    }
  }
}
