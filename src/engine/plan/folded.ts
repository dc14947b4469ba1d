/**
 * Tensors that are computed of constants while a plan is made. Plans for other shapes get the same ones, as long as
 * something holds them: what is packed of a tensor is not packed again of its equal. A few integers, as the arithmetic on
 * shapes has them, are held here, and told by what they are: every plan makes them anew.
 */
import type { DataType, Tensor } from '../../ir'
import { MOST_NUMBERS } from './shapeArithmetic'

type Tensors = readonly (Tensor | undefined)[]

interface Folded {
  /** Which tensors they were computed from, and how. */
  readonly from: string
  /** What they are called, computed again or not. */
  readonly names: readonly (number | undefined)[]
  readonly tensors: readonly (Pick<WeakRef<Tensor>, 'deref'> | undefined)[]
}

const INTEGERS = new Set<DataType>(['int64', 'int32', 'bool'])

/** The latest of each node, or of whatever they are computed for. */
const latest = new WeakMap<object, Folded>()
const names = new WeakMap<Tensor, number>()
let count = 0

/**
 * What `compute` makes for `owner`, or has made of the same inputs before; undefined where it cannot.
 * @param how what else decides the result
 */
export function foldedOnce<Made extends Tensors | undefined>(
  owner: object,
  inputs: Tensors,
  how: string,
  compute: () => Made,
): Made | Tensors {
  const from = `${inputs.map((tensor) => tensor && nameOf(tensor))};${how}`
  const before = latest.get(owner)
  const same = before?.from === from ? before : undefined
  const known = same?.tensors.map((tensor) => tensor?.deref())
  if (known?.every((tensor, index) => tensor || !same?.tensors[index])) return known
  const made = compute()
  if (made) latest.set(owner, remembered(from, made, same?.names ?? []))
  return made
}

function remembered(from: string, made: Tensors, before: Folded['names']): Folded {
  return {
    from,
    names: made.map((tensor, index) => tensor && numberOf(tensor, before[index])),
    tensors: made.map(
      (tensor) => tensor && (isSmall(tensor) ? { deref: () => tensor } : new WeakRef(tensor)),
    ),
  }
}

const isSmall = ({ size, dataType }: Tensor) => size <= MOST_NUMBERS && INTEGERS.has(dataType)

/** What a small tensor holds, or a number for a large one. */
function nameOf(tensor: Tensor): string {
  const { dataType, shape } = tensor
  return isSmall(tensor) ? `${dataType}[${shape}]=${tensor.elements}` : `${numberOf(tensor)}`
}

/** A number for a tensor, the one that it had before it was computed again. */
function numberOf(tensor: Tensor, before?: number): number {
  const name = names.get(tensor) ?? before ?? count++
  names.set(tensor, name)
  return name
}
