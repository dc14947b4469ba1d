import type { Node } from '../../ir'
import type { Group } from '../fusion/fusion'
import type { Lowering } from '../plan/lowering'

/** How the engine computes an operator. */
export interface OperatorRule {
  /**
   * Adds the steps that compute a node and says what its outputs are. Throws {@link Unplannable} where the engine cannot
   * compute it as it stands: onnxruntime does it then.
   */
  lower(node: Node, plan: Lowering): void
  /**
   * The same for a node and what is done to its result as it is stored: says how many of the group's nodes it has lowered;
   * 0 where they do not go together.
   */
  lowerGroup?(head: Node, plan: Lowering, group: Group): number
  /** Whether its result is better not computed before somebody asks for it. */
  isLazy?(node: Node, plan: Lowering): boolean
}

/** Rules by operator type. */
export type Rules = Readonly<Record<string, OperatorRule>>
