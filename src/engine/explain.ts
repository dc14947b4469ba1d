/** What a session does, for people. */
import type { Node } from '../ir'
import { NativeStage } from './stages/nativeStage'
import type { Plan } from './stages/plan'
import type { Stage } from './stages/stageSet'

/** One step, as `explain()` shows it. */
export interface ExplainedStep {
  /** Of the engine: family and variant; `onnxruntime` for a stage that runs there. */
  readonly kernel: string
  readonly isa: string
  /** The nodes that it computes, by name. */
  readonly nodes: readonly string[]
  /** Layout, pattern of zeros and the like. */
  readonly note: string
  /** Mean seconds of a run; undefined where nothing was profiled. */
  readonly seconds: number | undefined
}

export class Explanation {
  constructor(
    readonly steps: readonly ExplainedStep[],
    /** Nodes that onnxruntime computes, and why. */
    readonly declined: readonly { readonly at: string; readonly reason: string }[],
    readonly threads: number,
    /** Working memory of one run, over all stages. */
    readonly workingBytes: number,
  ) {}

  toString(): string {
    const rows = this.steps.map(({ kernel, isa, nodes, note, seconds }) => {
      const time = seconds === undefined ? '' : `${(seconds * 1e3).toFixed(3)} ms`
      return [kernel, isa, time, note, shortened(nodes)]
    })
    const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length), 0))
    const lines = rows.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    const reasons = this.declined.map(({ at, reason }) => `onnxruntime computes ${at}: ${reason}`)
    return [...lines, ...reasons].join('\n')
  }
}

/** @param rest why all nodes that are not declined are onnxruntime's too; undefined where they are not */
export async function explain(
  stages: readonly Stage[],
  declined: ReadonlyMap<Node, string>,
  rest: string | undefined,
  threads: number,
): Promise<Explanation> {
  const steps: ExplainedStep[] = []
  let workingBytes = 0
  for (const stage of stages) {
    if (stage instanceof NativeStage) {
      const plan = (await stage.made()).at(-1)
      if (plan) steps.push(...stepsOf(plan))
      workingBytes += plan?.program.workingBytes ?? 0
    } else {
      const nodes = stage.part.nodes.map(({ label }) => label)
      steps.push({ kernel: 'onnxruntime', isa: '', nodes, note: `${nodes.length} nodes`, seconds: undefined })
    }
  }
  const reasons = [...declined].map(([node, reason]) => ({ at: `${node.opType} ${node.label}`, reason }))
  if (rest) reasons.push({ at: 'all other nodes', reason: rest })
  return new Explanation(steps, reasons, threads, workingBytes)
}

function stepsOf(plan: Plan): ExplainedStep[] {
  const seconds = plan.meanSeconds
  return plan.steps.map(({ kernel, nodes, note }, index) => ({
    kernel,
    isa: plan.program.isas[index] ?? '',
    nodes: nodes.map(({ label }) => label),
    note: note ?? '',
    seconds: seconds?.[index],
  }))
}

function shortened(nodes: readonly string[]): string {
  const more = nodes.length - 4
  return more > 0 ? `${nodes.slice(0, 4).join(' + ')} + ${more} more` : nodes.join(' + ')
}
