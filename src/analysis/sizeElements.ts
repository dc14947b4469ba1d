/**
 * Vectors of sizes and where each of their elements comes from: a number in a constant, which can be rewritten, or the
 * size of an axis, which follows by itself when the axis gets shorter.
 */
import type { Graph, Node, Value } from '../ir'
import { numbersOf, scalarOf } from './constants'

export type SizeElement =
  | { readonly kind: 'literal'; readonly number: number }
  | { readonly kind: 'axis'; readonly of: Value; readonly axis: number }
  | { readonly kind: 'computed' }

/** Vectors longer than this are data, not shapes. */
const LONGEST = 64

/** How many nodes are followed back. */
const DEEPEST = 64

/** Sizes of a value's axes: what is no number is not known. */
type Shapes = (value: Value) => readonly unknown[] | undefined

export interface SizeElementsOptions {
  /** What other graphs compute is not looked into; every graph is, if left out. */
  readonly graph?: Graph
  /** Whether vectors that are computed otherwise, but have a known length, have elements; false if left out. */
  readonly hasComputed?: boolean
}

export class SizeElements {
  private readonly known = new Map<Value, readonly SizeElement[] | undefined>()

  constructor(
    private readonly shapeOf: Shapes,
    private readonly options: SizeElementsOptions = {},
  ) {}

  /** The elements of an integer scalar or vector; undefined where it has none that are known. */
  of(value: Value | undefined, depth = 0): readonly SizeElement[] | undefined {
    if (!value || depth > DEEPEST) return undefined
    if (this.known.has(value)) return this.known.get(value)
    const found = value.constant ? literals(value) : (this.made(value.producer, depth) ?? this.opaque(value))
    this.known.set(value, found)
    return found
  }

  /** Whether a node only hands sizes on, so that it is for its readers to understand them. */
  handsOn(node: Node): boolean {
    return this.made(node) !== undefined
  }

  private made(node: Node | undefined, depth = 0): readonly SizeElement[] | undefined {
    if (node?.domain !== '' || (this.options.graph ?? node.graph) !== node.graph) return undefined
    const read = (index: number) => this.of(node.input(index), depth + 1)
    switch (node.opType) {
      case 'Shape':
        return this.shape(node)
      case 'Cast':
        return [6, 7].includes(node.int('to', 0)) ? read(0) : undefined
      case 'Squeeze':
      case 'Unsqueeze':
      case 'Identity':
        return read(0)
      case 'Concat':
        return concatenated(node.inputs.map((_, index) => read(index)))
      case 'Gather':
        return gathered(node, read(0))
      case 'Slice':
        return sliced(node, read(0))
      default:
        return undefined
    }
  }

  private shape(node: Node): readonly SizeElement[] | undefined {
    const x = node.input(0)
    const axes = x && this.shapeOf(x)
    const elements = axes?.map((_, axis): SizeElement => ({ kind: 'axis', of: x as Value, axis }))
    return elements?.slice(node.int('start', 0), node.int('end', undefined))
  }

  /** Elements of which only the number is known. */
  private opaque(value: Value): readonly SizeElement[] | undefined {
    const sizes = this.options.hasComputed ? this.shapeOf(value) : undefined
    const length = sizes?.length === 0 ? 1 : sizes?.[0]
    if (!sizes || sizes.length > 1 || typeof length !== 'number' || length > LONGEST) return undefined
    return new Array<SizeElement>(length).fill({ kind: 'computed' })
  }
}

function literals(value: Value): readonly SizeElement[] | undefined {
  const { dataType, shape, size } = value.constant ?? { dataType: '', shape: [], size: 0 }
  if ((dataType !== 'int64' && dataType !== 'int32') || shape.length > 1 || size > LONGEST) return undefined
  return numbersOf(value)?.map((number) => ({ kind: 'literal', number }))
}

function concatenated(
  parts: readonly (readonly SizeElement[] | undefined)[],
): readonly SizeElement[] | undefined {
  const known = parts.filter((part) => part !== undefined)
  return known.length === parts.length ? known.flat() : undefined
}

function gathered(
  node: Node,
  elements: readonly SizeElement[] | undefined,
): readonly SizeElement[] | undefined {
  const indices = numbersOf(node.input(1), LONGEST)
  if (!elements || node.int('axis', 0) !== 0) return undefined
  return indices?.map((index) => elements.at(index) ?? { kind: 'computed' })
}

function sliced(
  node: Node,
  elements: readonly SizeElement[] | undefined,
): readonly SizeElement[] | undefined {
  const [start, ...starts] = node.ints('starts', undefined) ?? numbersOf(node.input(1)) ?? []
  const [end] = node.ints('ends', undefined) ?? numbersOf(node.input(2)) ?? []
  const step = node.input(4) ? scalarOf(node.input(4)) : 1
  if (!elements || start === undefined || end === undefined || starts.length > 0 || step !== 1)
    return undefined
  return elements.slice(start, end)
}
