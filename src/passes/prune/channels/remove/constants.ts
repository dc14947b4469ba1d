/** Every constant loses the channels that are gone: in place, or as a copy for a reader that loses others. */
import { type Node, type Tensor, tensorType, type Value } from '../../../../ir'
import { forgetIfUnused, graphOf } from '../../../../rewrite'
import type { Kept } from './kept'
import { sliceTensor } from './sliceTensor'

export class Constants {
  /** What a constant became for some readers, by what was kept. */
  private readonly copies = new Map<Value, Map<string, Value>>()
  private readonly done = new Set<Value>()

  constructor(private readonly kept: Kept) {}

  /** Slices what a node reads. */
  slice(node: Node): void {
    for (const [index, value] of node.inputs.entries()) {
      const kept = this.kept.input(node, index)
      if (!value?.constant || this.done.has(value) || !kept.some((axis) => axis)) continue
      const isShared = this.kept.analysis.drawing.places.input(node, index)?.[0]?.use !== undefined
      if (isShared && !isOwn(value)) this.replace(node, index, value, kept)
      else this.change(value, kept)
    }
  }

  private change(value: Value, kept: readonly (Int32Array | undefined)[]): void {
    const tensor = sliceTensor(value.constant as Tensor, kept)
    value.initializer = tensor
    value.type = tensorType(tensor.dataType, tensor.shape)
    this.done.add(value)
  }

  private replace(node: Node, index: number, value: Value, kept: readonly (Int32Array | undefined)[]): void {
    const copies = this.copies.get(value) ?? new Map<string, Value>()
    this.copies.set(value, copies)
    const key = kept.map((axis) => axis?.join() ?? '').join(';')
    const copy =
      copies.get(key) ?? graphOf(node).addInitializer(sliceTensor(value.constant as Tensor, kept), value.name)
    copies.set(key, copy)
    this.done.add(copy)
    node.setInput(index, copy)
    forgetIfUnused(value)
  }
}

function isOwn(value: Value): boolean {
  return value.uses.length === 1 && !value.isGraphOutput
}
