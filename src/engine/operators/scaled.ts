/** A value times a number: constants are multiplied while planning. */
import { Tensor } from '../../ir'
import { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { applyBinary } from './arithmetic'

/** The same object each time, so that it is packed once. */
const known = new WeakMap<Tensor, Map<number, Tensor>>()

export function scaledBy(plan: Lowering, fact: Fact, factor: number): Fact {
  if (factor === 1) return fact
  const tensor = plan.isEvaluation ? undefined : plan.knownTensor(fact)
  if (tensor) return Fact.constant(scaledTensor(tensor, factor))
  return applyBinary(plan, 'mul', fact, plan.scalar('float32', factor))
}

function scaledTensor(tensor: Tensor, factor: number): Tensor {
  const found = known.get(tensor) ?? new Map<number, Tensor>()
  known.set(tensor, found)
  const scaled = found.get(factor) ?? times(tensor, factor)
  found.set(factor, scaled)
  return scaled
}

function times({ shape, elements }: Tensor, factor: number): Tensor {
  return Tensor.from(
    'float32',
    shape,
    (elements as Float32Array).map((each) => each * factor),
  )
}
