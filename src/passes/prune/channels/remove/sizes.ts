/** Rewrites single elements of vectors of sizes, through the nodes that put them together. */
import { numbersOf } from '../../../../analysis'
import { fromStart } from '../../../../analysis/channels'
import { OnnxpressError } from '../../../../errors'
import { type Node, Tensor, type Value } from '../../../../ir'
import { forgetIfUnused, graphOf, insertBefore, removeUnused } from '../../../../rewrite'
import { coneOf } from '../../../simplify/cone'
import type { Kept } from './kept'

/** New numbers by element. */
export type Changes = ReadonlyMap<number, number>

export class SizeVectors {
  constructor(private readonly elements: Kept['analysis']['drawing']['sizes']) {}

  /** Lets input `index` of a node, a vector of sizes, have other numbers; who else reads it keeps the old ones. */
  change(node: Node, index: number, changes: Changes): void {
    const value = node.input(index)
    if (!value || changes.size === 0) return
    node.setInput(index, this.changed(node, value, changes))
    removeUnused([...coneOf(value)])
    forgetIfUnused(value)
  }

  private changed(before: Node, value: Value, changes: Changes): Value {
    if (changes.size === 0) return value
    if (value.constant) return changedConstant(before, value, value.constant, changes)
    const { producer } = value
    switch (producer?.opType) {
      case 'Concat':
        return this.copy(before, producer, this.inParts(producer, changes))
      case 'Gather':
      case 'Slice':
        return this.copy(before, producer, [this.picked(producer, changes)])
      case 'Cast':
      case 'Squeeze':
      case 'Unsqueeze':
      case 'Identity':
        return this.copy(before, producer, [changes])
      default:
        throw new OnnxpressError('UNSUPPORTED', `Sizes that ${producer?.label} makes cannot be changed`, {
          at: value.name,
        })
    }
  }

  private copy(before: Node, node: Node, changes: readonly Changes[]): Value {
    const inputs = node.inputs.map(
      (input, index) => input && this.changed(before, input, changes[index] ?? new Map()),
    )
    return insertBefore(before, node.opType, inputs, { attributes: Object.fromEntries(node.attributes) })
  }

  /** Which elements of which part of a Concat change. */
  private inParts(node: Node, changes: Changes): Changes[] {
    let start = 0
    return node.inputs.map((input) => {
      const [first, end] = [start, start + this.lengthOf(input)]
      start = end
      const own = [...changes].filter(([at]) => at >= first && at < end)
      return new Map(own.map(([at, size]) => [at - first, size]))
    })
  }

  /** From elements that were picked to those they were picked from. */
  private picked(node: Node, changes: Changes): Changes {
    const indices = node.is('Gather') ? numbersOf(node.input(1)) : undefined
    const [start = 0] = node.ints('starts', undefined) ?? numbersOf(node.input(1)) ?? []
    const from = (at: number) =>
      fromStart(indices ? (indices[at] ?? 0) : start + at, this.lengthOf(node.input(0)))
    return new Map([...changes].map(([at, size]) => [from(at), size]))
  }

  private lengthOf(value: Value | undefined): number {
    return this.elements.of(value)?.length ?? 0
  }
}

function changedConstant(before: Node, value: Value, tensor: Tensor, changes: Changes): Value {
  const numbers = tensor.toNumbers().map((number, at) => changes.get(at) ?? number)
  const made =
    tensor.dataType === 'int32'
      ? Tensor.from('int32', tensor.shape, Int32Array.from(numbers))
      : Tensor.int64(numbers, tensor.shape)
  return graphOf(before).addInitializer(made, value.name)
}
