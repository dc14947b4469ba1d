/**
 * Two scalar steps in a row become one:
 *
 *     (x · a) · b   ->   x · (a b)          (x + a) + b   ->   x + (a + b)
 *
 * with Div as multiplication by the inverse and Sub as addition of the negative. Float only: integers wrap.
 */
import { scalarOf } from '../../../analysis'
import { type Node, Tensor, type Value } from '../../../ir'
import { decline, defineRule, graphOf, removeUnused, replaceNode } from '../../../rewrite'
import { type Affine, compose, isUnitScale, isZeroShift, onlyReader, readAffine } from '../affine'

interface Found {
  readonly nodes: readonly Node[]
  readonly first: Affine
  readonly second: Affine
}

const SCALAR = { trailing: 0, rank: Number.POSITIVE_INFINITY }
const SMALLEST_NORMAL = 2 ** -126

export const mergeScalars = defineRule<Found>({
  name: 'merge scalar Mul and Add',
  opTypes: ['Mul', 'Div', 'Add', 'Sub'],
  match(node) {
    const second = readScalarStep(node)
    const producer = second?.input.producer
    const first = producer && onlyReader(second.input) === node ? readScalarStep(producer) : undefined
    if (!first || !second || producer?.graph !== node.graph) return undefined
    const sameKind =
      (isUnitScale(first) && isUnitScale(second)) || (isZeroShift(first) && isZeroShift(second))
    if (!sameKind) return undefined
    if (!isSafe(first, second)) return decline(node, 'the two constants together leave the range of float32')
    return { nodes: [node, first.node], first, second }
  },
  rewrite({ first, second }) {
    const { scale, shift } = compose(first, second)
    const [opType, number] = isUnitScale(first) && isUnitScale(second) ? ['Add', shift[0]] : ['Mul', scale[0]]
    const shape = [constantOf(first), constantOf(second)].reduce((a, b) => (a.length >= b.length ? a : b))
    const dataType = second.node.inputs.find((input) => input?.constant)?.constant?.dataType
    const elements =
      dataType === 'float64' ? Float64Array.of(number as number) : Float32Array.of(number as number)
    const tensor = Tensor.from(dataType === 'float64' ? dataType : 'float32', shape, elements)
    const name = second.node.inputs.find((input) => input?.constant)?.name ?? 'constant'
    replaceNode(second.node, opType as string, [
      first.input,
      graphOf(second.node).addInitializer(tensor, name),
    ])
    removeUnused([first.node])
  },
})

function readScalarStep(node: Node): Affine | undefined {
  if (!node.inputs.some((input) => scalarOf(input) !== undefined)) return undefined
  const affine = readAffine(node, SCALAR)
  return affine?.scale.length === 1 && affine.shift.length === 1 ? affine : undefined
}

function constantOf({ node }: Affine): readonly number[] {
  return (node.inputs.find((input) => input?.constant) as Value).constant?.shape ?? []
}

/** Whether the merged number is zero only where one of the two is, and neither over- nor underflows. */
function isSafe(first: Affine, second: Affine): boolean {
  const { scale, shift } = compose(first, second)
  const factor = Math.abs(scale[0] as number)
  if (!Number.isFinite(Math.fround(factor)) || !Number.isFinite(Math.fround(shift[0] as number))) return false
  return factor >= SMALLEST_NORMAL
}
