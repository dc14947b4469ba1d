import { type Node, Tensor } from '../../ir'
import { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { applyBinary } from './arithmetic'
import { axisOf, sizeBetween } from './axis'
import type { Rules } from './rule'

/** y = x · scale / √(variance + ε) + (shift − mean · scale / √(variance + ε)), one factor and summand a channel. */
function batchNormalization(node: Node, plan: Lowering): void {
  const x = plan.floats(node, 0)
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index) => plan.numbers(plan.input(node, index)))
  if (node.int('training_mode', 0) || !scale || !shift || !mean || !variance) decline('training mode')
  const epsilon = node.float('epsilon', 1e-5)
  const factors = scale.map((each, channel) => each / Math.sqrt((variance[channel] ?? 0) + epsilon))
  const summands = shift.map((each, channel) => each - (mean[channel] ?? 0) * (factors[channel] ?? 0))
  const shape = [factors.length, ...new Array<number>(Math.max(x.rank - 2, 0)).fill(1)]
  const perChannel = (numbers: number[]) => Fact.constant(Tensor.float32(numbers, shape))
  const scaled = applyBinary(plan, 'mul', x, perChannel(factors))
  plan.define(node.output(), applyBinary(plan, 'add', scaled, perChannel(summands)))
}

/** @param keepsMean whether rows are divided by the root of their mean square */
function normalize(node: Node, plan: Lowering, keepsMean: boolean): void {
  const x = plan.floats(node, 0)
  if (node.outputs.slice(1).some((output) => output && !output.isUnused))
    decline('its statistics are asked for')
  const axis = axisOf(node.int('axis', -1), x.rank)
  const [rows, n] = [sizeBetween(x.shape, 0, axis), sizeBetween(x.shape, axis, x.rank)]
  const factors = [plan.input(node, 1), plan.optional(node, 2)].filter((fact) => fact !== undefined)
  if (factors.some((fact) => fact.size !== n)) decline('a scale of another shape')
  const parameters = [rows, n, 0, node.float('epsilon', 1e-5), keepsMean ? 1 : 0]
  plan.define(node.output(), normalizedRows(plan, [x, ...factors], parameters))
}

const layerNormalization = (node: Node, plan: Lowering) => normalize(node, plan, false)
const rmsNormalization = (node: Node, plan: Lowering) => normalize(node, plan, true)

/** Rows of which each element has a factor of its own. */
function normalizedRows(
  plan: Lowering,
  inputs: readonly [Fact, ...Fact[]],
  parameters: readonly number[],
): Fact {
  const y = plan.create('float32', inputs[0].shape)
  if (y.size === 0) return y
  plan.step('layerNormalization.element', inputs, [y], parameters).withBytes = (rule) => ({
    kernel: 'layerNormalization.bytes',
    parameters: [...parameters, ...rule],
  })
  return y
}

function instanceNormalization(node: Node, plan: Lowering): void {
  const x = plan.floats(node, 0)
  const [images = 1, channels = 1] = x.shape
  const y = plan.create('float32', x.shape)
  const sizes = [images * channels, sizeBetween(x.shape, 2, x.rank), channels]
  const inputs = [x, plan.input(node, 1), plan.input(node, 2)]
  if (y.size > 0)
    plan.step('layerNormalization.channel', inputs, [y], [...sizes, node.float('epsilon', 1e-5), 0])
  plan.define(node.output(), y)
}

export const normalization: Rules = {
  BatchNormalization: { lower: batchNormalization },
  LayerNormalization: { lower: layerNormalization },
  RMSNormalization: { lower: rmsNormalization },
  // What onnxruntime calls it.
  SimplifiedLayerNormalization: { lower: rmsNormalization },
  InstanceNormalization: { lower: instanceNormalization },
}
