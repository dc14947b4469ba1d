/** Scales and zero points, each number stored once in a graph. */
import type { Graph, Tensor, Value } from '../../ir'
import { type ActivationType, scaleTensor, zeroPointTensor } from './numbers'

export class ConstantPool {
  private readonly values = new Map<string, Value>()

  constructor(private readonly graph: Graph) {}

  scale(scale: number): Value {
    return this.once(`scale ${scale}`, 'scale', () => scaleTensor(scale))
  }

  zeroPoint(type: ActivationType, zeroPoint: number): Value {
    return this.once(`${type} ${zeroPoint}`, `zero_${type}_${zeroPoint}`, () =>
      zeroPointTensor(type, zeroPoint),
    )
  }

  /** The value filed under `key`, made when it is first asked for. */
  once(key: string, name: string, make: () => Tensor): Value {
    const found = this.values.get(key)
    if (found) return found
    const value = this.graph.addInitializer(make(), name)
    this.values.set(key, value)
    return value
  }

  /** A computed value that is shared, such as a decoded weight. */
  share(key: string, make: () => Value): Value {
    const found = this.values.get(key)
    if (found) return found
    const value = make()
    this.values.set(key, value)
    return value
  }
}
