/** ConvInteger, perhaps an Add of integers, a Cast to float and a Mul by both scales: one step, as MatMulInteger's. */
import { type Node, Tensor } from '../../../ir'
import type { Group } from '../../fusion/fusion'
import { Fact } from '../../plan/fact'
import type { Lowering } from '../../plan/lowering'
import { sizeBetween } from '../axis'
import { dynamicInputs, dynamicParameters } from '../dynamicRule'
import { epilogueOf, fits } from '../epilogue'
import { convShape } from '../imageConv'
import { outputSizes, windowOf } from '../window'
import { packedLeft } from './conv'
import { repeatedPanels } from './repeated'
import { signedWeights } from './weights'

/** Cast and Mul. */
const SCALING = 2

/** Says how many nodes of the group it covers, 0 where the kernel does not have it. */
export function lowerConvInteger(node: Node, plan: Lowering, group: Group): number {
  const [x, weights] = [plan.input(node, 0), plan.input(node, 1)]
  const zero = plan.optional(node, 2) ?? Fact.constant(Tensor.from('uint8', [], new Uint8Array(1)))
  const weightZero = plan.optional(node, 3)
  const scale = group.scale && plan.fact(group.scale)
  const signed =
    weights.constant && signedWeights(weights.constant, weightZero ? plan.numbers(weightZero) : [0], 0)
  if (!scale || !signed || zero.size !== 1 || x.dataType !== 'uint8' || x.rank < 3 || x.rank > 4) return 0
  const window = windowOf(node, x.shape.slice(2), weights.shape.slice(2))
  const groups = node.int('group', 1)
  const [images = 1, channels = 1] = x.shape
  const { tensor, repeated } = signed
  const [all, inputs] = [weights.dim(0), weights.dim(1) + repeated.length]
  const outputs = all / groups
  if (weights.dim(1) * groups !== channels || !Number.isInteger(outputs)) return 0
  if (groups > 1 && (inputs % 4 !== 0 || repeated.length > 0)) return 0
  const shape = [images, all, ...outputSizes(window, x.rank - 2)]
  const addend = group.addend && plan.fact(group.addend)
  const isByChannel = (fact: Fact) => fact.size === all && fact.dim(-(x.rank - 1)) === all
  if (sizeBetween(shape, 0, shape.length) === 0 || (scale.size !== 1 && !isByChannel(scale))) return 0
  if (addend && !(addend.dataType === 'int32' && isByChannel(addend))) return 0
  const whole = epilogueOf(plan, undefined, group)
  const isWhole = fits(whole.residual, shape) && (!whole.bias || whole.bias.size === all)
  const epilogue = isWhole ? whole : epilogueOf(plan, undefined)
  const packed = packedLeft(tensor, { groups, outputs, inputs, window })
  const y = plan.create('float32', shape)
  plan.step(
    'dynamicConv',
    [repeatedPanels(plan, x, repeated), packed, ...dynamicInputs(zero, scale, addend, epilogue)],
    [y],
    [
      ...[images, groups, outputs, inputs, scale.size],
      ...convShape(Math.ceil(inputs / 4), window),
      ...dynamicParameters(addend, epilogue),
    ],
    'C4 to NCHW',
  )
  const covered = isWhole ? group.nodes.length : 1 + SCALING + (addend ? 1 : 0)
  plan.define(group.nodes[covered - 1]?.output(), y)
  return covered
}
