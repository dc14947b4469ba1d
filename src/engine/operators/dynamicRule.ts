/** How sums of integers become floats where a range is known at run time only, as cpp/engine/steps/dynamicRule.h takes it. */
import type { Fact } from '../plan/fact'
import { type Epilogue, epilogueInputs, epilogueParameters } from './epilogue'

/** What a step reads besides its operands, in order. */
export function dynamicInputs(zero: Fact, scale: Fact, addend: Fact | undefined, epilogue: Epilogue): Fact[] {
  return [zero, scale, ...(addend ? [addend] : []), ...epilogueInputs(epilogue)]
}

export function dynamicParameters(addend: Fact | undefined, epilogue: Epilogue): number[] {
  return [addend ? 1 : 0, ...epilogueParameters(epilogue)]
}
