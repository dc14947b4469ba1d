/** What a product does to its result as it is stored. */
import type { Node } from '../../ir'
import type { Group } from '../fusion/fusion'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { activationOf } from './activation'

export interface Epilogue {
  readonly bias: Fact | undefined
  readonly residual: Fact | undefined
  readonly activation: readonly [kind: number, alpha: number, beta: number]
}

export function epilogueOf(plan: Lowering, bias: Fact | undefined, group?: Group): Epilogue {
  const activation = group?.activation && activationOf(group.activation)
  return {
    bias: bias ?? (group?.bias && plan.fact(group.bias)),
    residual: group?.residual && plan.fact(group.residual),
    activation: activation ?? [0, 0, 0],
  }
}

/** What a step reads besides its operands, in order. */
export function epilogueInputs({ bias, residual }: Epilogue): Fact[] {
  return [bias, residual].filter((fact) => fact !== undefined)
}

/** As cpp/engine/steps/epilogue.h takes it. */
export function epilogueParameters({ bias, residual, activation }: Epilogue): number[] {
  return [bias ? 1 : 0, residual ? 1 : 0, ...activation]
}

/** Whether a residual may be added to a result of that shape as it is stored. */
export function fits(residual: Fact | undefined, shape: readonly number[]): boolean {
  return !residual || (residual.dataType === 'float32' && `${residual.shape}` === `${shape}`)
}

/** The nodes of a group that a product in floats covers: all up to the quantization of its result. */
export function floatNodes(head: Node, group?: Group): readonly Node[] {
  if (!group) return [head]
  return group.quantize ? group.nodes.slice(0, group.nodes.indexOf(group.quantize)) : group.nodes
}
