import type { DataType, Dimension, Model, Tensor, Value, ValueType } from '../ir'

/**
 * What is known about the types of a model's values: the file's own word and what an inference added. Inferred types
 * stay beside the graph, not in it, so that looking at a model does not make its file larger.
 */
export class TypeView {
  private readonly inferred = new Map<Value, ValueType>()

  /** Adds types by value name, as `PassRuntime.inferTypes` gives them for the main graph. */
  learn(model: Model, inferred: ReadonlyMap<string, ValueType>): void {
    for (const value of model.graph.values) {
      const type = inferred.get(value.name)
      if (type) this.inferred.set(value, type)
    }
  }

  /** Says what is known about a value that a pass has made. */
  record(value: Value, type: ValueType | undefined): void {
    if (type) this.inferred.set(value, type)
  }

  typeOf(value: Value): ValueType | undefined {
    return this.inferred.get(value) ?? value.type
  }

  /** Element type; of constants, that of their tensor. */
  dataTypeOf(value: Value): DataType | undefined {
    const type = this.typeOf(value)
    return (
      value.initializer?.dataType ?? (type?.kind === 'tensor' ? type.dataType : value.tensorType?.dataType)
    )
  }

  /** Sizes of the axes, as far as they are known; undefined where not even the rank is. */
  shapeOf(value: Value): readonly Dimension[] | undefined {
    if (value.initializer) return value.initializer.shape
    const type = this.typeOf(value)
    const shape = type?.kind === 'tensor' ? type.shape : undefined
    const declared = value.tensorType?.shape
    if (!shape || shape === declared || declared?.length !== shape.length) return shape ?? declared
    return shape.map((size, axis) => (typeof size === 'number' ? size : (declared[axis] ?? size)))
  }

  rankOf(value: Value): number | undefined {
    return this.shapeOf(value)?.length
  }

  /** The shape, where every axis is a known number. */
  staticShapeOf(value: Value): readonly number[] | undefined {
    const shape = this.shapeOf(value)
    return shape?.every((size) => typeof size === 'number') ? (shape as readonly number[]) : undefined
  }
}

/** Whether both are known and the same: equal numbers, or the same symbol. */
export function sameDimension(a: Dimension, b: Dimension): boolean {
  return a !== undefined && a === b
}

/**
 * Whether broadcasting `constant` against `value` surely leaves the value's shape as it is, so that an operation with a
 * neutral constant can be dropped.
 */
export function broadcastsInto(constant: Tensor, shape: readonly Dimension[] | undefined): boolean {
  if (constant.shape.length === 0) return true
  if (!shape || constant.shape.length > shape.length) return false
  const offset = shape.length - constant.shape.length
  return constant.shape.every((size, axis) => size === 1 || sameDimension(size, shape[axis + offset]))
}
