/**
 * onnxruntime's LSTM by weights of 8 bits (DynamicQuantizeLSTM), as its quantizer writes it: inputs are quantized by the range that
 * they have, of all steps together, states at each step.
 */
import { type Node, Tensor } from '../../ir'
import { integerForm } from '../choice/linearAlternatives'
import { broadcastParameters } from '../plan/broadcast'
import { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { tensorPart } from '../plan/tensorPart'
import { decline } from '../plan/unplannable'
import type { WeightSource } from '../plan/weights'
import { dynamicInputs, dynamicParameters } from './dynamicRule'
import { repeatedRows } from './int8/repeated'
import { type SignedWeights, signedWeights } from './int8/weights'
import { addDirections, biasesOf } from './recurrent'
import { type RecurrentSizes, recurrentStrides, requirePlain, sizesOf } from './recurrentSizes'
import type { Rules } from './rule'

/** An operand of all directions, one after the other: weights [directions, depth, gates · hidden], scales and zero points. */
interface Weights {
  readonly tensor: Tensor
  readonly depth: number
  readonly scales: readonly number[]
  readonly zeros: readonly number[]
}

interface Activations {
  readonly bytes: Fact
  readonly scale: Fact
  readonly zero: Fact
}

function weightsAt(
  node: Node,
  plan: Lowering,
  index: number,
  [scale, zero]: readonly [number, number],
): Weights {
  const tensor = plan.knownTensor(plan.input(node, index)) ?? decline('weights that are no constants')
  const scales = plan.knownTensor(plan.input(node, scale)) ?? decline('scales that are no constants')
  const zeros = plan.optional(node, zero)
  return {
    tensor,
    depth: tensor.shape[1] ?? 1,
    scales: scales.toNumbers(),
    zeros: zeros ? plan.numbers(zeros) : [0],
  }
}

/** One direction of all: its matrix, and its scales, one or one a column. */
function direction(
  { tensor, depth, scales, zeros }: Weights,
  index: number,
  { directions, gates, hidden }: RecurrentSizes,
) {
  const columns = gates * hidden
  const own = (all: readonly number[]) => {
    const count = all.length / directions
    return all.length === 1 ? all : all.slice(index * count, (index + 1) * count)
  }
  const matrix = tensorPart(tensor, index * depth * columns, [depth, columns])
  const scale = own(scales)
  if (scale.length !== 1 && scale.length !== columns) decline('scales that do not fit')
  return {
    signed: signedWeights(matrix, own(zeros), 1),
    scale: Fact.constant(Tensor.float32(scale, [scale.length])),
  }
}

function quantized(plan: Lowering, x: Fact): Activations {
  const [bytes, scale, zero] = [
    plan.create('uint8', x.shape),
    plan.create('float32', []),
    plan.create('uint8', []),
  ]
  plan.step('dynamicQuantize', [x], [bytes, scale, zero], [x.size])
  return { bytes, scale, zero }
}

/** Numbers of the same shape, or one of them for all. */
function multiplied(plan: Lowering, a: Fact, b: Fact): Fact {
  const y = plan.create('float32', b.shape)
  plan.step('binary.mul', [a, b], [y], broadcastParameters(b.shape, [a.shape, b.shape]))
  return y
}

/** What inputs add to the sums of the gates of a direction: a row for each step and item. */
function inputSums(
  plan: Lowering,
  x: Activations,
  { signed, scale }: { signed: SignedWeights; scale: Fact },
  bias: Fact | undefined,
): Fact {
  const [inputs = 1, columns = 1] = signed.tensor.shape
  const rows = x.bytes.size / x.bytes.dim(-1)
  const packed = {
    tensor: signed.tensor,
    form: integerForm(rows),
    parameters: [1, columns, inputs, 1, 1, columns, 0],
  }
  const epilogue = { bias, residual: undefined, activation: [0, 0, 0] as const }
  const factors = multiplied(plan, x.scale, scale)
  const y = plan.create('float32', [rows, columns])
  plan.step(
    'dynamicMatmul',
    [
      repeatedRows(plan, x.bytes, signed.repeated),
      packed,
      ...dynamicInputs(x.zero, factors, undefined, epilogue),
    ],
    [y],
    [rows, columns, inputs, factors.size, ...dynamicParameters(undefined, epilogue)],
  )
  return y
}

function lower(node: Node, plan: Lowering): void {
  requirePlain(node, plan)
  const sizes = sizesOf(node, plan, 2)
  const { gates, hidden } = sizes
  const columns = gates * hidden
  const [ofInputs, ofStates] = [weightsAt(node, plan, 1, [8, 9]), weightsAt(node, plan, 2, [10, 11])]
  const bias = biasesOf(node, plan, sizes).inputs
  const x = quantized(plan, plan.floats(node, 0))
  addDirections(node, plan, sizes, (index) => {
    const own =
      bias &&
      Fact.constant(
        Tensor.float32(plan.numbers(bias).slice(index * columns, (index + 1) * columns), [columns]),
      )
    const sums = inputSums(plan, x, direction(ofInputs, index, sizes), own)
    const { signed, scale } = direction(ofStates, index, sizes)
    if (signed.repeated.length > 0) decline('weights of states that do not fit signed bytes')
    const weights: WeightSource = {
      tensor: signed.tensor,
      form: 'qgemm.right',
      parameters: [1, columns, hidden, 1, 1, columns, 0],
    }
    return {
      kernel: 'qrecurrent.lstm',
      operands: [sums, weights, scale],
      sums: recurrentStrides({ ...sizes, directions: 1 }).sums,
      own: scale.size,
      hasBias: false,
    }
  })
}

export const dynamicLstm: Rules = { 'com.microsoft.DynamicQuantizeLSTM': { lower } }
