/** Graphs whose layers see each other, and the slow way to look at them: everything is run again for every layer. */
import { collectGrams, type GramMatrix, type GramRequest } from '../../../src/calibrate'
import { attribute, Graph, type Model, Tensor, tensorType, type Value } from '../../../src/ir'
import type { SampleStore } from '../../../src/runtime'
import { image, modelOf } from '../../runtime/support'
import { normals } from '../support'

export class Net {
  readonly graph = new Graph('net')
  readonly requests: GramRequest[] = []
  private seed = 1

  input(name: string, shape: readonly (number | string)[]): Value {
    const value = this.graph.createValue(name, tensorType('float32', shape))
    this.graph.addInput(value)
    return value
  }

  node(opType: string, inputs: readonly (Value | undefined)[], name: string, attributes = {}): Value {
    return this.graph
      .add(opType, inputs, { outputs: [this.graph.createValue(name)], attributes })
      .output() as Value
  }

  weight(shape: readonly number[]): Value {
    const size = shape.reduce((product, each) => product * each, 1)
    return this.graph.addInitializer(Tensor.float32(normals(this.seed++, size, 0.4), shape), 'w')
  }

  /** A 3×3 convolution that is to be looked at. */
  conv(x: Value, inputs: number, outputs: number, name: string): Value {
    const pads = [1, 1, 1, 1]
    const shape = { kind: 'conv', channels: inputs, kernel: [3, 3], pads } as const
    this.requests.push({ key: name, value: x.name, ...shape })
    return this.node('Conv', [x, this.weight([outputs, inputs, 3, 3])], name, { pads: attribute.ints(pads) })
  }

  /** A matrix product that is to be looked at. */
  matmul(x: Value, inputs: number, outputs: number, name: string): Value {
    this.requests.push({ key: name, value: x.name, kind: 'matmul', channels: inputs })
    return this.node('MatMul', [x, this.weight([inputs, outputs])], name)
  }

  model(output: Value): Model {
    this.graph.addOutput(output)
    return modelOf(this.graph)
  }
}

/** Two branches of different lengths that meet, then a product; the convolutions at x share their inputs. */
export function branches(): { model: Model; requests: GramRequest[] } {
  const net = new Net()
  const x = net.input('x', [1, 3, 'h', 'w'])
  const long = net.conv(net.node('Relu', [net.conv(x, 3, 4, 'a')], 'ra'), 4, 4, 'b')
  const short = net.conv(x, 3, 4, 'c')
  const sum = net.node('Add', [net.node('Sigmoid', [long], 'sb'), short], 'sum')
  const pooled = net.node('ReduceMean', [net.conv(sum, 4, 5, 'd')], 'pooled', {
    axes: attribute.ints([2, 3]),
    keepdims: attribute.int(0),
  })
  const product = net.matmul(net.node('Tanh', [pooled], 'tanh'), 5, 6, 'e')
  return {
    model: net.model(net.node('Concat', [product, pooled], 'y', { axis: attribute.int(1) })),
    requests: net.requests,
  }
}

export const images = [image([1, 3, 5, 6], 1), image([1, 3, 7, 4], 2), image([1, 3, 3, 3], 3)].map((x) => ({
  x,
}))

/** Halves the weights of a node, so that everything behind it sees something else. */
export function halve({ graph }: Model, key: string): void {
  const weight = graph.own(key)?.producer?.input(1) as Value
  const halves = Float32Array.from(weight.constant?.elements as Float32Array, (each) => each / 2)
  weight.initializer = Tensor.from('float32', weight.constant?.shape ?? [], halves, weight.name)
}

/** Runs everything again for every layer, in the order given. */
export async function slowly(
  model: Model,
  requests: readonly GramRequest[],
  store: SampleStore,
): Promise<Map<string, GramMatrix>> {
  const grams = new Map<string, GramMatrix>()
  for (const request of requests) {
    const found = await collectGrams(model, [request], store)
    grams.set(request.key, await found.read(request.key))
    await found.dispose()
    halve(model, request.key)
  }
  return grams
}
