/**
 * If: the branch that is taken is lowered in its place, where it is known while planning. Where it is not, both are, if they are
 * small, and one of the results is chosen.
 */
import { allNodes, type DataType, type Graph, type Node, type Value, valuesRead } from '../../ir'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { ContentsNeeded, decline } from '../plan/unplannable'
import type { Rules } from './rule'
import { chosen } from './where'

/** Inputs of these types tell kinds of runs apart; others are data, and different every time. */
const TELLING: readonly DataType[] = ['bool', 'int32', 'int64']

/** Nodes of both branches that cost less together than leaving the plan for one of them. */
const FEW_NODES = 64

/** What costs much, and what fails for numbers that a branch may be there to avoid. */
const NOT_FOR_BOTH =
  /^(Conv|ConvTranspose|ConvInteger|LSTM|GRU|RNN|Loop|Scan|OneHot|Gather.*|Scatter.*|.*Product)$/

type BranchName = 'then_branch' | 'else_branch'

function branchOf(node: Node, name: BranchName): Graph {
  return node.attributeOf(name, 'graph') ?? decline(`${name} is missing`)
}

/** The branch that is taken; undefined where only a run can tell. */
function takenBranch(node: Node, plan: Lowering): Graph | undefined {
  const known = plan.knownTensor(plan.input(node, 0))
  if (known) return branchOf(node, known.toNumbers()[0] ? 'then_branch' : 'else_branch')
  const deciding = decidingInputs(node.input(0) as Value, plan)
  if (deciding) throw new ContentsNeeded(deciding, node)
  return undefined
}

/** The inputs from whose contents a condition is computed; undefined where other things decide it too. */
function decidingInputs(condition: Value, plan: Lowering): string[] | undefined {
  const found = new Set<string>()
  const seen = new Set([condition])
  // Values that are added on the way are visited too.
  for (const value of seen) {
    const fact = plan.factOf(value)
    if (fact && plan.knownTensor(fact)) continue
    if (fact && plan.mayDecide(value) && TELLING.includes(fact.dataType)) found.add(value.name)
    else if (value.producer) for (const read of valuesRead(value.producer)) seen.add(read)
    else return undefined
  }
  return found.size > 0 ? [...found] : decline('its condition cannot be computed while planning')
}

function resultsOf(branch: Graph, node: Node, plan: Lowering): Fact[] {
  plan.lowerAll(branch.nodes)
  return node.outputs.map((_, index) =>
    plan.fact(branch.outputs[index] ?? decline('its branch has too few outputs')),
  )
}

/** The results of both branches, one of which is chosen when the model runs. */
function eitherResult(node: Node, plan: Lowering): Fact[] {
  const branches = (['then_branch', 'else_branch'] as const).map((name) => branchOf(node, name))
  const nodes = branches.flatMap((branch) => [...allNodes(branch)])
  if (nodes.length > FEW_NODES || nodes.some(({ opType }) => NOT_FOR_BOTH.test(opType)))
    return decline('its condition is only known when the model runs')
  const condition = plan.reshaped(plan.input(node, 0), [])
  const [yes = [], no = []] = branches.map((branch) => resultsOf(branch, node, plan))
  return plan.within([node], () =>
    yes.map((fact, index) => {
      const other = no[index] as Fact
      if (`${fact.shape}` !== `${other.shape}`) return decline('its branches give different shapes')
      return chosen(plan, condition, fact, other)
    }),
  )
}

export const conditional: Rules = {
  If: {
    // The branches see values that a computation by itself does not.
    isLazy: () => true,
    lower(node, plan) {
      const branch = takenBranch(node, plan)
      const results = branch ? resultsOf(branch, node, plan) : eitherResult(node, plan)
      for (const [index, fact] of results.entries()) plan.define(node.output(index), fact)
    },
  },
}
