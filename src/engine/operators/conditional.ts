/** If: the branch that is taken is lowered in its place, where it is known while planning. */
import { type DataType, type Graph, type Node, type Value, valuesRead } from '../../ir'
import type { Lowering } from '../plan/lowering'
import { ContentsNeeded, decline } from '../plan/unplannable'
import type { Rules } from './rule'

/** Inputs of these types tell kinds of runs apart; others are data, and different every time. */
const TELLING: readonly DataType[] = ['bool', 'int32', 'int64']

function takenBranch(node: Node, plan: Lowering): Graph {
  const known = plan.knownTensor(plan.input(node, 0))
  if (!known) throw new ContentsNeeded(decidingInputs(node.input(0) as Value, plan), node)
  const name = known.toNumbers()[0] ? 'then_branch' : 'else_branch'
  return node.attributeOf(name, 'graph') ?? decline(`${name} is missing`)
}

/** The inputs from whose contents a condition is computed. */
function decidingInputs(condition: Value, plan: Lowering): string[] {
  const found = new Set<string>()
  const seen = new Set([condition])
  // Values that are added on the way are visited too.
  for (const value of seen) {
    const fact = plan.fact(value)
    if (plan.knownTensor(fact)) continue
    if (plan.mayDecide(value) && TELLING.includes(fact.dataType)) found.add(value.name)
    else if (value.producer) for (const read of valuesRead(value.producer)) seen.add(read)
    else decline('its condition is only known when the model runs')
  }
  return found.size > 0 ? [...found] : decline('its condition cannot be computed while planning')
}

export const conditional: Rules = {
  If: {
    // The branches see values that a computation by itself does not.
    isLazy: true,
    lower(node, plan) {
      const branch = takenBranch(node, plan)
      plan.lowerAll(branch.nodes)
      for (const [index, output] of node.outputs.entries()) {
        const value = branch.outputs[index] ?? decline('its branch has too few outputs')
        plan.define(output, plan.fact(value))
      }
    },
  },
}
