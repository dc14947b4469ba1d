/** What lies in the weights: zeros, and the patterns that they follow. */
import { type NonZeros, patternsOf } from '../analysis'
import { bitsPerElement, type Model, type Tensor } from '../ir'
import { constantsOf } from '../report/modelFacts'
import { type WeightUse, weightUse } from './weightUse'

/** Smaller constants are scales, axes and shapes. */
const SMALLEST_WEIGHT = 16

export interface WeightFacts {
  readonly zeros: number
  /** Patterns that the zeros follow, such as `4x1` and `2:4`; empty unless they were asked for. */
  readonly patterns: readonly string[]
}

/** Facts of each constant that is a weight: numbers, and enough of them. Each is read once, one after the other. */
export async function weighModel(model: Model, withPatterns: boolean): Promise<Map<Tensor, WeightFacts>> {
  const facts = new Map<Tensor, WeightFacts>()
  for (const { name, tensor } of constantsOf(model)) {
    if (facts.has(tensor) || !isWeight(tensor)) continue
    const value = withPatterns ? model.graph.own(name) : undefined
    facts.set(tensor, await weigh(tensor, value && weightUse(value, tensor.shape)))
  }
  return facts
}

function isWeight({ dataType, size }: Tensor): boolean {
  const isNumber = !/^(int64|bool|string|complex|float8)/.test(dataType) && bitsPerElement(dataType) >= 8
  return size >= SMALLEST_WEIGHT && isNumber
}

async function weigh(tensor: Tensor, use: WeightUse | undefined): Promise<WeightFacts> {
  const elements = (await tensor.load()) as ArrayLike<number>
  // 16-bit floats come as their patterns, and −0 is a zero too.
  const isHalf = tensor.dataType === 'float16' || tensor.dataType === 'bfloat16'
  const isZero = (index: number) => elements[index] === 0 || (isHalf && elements[index] === 0x8000)
  let zeros = 0
  for (let index = 0; index < elements.length; index++) if (isZero(index)) zeros++
  return { zeros, patterns: use ? patternsOf(nonZeros(use, isZero)) : [] }
}

function nonZeros(use: WeightUse, isZero: (index: number) => boolean): NonZeros {
  const { outputs, taps, channels } = use
  const flags = new Uint8Array(outputs * taps * channels)
  let at = 0
  for (let output = 0; output < outputs; output++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let channel = 0; channel < channels; channel++)
        flags[at++] = isZero(use.index(output, tap, channel)) ? 0 : 1
    }
  }
  return { outputs, taps, channels, flags }
}
