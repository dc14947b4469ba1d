/**
 * Products by constant weights of 4 bits: MatMulNBits, and MatMul and Gemm of weights that a DequantizeLinear makes. They are
 * computed in floats, but for a few rows where MatMulNBits allows 8 bits.
 */
import { type Node, Tensor } from '../../ir'
import type { Fact } from '../plan/fact'
import type { Group } from '../plan/fusion'
import { JoinedSource } from '../plan/joinedSource'
import { MOST_GEMV_ROWS } from '../plan/linearAlternatives'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import type { WeightSource } from '../plan/weights'
import { sizeBetween } from './axis'
import { epilogueInputs, epilogueOf, epilogueParameters, fits, floatNodes } from './epilogue'
import { isPlainGemm } from './plainGemm'
import type { Rules } from './rule'

/** How far elements are apart from output to output, and from input to input or block to block. */
type Steps = readonly [outer: number, inner: number]

/** The accuracy_level of MatMulNBits that allows activations of 8 bits. */
const EIGHT_BITS = 4

interface FourBits {
  /** Whether activations may be rounded to 8 bits. */
  readonly mayRound?: boolean
  readonly outputs: number
  readonly inputs: number
  /** Inputs of a block, a multiple of 8. */
  readonly block: number
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
const joined = new WeakMap<Tensor, WeightSource>()

/** The weights as cpp/engine/q4Weights.h takes them. */
function sourceOf(w: FourBits): WeightSource {
  const known = joined.get(w.q)
  const bytes = new JoinedSource([w.q, w.scale, ...(w.zeros ? [w.zeros] : [])])
  const [, scales = 0, zeros = 0] = bytes.starts
  const sizes = [w.outputs, w.inputs, w.block, w.isSigned ? 1 : 0, w.zeros ? 0 : w.zero + 16]
  const parameters = [...sizes, ...w.qAt, ...w.scaleAt, ...w.zerosAt, scales, zeros]
  if (known && `${known.parameters}` === `${parameters}`) return known
  const source = {
    tensor: Tensor.fromSource('uint8', [bytes.byteLength], bytes),
    form: 'q4gemm',
    parameters,
  }
  joined.set(w.q, source)
  return source
}

/** Adds the step; says how many nodes of the group it covers. */
function multiply(
  plan: Lowering,
  node: Node,
  x: Fact,
  weights: FourBits,
  bias: Fact | undefined,
  group?: Group,
): number {
  const { outputs, inputs, block } = weights
  const rows = sizeBetween(x.shape, 0, x.rank - 1)
  const shape = [...x.shape.slice(0, -1), outputs]
  const epilogue = epilogueOf(plan, bias, group)
  if (!fits(epilogue.residual, shape) || (epilogue.bias && epilogue.bias.size !== outputs)) return 0
  if (x.rank < 1 || x.dim(-1) !== inputs || rows * outputs * inputs === 0) return 0
  const y = plan.create('float32', shape)
  const parameters = [rows, outputs, inputs, ...epilogueParameters(epilogue)]
  const operands = [x, sourceOf(weights), ...epilogueInputs(epilogue)]
  const kernel = weights.mayRound && rows <= MOST_GEMV_ROWS ? 'q4matmul.int8' : 'q4matmul'
  plan.step(kernel, operands, [y], parameters, `4 bits, blocks of ${block}`)
  const nodes = floatNodes(node, group)
  plan.define(nodes.at(-1)?.output(), y)
  return nodes.length
}

/** A constant of these bytes and this type. */
function constantOf(plan: Lowering, fact: Fact, dataType: string, bytes: number): Tensor {
  const tensor = plan.tensorOf(fact)
  if (tensor.dataType !== dataType || tensor.byteLength !== bytes)
    return decline(
      `${tensor.byteLength} bytes of ${tensor.dataType} where ${bytes} of ${dataType} are wanted`,
    )
  return tensor
}

/** com.microsoft's MatMulNBits: q `[N][blocks][block / 2]`, scales `[N][blocks]`, zero points `[N][⌈blocks / 2⌉]`. */
function lowerMatMulNBits(node: Node, plan: Lowering, group?: Group): number {
  const [outputs, inputs, block] = [node.int('N', 0), node.int('K', 0), node.int('block_size', 0)]
  if (node.int('bits', 4) !== 4) decline('weights of other than 4 bits')
  if (block < 8 || block % 8 !== 0 || plan.optional(node, 4)) decline('groups that it does not have')
  const blocks = Math.ceil(inputs / block)
  const zeroFact = plan.optional(node, 3)
  const zeroBytes = Math.ceil(blocks / 2)
  const weights = {
    ...{ outputs, inputs, block, isSigned: false, zero: 8 },
    mayRound: node.int('accuracy_level', 0) === EIGHT_BITS,
    q: constantOf(plan, plan.input(node, 1), 'uint8', (outputs * blocks * block) / 2),
    qAt: [blocks * block, 1] as const,
    scale: constantOf(plan, plan.input(node, 2), 'float32', outputs * blocks * 4),
    scaleAt: [blocks, 1] as const,
    zeros: zeroFact && constantOf(plan, zeroFact, 'uint8', outputs * zeroBytes),
    zerosAt: [2 * zeroBytes, 1] as const,
  }
  const x = plan.floats(node, 0)
  return multiply(plan, node, x, weights, plan.optional(node, 5), group)
}

/** Constant weights of 4 bits, `[inputs, outputs]` or transposed, in blocks along the inputs or one an output. */
function fourBitsOf(value: Fact, isTransposed: boolean): FourBits | undefined {
  const q = value.dequantized?.from.constant
  const by = value.dequantized?.by
  if (!q || !by || value.rank !== 2 || !/^u?int4$/.test(q.dataType)) return undefined
  const [outputs, inputs] = isTransposed ? [value.dim(0), value.dim(1)] : [value.dim(1), value.dim(0)]
  const inputAxis = isTransposed ? 1 : 0
  const steps = (columns: number): Steps => (isTransposed ? [columns, 1] : [1, outputs])
  const { scale, zeroPoint: zeros } = by
  const shared = {
    outputs,
    inputs,
    isSigned: q.dataType === 'int4',
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

/** Lowers a MatMul or Gemm by weights of 4 bits; says how many nodes of the group that covers, 0 where it cannot. */
export function lowerFourBits(node: Node, plan: Lowering, group?: Group): number {
  const isGemm = node.is('Gemm')
  if (isGemm && !isPlainGemm(node)) return 0
  const [a, b] = [plan.input(node, 0), plan.input(node, 1)]
  const weights = fourBitsOf(b, isGemm && node.int('transB', 0) !== 0)
  const bias = isGemm ? plan.optional(node, 2) : undefined
  if (!weights || a.dataType !== 'float32' || a.constant || a.rank < 2 || plan.isEvaluation) return 0
  if (bias && (bias.size !== weights.outputs || bias.dim(-1) !== weights.outputs)) return 0
  return multiply(plan, node, a, weights, bias, group)
}

export const fourBits: Rules = {
  'com.microsoft.MatMulNBits': {
    lower(node, plan) {
      if (lowerMatMulNBits(node, plan) === 0) decline('operands that do not fit')
    },
    lowerGroup: lowerMatMulNBits,
  },
}
