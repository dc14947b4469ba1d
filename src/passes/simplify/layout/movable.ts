/** Operators that do the same whatever order their operands' axes are in, once what they say of axes is changed. */
import { axesOf, numbersOf, type TypeView } from '../../../analysis'
import { attribute, type Node, Tensor, type Value } from '../../../ir'
import { graphOf } from '../../../rewrite'
import { inverse, type Permutation, permuted } from './permutation'

/** A node whose operands may have their axes in another order. */
export interface Movable {
  /** Those of its inputs that are no constants: all have as many axes. */
  readonly operands: readonly Value[]
  /** Whether its results have their axes in the new order too, or have lost those that moved. */
  readonly movesOutputs: boolean
  /** Changes what the node says of axes, and constants that are broadcast. */
  move(): void
}

/** Where a node is: how many axes its operands have, and the order that they are to get. */
export interface Site {
  readonly node: Node
  readonly order: Permutation
  readonly types: TypeView
  readonly opset: number
}

type Kind = (site: Site) => Movable | undefined

/** How `node` takes operands in this order; undefined where it cannot. */
export function movableOf(site: Site): Movable | undefined {
  return KINDS.get(site.node.qualifiedType)?.(site)
}

const newAxis = ({ order }: Site, axis: number) =>
  inverse(order)[axis < 0 ? axis + order.length : axis] ?? axis

/** Changes nothing but its first input. */
const elementwise: Kind = ({ node }) => {
  const [x] = node.inputs
  return x && { operands: [x], movesOutputs: true, move: () => {} }
}

/** Constants are broadcast along new axes; all others must have as many axes. */
const broadcasting: Kind = (site) => {
  const { node, order, types } = site
  const inputs = node.inputs.filter((input) => input !== undefined)
  const operands = [...new Set(inputs.filter((input) => !input.constant))]
  if (operands.some((operand) => types.rankOf(operand) !== order.length)) return undefined
  if (inputs.some(({ constant }) => (constant?.shape.length ?? 0) > order.length)) return undefined
  const constants = node.inputs.map((input) => input?.constant)
  const move = () => {
    for (const [index, constant] of constants.entries()) if (constant) moveConstant(site, index, constant)
  }
  return { operands, movesOutputs: true, move }
}

/** A constant that is broadcast: of one axis by its shape, of several by a Transpose of it, which is folded. */
function moveConstant({ node, order }: Site, index: number, constant: Tensor): void {
  if (constant.size === 1) return
  const shape = [...new Array<number>(order.length - constant.shape.length).fill(1), ...constant.shape]
  const graph = graphOf(node)
  if (shape.filter((size) => size !== 1).length === 1) {
    node.setInput(index, graph.addInitializer(constant.withShape(permuted(order, shape))))
    return
  }
  const whole = graph.addInitializer(constant.withShape(shape))
  const perm = { perm: attribute.ints(order) }
  node.setInput(index, graph.add('Transpose', [whole], { attributes: perm, before: node }).output())
}

/** Says one axis. */
function alongAxis(fallback: number): Kind {
  return (site) => {
    const { node, order, types } = site
    const operands = [...new Set(node.inputs.filter((input) => input !== undefined))].slice(
      0,
      node.is('Concat') ? undefined : 1,
    )
    if (operands.some((operand) => operand.constant || types.rankOf(operand) !== order.length))
      return undefined
    const move = () => node.setAttribute('axis', attribute.int(newAxis(site, node.int('axis', fallback))))
    return { operands, movesOutputs: true, move }
  }
}

/** Softmax and its like saw the axes from one on as one before operator set 13. */
const normalizing: Kind = (site) => (site.opset >= 13 ? alongAxis(-1)(site) : undefined)

const extreme: Kind = (site) => (site.node.int('keepdims', 1) === 1 ? alongAxis(0)(site) : undefined)

/** By one scale, or by those of an axis. */
const quantization: Kind = (site) => {
  const { node } = site
  if (node.int('block_size', 0) !== 0) return undefined
  const found = elementwise(site)
  if (node.input(1)?.constant?.size === 1) return found
  const move = () => node.setAttribute('axis', attribute.int(newAxis(site, node.int('axis', 1))))
  return found && node.input(1)?.constant?.shape.length === 1 ? { ...found, move } : undefined
}

/** What is left of an operand without these axes must be in the same order as before. */
function keepsRest(site: Site, axes: readonly number[]): boolean {
  const gone = new Set(axes.map((axis) => newAxis(site, axis)))
  const rest = site.order.filter((_, to) => !gone.has(to))
  return rest.every((axis, index) => index === 0 || axis > (rest[index - 1] as number))
}

const reduction: Kind = (site) => {
  const { node } = site
  const [x] = node.inputs
  const axes = axesOf(node, 1)
  const keepsAxes = node.int('keepdims', 1) === 1
  if (!x || x.constant || (node.input(1) && !axes) || (!keepsAxes && !keepsRest(site, axes ?? [])))
    return undefined
  return { operands: [x], movesOutputs: keepsAxes, move: () => axes && setAxes(site, axes) }
}

const squeeze: Kind = (site) => {
  const [x] = site.node.inputs
  const axes = axesOf(site.node, 1)
  if (!x || x.constant || !axes || !keepsRest(site, axes)) return undefined
  return { operands: [x], movesOutputs: false, move: () => setAxes(site, axes) }
}

function setAxes(site: Site, axes: readonly number[]): void {
  const { node } = site
  const moved = axes.map((axis) => newAxis(site, axis))
  if (node.attributes.has('axes')) node.setAttribute('axes', attribute.ints(moved))
  else node.setInput(1, graphOf(node).addInitializer(Tensor.int64(moved)))
}

/** By constants for all axes. */
const pad: Kind = (site) => {
  const { node, order } = site
  const pads = numbersOf(node.input(1))
  const found = elementwise(site)
  if (!found || pads?.length !== 2 * order.length || node.input(3)) return undefined
  const move = () => {
    const [before, behind] = [pads.slice(0, order.length), pads.slice(order.length)]
    const moved = [...permuted(order, before), ...permuted(order, behind)]
    node.setInput(1, graphOf(node).addInitializer(Tensor.int64(moved)))
  }
  return { ...found, move }
}

/** By constants, of axes that it names. */
const slice: Kind = (site) => {
  const { node } = site
  const axes = numbersOf(node.input(3))
  const found = elementwise(site)
  if (!found || !axes) return undefined
  const move = () => {
    const moved = axes.map((axis) => newAxis(site, axis))
    node.setInput(3, graphOf(node).addInitializer(Tensor.int64(moved)))
  }
  return { ...found, move }
}

const KINDS: ReadonlyMap<string, Kind> = new Map(
  (
    [
      [
        elementwise,
        'Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Cast Ceil Celu Clip Cos Cosh Elu Erf Exp Floor Gelu HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Log Mish Neg Not Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu com.microsoft.QuickGelu',
      ],
      [
        broadcasting,
        'Add And Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or PRelu Pow Sub Sum Where Xor',
      ],
      [alongAxis(0), 'Concat Split'],
      [normalizing, 'Softmax LogSoftmax Hardmax'],
      [extreme, 'ArgMax ArgMin'],
      [quantization, 'QuantizeLinear DequantizeLinear'],
      [
        reduction,
        'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare',
      ],
      [squeeze, 'Squeeze'],
      [pad, 'Pad'],
      [slice, 'Slice'],
    ] as const
  ).flatMap(([kind, types]) => types.split(' ').map((type) => [type, kind] as const)),
)
