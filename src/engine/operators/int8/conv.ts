/** Conv of 8-bit values: panels in, panels or floats out. */
import type { Node, Tensor } from '../../../ir'
import { integerBlocks } from '../../choice/alternatives'
import { takesPairs } from '../../choice/processor'
import type { Group } from '../../fusion/fusion'
import type { Fact } from '../../plan/fact'
import { inPanels, panelSlot, panelsOf } from '../../plan/integers'
import type { Lowering, Operand } from '../../plan/lowering'
import { type Integers, integersOf } from '../../plan/scale'
import type { Slot } from '../../plan/slot'
import type { Alternative } from '../../plan/step'
import type { WeightSource } from '../../plan/weights'
import { sizeBetween } from '../axis'
import { fits, floatNodes } from '../epilogue'
import { convShape } from '../imageConv'
import { outputSizes, type Window, windowOf } from '../window'
import { repeatedPanels } from './repeated'
import { lowerRows } from './rowConv'
import { byteRule, emitRule, floatEpilogue, floatRule, type SumRule } from './sumRule'
import { type IntegerWeights, integerWeights } from './weights'

export interface Convolution {
  readonly x: Integers
  readonly weights: IntegerWeights
  readonly window: Window
  readonly images: number
  readonly groups: number
  readonly inputs: number
  readonly outputs: number
  readonly shape: readonly number[]
}

/** The convolution of a node, where its input and weights are integers that the kernels take. */
function convolutionOf(node: Node, plan: Lowering): Convolution | undefined {
  const value = plan.input(node, 0)
  const weightFact = plan.input(node, 1)
  const x = integersOf(value)
  const weights = integerWeights(weightFact, 0, weightFact.dim(0))
  if (!x || !weights || value.rank < 3 || value.rank > 4) return undefined
  const window = windowOf(node, value.shape.slice(2), weightFact.shape.slice(2))
  const groups = node.int('group', 1)
  const [images = 1, channels = 1] = value.shape
  const repeated = weights.repeated.length
  const [inputs, outputs] = [weightFact.dim(1) + repeated, weightFact.dim(0) / groups]
  if (weightFact.dim(1) * groups !== channels || !Number.isInteger(outputs)) return undefined
  if (repeated > 0 && groups > 1) return undefined
  const shape = [images, outputs * groups, ...outputSizes(window, value.rank - 2)]
  return { x, weights, window, images, groups, inputs, outputs, shape }
}

/** Lowers a Conv as integers; says how many nodes of the group that covers, 0 where it cannot. */
export function lowerIntegers(node: Node, plan: Lowering, group?: Group): number {
  const found = convolutionOf(node, plan)
  if (!found || sizeBetween(found.shape, 0, found.shape.length) === 0) return 0
  const isDepthwise = found.groups > 1 && found.inputs === 1 && found.outputs === 1
  const isWhole = found.groups === 1 || (found.inputs % 4 === 0 && found.outputs % 4 === 0)
  if (!isDepthwise && !isWhole) return 0
  const product = { ...found, bias: plan.optional(node, 2) }
  const covered = lowerRows(plan, found, product.bias, group)
  if (covered > 0) return covered
  const rule = byteRule(plan, group, product, (other) => otherPanels(plan, other, found.shape))
  if (rule?.dataType) return emitBytes(node, plan, found, rule, isDepthwise, group)
  return isDepthwise ? 0 : emitFloats(node, plan, found, product.bias, group)
}

function inputPanels(plan: Lowering, { x, weights }: Convolution): Slot {
  return repeatedPanels(plan, x.fact, weights.repeated)
}

/** What a following addition adds, if it is of the result's shape. */
function otherPanels(plan: Lowering, other: Integers, shape: readonly number[]): Operand | undefined {
  return `${other.fact.shape}` === `${shape}` ? panelsOf(plan, other.fact) : undefined
}

function emitBytes(
  node: Node,
  plan: Lowering,
  found: Convolution,
  rule: SumRule,
  isDepthwise: boolean,
  group: Group | undefined,
): number {
  const y = inPanels(plan, rule.dataType ?? 'uint8', found.shape)
  const operands = [inputPanels(plan, found), packed(found, isDepthwise, takesPairs())]
  const to = y.panels ?? panelSlot(y)
  const sizes = isDepthwise
    ? [found.images, found.groups, found.x.zeroPoint, ...convShape(1, found.window)]
    : sizesOf(found)
  const step = emitRule(plan, isDepthwise ? 'qdepthwise' : 'qconv.c4', operands, to, sizes, rule, 'C4')
  if (!isDepthwise) step.alternatives = blocksOf(found, step.kernel)
  plan.define((group?.nodes[rule.covered - 1] ?? node).output(), y)
  return rule.covered
}

function emitFloats(
  node: Node,
  plan: Lowering,
  found: Convolution,
  bias: Fact | undefined,
  group: Group | undefined,
): number {
  const epilogue = floatEpilogue(plan, group)
  const own = fits(epilogue.residual, found.shape) ? group : undefined
  const nodes = floatNodes(node, own)
  const product = { ...found, bias }
  const rule = floatRule(
    plan,
    product,
    own === group ? epilogue : floatEpilogue(plan, undefined),
    nodes.length,
  )
  const y = plan.create('float32', found.shape)
  const operands = [inputPanels(plan, found), packed(found, false), ...rule.inputs]
  const step = plan.step('qconv.f32', operands, [y], [...sizesOf(found), ...rule.parameters], 'C4 to NCHW')
  step.alternatives = blocksOf(found, step.kernel)
  plan.define(nodes.at(-1)?.output(), y)
  return nodes.length
}

function blocksOf({ weights, groups, inputs, outputs, window }: Convolution, kernel: string): Alternative[] {
  const taps = window.height.kernel * window.width.kernel
  return integerBlocks(weights.tensor, { outputs: outputs * groups, inputs, taps }, groups, kernel)
}

function packed({ weights, ...sizes }: Convolution, isDepthwise: boolean, byPairs = false): Operand {
  const { tensor } = weights
  if (!isDepthwise) return packedLeft(tensor, sizes, byPairs)
  const { height, width } = sizes.window
  return { tensor, form: 'qdepthwise', parameters: [sizes.groups, height.kernel * width.kernel] }
}

/** Weights `[groups · outputs, inputs, …kernel]` as the left side of products. */
export function packedLeft(
  tensor: Tensor,
  { groups, inputs, outputs, window }: Pick<Convolution, 'groups' | 'inputs' | 'outputs' | 'window'>,
  byPairs = false,
): WeightSource {
  const taps = window.height.kernel * window.width.kernel
  const item = outputs * inputs * taps
  return {
    tensor,
    form: byPairs ? 'qpairs' : 'qgemm.left',
    parameters: [groups, outputs, inputs, taps, inputs * taps, taps, item],
  }
}

function sizesOf({ images, groups, outputs, inputs, x, window }: Convolution): number[] {
  return [images, groups, outputs, inputs, x.zeroPoint, ...convShape(Math.ceil(inputs / 4), window)]
}
