/** com.microsoft's MatMulNBits, of weights of 4 or 8 bits. */
import type { Node, Tensor } from '../../ir'
import type { Group } from '../fusion/fusion'
import type { Fact } from '../plan/fact'
import { Latest } from '../plan/latest'
import type { Lowering } from '../plan/lowering'
import type { NarrowWeights } from '../plan/narrowWeights'
import { decline } from '../plan/unplannable'
import { multiplyNarrow } from './narrowProduct'
import type { Rules } from './rule'

/** The accuracy_level of MatMulNBits that allows activations of 8 bits. */
const EIGHT_BITS = 4

/** Of larger blocks sums of bytes might not fit 32 bits. */
const MOST_ROUNDED_BLOCK = 65536

/** A constant of these bytes and this type. */
function constantOf(plan: Lowering, fact: Fact, dataType: string, bytes: number): Tensor {
  const tensor = plan.tensorOf(fact)
  if (tensor.dataType !== dataType || tensor.byteLength !== bytes)
    return decline(
      `${tensor.byteLength} bytes of ${tensor.dataType} where ${bytes} of ${dataType} are wanted`,
    )
  return tensor
}

/** What was read of a node: plans for other shapes have the same. */
const known = new Latest<Node, NarrowWeights>()

/** q `[N][blocks][block · bits / 8]`, scales `[N][blocks]`, zero points `[N][⌈blocks · bits / 8⌉]`. */
function weightsOf(node: Node, plan: Lowering): NarrowWeights {
  const [outputs, inputs, block] = [node.int('N', 0), node.int('K', 0), node.int('block_size', 0)]
  const bits = node.int('bits', 4) === 8 ? 8 : 4
  if (node.int('bits', 4) !== bits) decline('weights of other than 4 or 8 bits')
  if (block < 8 || block % 8 !== 0 || plan.optional(node, 4)) decline('groups that it does not have')
  const blocks = Math.ceil(inputs / block)
  const zeroFact = plan.optional(node, 3)
  const zeroBytes = Math.ceil((blocks * bits) / 8)
  return {
    ...{ outputs, inputs, block, bits, isSigned: false, zero: 2 ** (bits - 1) },
    rounds: node.int('accuracy_level', 0) === EIGHT_BITS && block <= MOST_ROUNDED_BLOCK,
    q: constantOf(plan, plan.input(node, 1), 'uint8', (outputs * blocks * block * bits) / 8),
    qAt: [blocks * block, 1],
    scale: constantOf(plan, plan.input(node, 2), 'float32', outputs * blocks * 4),
    scaleAt: [blocks, 1],
    zeros: zeroFact && constantOf(plan, zeroFact, 'uint8', outputs * zeroBytes),
    zerosAt: [(zeroBytes * 8) / bits, 1],
  }
}

function lowerMatMulNBits(node: Node, plan: Lowering, group?: Group): number {
  const tensors = [1, 2, 3].map((index) => plan.optional(node, index)?.constant)
  const weights = known.get(node, tensors, () => weightsOf(node, plan))
  return multiplyNarrow(plan, node, plan.floats(node, 0), weights, plan.optional(node, 5), group)
}

export const matMulNBits: Rules = {
  'com.microsoft.MatMulNBits': {
    lower(node, plan) {
      if (lowerMatMulNBits(node, plan) === 0) decline('operands that do not fit')
    },
    lowerGroup: lowerMatMulNBits,
  },
}
