/**
 * A convolution along one axis that was given a second one, of length 1, as TensorFlow does:
 *
 *     Squeeze(Conv(Unsqueeze(x, a)), a)                       ->   Conv(x)
 *     Squeeze(Conv(Transpose(Unsqueeze(x, b)) {perm}), a)     ->   Conv(Transpose(x) {perm'})
 */
import { axesOf } from '../../../analysis'
import { attribute, type Node, type Tensor, type Value } from '../../../ir'
import { bypass, defineRule, graphOf, removeUnused } from '../../../rewrite'
import { transposedOnce } from '../layout/transposed'

/** What has the second axis. */
interface Widened {
  readonly nodes: readonly Node[]
  readonly x: Value
  /** Where the axis of length 1 is, of four. */
  readonly axis: number
  /** The order in which x has its axes otherwise. */
  readonly perm: readonly number[] | undefined
}

interface Found extends Widened {
  readonly conv: Node
  readonly weight: Tensor
  readonly squeezes: readonly Node[]
}

const RANK = 4

export const rowConv = defineRule<Found>({
  name: 'Conv of rows',
  opTypes: ['Conv'],
  match(conv) {
    const widened = widenedBy(conv.input(0))
    const weight = conv.input(1)?.constant
    const squeezes = conv.output()?.consumers ?? []
    if (!widened || !weight || !doesNothingAlong(conv, weight, widened.axis - 2)) return undefined
    if (conv.output()?.isGraphOutput || !squeezes.every((node) => dropsOnly(node, widened.axis)))
      return undefined
    return { ...widened, nodes: [conv, ...squeezes, ...widened.nodes], conv, weight, squeezes }
  },
  rewrite({ nodes, conv, x, perm, axis, weight, squeezes }) {
    const graph = graphOf(conv)
    const shape = weight.shape.filter((_, each) => each !== axis)
    const inputs = [
      perm ? transposedOnce(graph, x, perm) : x,
      graph.addInitializer(weight.withShape(shape)),
      conv.input(2),
    ]
    const y = graph.add('Conv', inputs, {
      attributes: attributesOf(conv, axis - 2),
      name: conv.name,
      before: conv,
    })
    for (const squeeze of squeezes) bypass(squeeze, y.output() as Value)
    removeUnused([conv, ...nodes.slice(1)])
  },
})

function widenedBy(value: Value | undefined): Widened | undefined {
  const node = value?.producer
  const perm = node?.is('Transpose') ? node.ints('perm', undefined) : undefined
  const unsqueeze = perm ? node?.input(0)?.producer : node
  const [axis, ...others] = unsqueeze?.is('Unsqueeze') ? (axesOf(unsqueeze, 1) ?? []) : []
  const x = unsqueeze?.input(0)
  if (!node || !unsqueeze || !x || axis === undefined || others.length > 0) return undefined
  const from = axis < 0 ? axis + RANK : axis
  if (!perm) return { nodes: [node], x, axis: from, perm }
  const rest = perm.filter((each) => each !== from).map((each) => (each > from ? each - 1 : each))
  return { nodes: [node, unsqueeze], x, axis: perm.indexOf(from), perm: rest }
}

/** Whether a convolution of images looks at nothing but the pixel itself along a spatial axis. */
function doesNothingAlong(conv: Node, { shape }: Tensor, axis: number): boolean {
  const pads = conv.ints('pads', [0, 0, 0, 0])
  const automatic = conv.string('auto_pad', 'NOTSET')
  return (
    shape.length === RANK &&
    axis >= 0 &&
    shape[axis + 2] === 1 &&
    !pads[axis] &&
    !pads[axis + 2] &&
    automatic === 'NOTSET'
  )
}

function dropsOnly(node: Node, axis: number): boolean {
  const [dropped, ...others] = node.is('Squeeze') ? (axesOf(node, 1) ?? []) : []
  return dropped !== undefined && others.length === 0 && (dropped < 0 ? dropped + RANK : dropped) === axis
}

/** The attributes of the other spatial axis. */
function attributesOf(conv: Node, axis: number) {
  const other = 1 - axis
  const one = (name: string) => {
    const both = conv.ints(name, undefined)
    return both && { [name]: attribute.ints([both[other] ?? 1]) }
  }
  const pads = conv.ints('pads', undefined)
  return {
    ...one('kernel_shape'),
    ...one('strides'),
    ...one('dilations'),
    ...(pads && { pads: attribute.ints([pads[other] ?? 0, pads[other + 2] ?? 0]) }),
    group: attribute.int(conv.int('group', 1)),
  }
}
