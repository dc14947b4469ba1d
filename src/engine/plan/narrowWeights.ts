/** Constant weights of 4 or 8 bits, in blocks that each have a scale. */
import { Tensor } from '../../ir'
import type { Fact } from './fact'
import { JoinedSource } from './joinedSource'
import { Latest } from './latest'
import type { WeightSource } from './weights'

/** How far elements are apart from output to output, and from input to input or block to block. */
type Steps = readonly [outer: number, inner: number]

export interface NarrowWeights {
  /** Whether activations are rounded to 8 bits. */
  readonly rounds?: boolean
  readonly outputs: number
  readonly inputs: number
  /** Inputs of a block, a multiple of 8. */
  readonly block: number
  readonly bits: 4 | 8
  readonly isSigned: boolean
  readonly q: Tensor
  readonly qAt: Steps
  readonly scale: Tensor
  readonly scaleAt: Steps
  /** Where there are none, all are `zero`. */
  readonly zeros: Tensor | undefined
  readonly zerosAt: Steps
  readonly zero: number
}

/** What was joined before: the same object each time, so that it is packed once. */
const joined = new Latest<Tensor, WeightSource>()
const sources = new Latest<NarrowWeights, WeightSource>()

/** The weights as cpp/engine/narrowWeights.h takes them. */
export function narrowSource(weights: NarrowWeights): WeightSource {
  return sources.get(weights, [], () => joinedSource(weights))
}

function joinedSource(w: NarrowWeights): WeightSource {
  const bytes = new JoinedSource([w.q, w.scale, ...(w.zeros ? [w.zeros] : [])])
  const [, scales = 0, zeros = 0] = bytes.starts
  const sizes = [w.outputs, w.inputs, w.block, w.bits, w.isSigned ? 1 : 0, w.zeros ? 0 : w.zero + 256]
  const parameters = [...sizes, ...w.qAt, ...w.scaleAt, ...w.zerosAt, scales, zeros]
  const form = w.rounds ? 'qnarrowgemm' : 'narrowgemm'
  return joined.get(w.q, [form, ...parameters], () => ({
    tensor: Tensor.fromSource('uint8', [bytes.byteLength], bytes),
    form,
    parameters,
  }))
}

/** Constant weights of 4 or 8 bits, `[inputs, outputs]` or transposed, in blocks along the inputs or one an output. */
export function narrowWeightsOf(value: Fact, isTransposed: boolean): NarrowWeights | undefined {
  const q = value.dequantized?.from.constant
  const by = value.dequantized?.by
  if (!q || !by || value.rank !== 2 || !/^u?int[48]$/.test(q.dataType)) return undefined
  const [outputs, inputs] = isTransposed ? [value.dim(0), value.dim(1)] : [value.dim(1), value.dim(0)]
  const inputAxis = isTransposed ? 1 : 0
  const steps = (columns: number): Steps => (isTransposed ? [columns, 1] : [1, outputs])
  const { scale, zeroPoint: zeros } = by
  const shared = {
    outputs,
    inputs,
    bits: q.dataType.endsWith('8') ? (8 as const) : (4 as const),
    isSigned: q.dataType.startsWith('int'),
    q,
    qAt: steps(inputs),
    scale,
    zeros,
    zero: 0,
  }
  if (by.block) {
    if (by.axis !== inputAxis || by.block % 8 !== 0) return undefined
    const at = steps(Math.ceil(inputs / by.block))
    return { ...shared, block: by.block, scaleAt: at, zerosAt: at }
  }
  if (scale.size !== 1 && by.axis === inputAxis) return undefined
  const at = [scale.size === 1 ? 0 : 1, 0] as const
  return { ...shared, block: Math.ceil(inputs / 8) * 8, scaleAt: at, zerosAt: at }
}
