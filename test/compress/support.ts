/** Shared by the tests of this room and those around it: tiny models, samples, and what is left on disk. */
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attribute, type Dimension, Graph, Model, Tensor, tensorType } from '../../src/ir'
import type { Pass } from '../../src/passes/pass'
import type { Feeds, FeedTensor } from '../../src/runtime'

/** Numbers between −1 and 1 that look random and are always the same. */
export function numbers(count: number, seed = 1): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => Math.sin((index + 1) * 12.9898 * seed) % 1)
}

/** y = Gemm(Flatten(GlobalAveragePool(Relu(Conv(x)))), 4 classes, for images of 3 channels and any size. */
export function convNet(dims: readonly Dimension[] = ['n', 3, 'h', 'w']): Model {
  const graph = new Graph('net')
  const x = graph.createValue('x', tensorType('float32', dims))
  graph.addInput(x)
  const weight = (name: string, shape: number[], seed: number) =>
    graph.addInitializer(
      Tensor.from(
        'float32',
        shape,
        numbers(
          shape.reduce((a, b) => a * b, 1),
          seed,
        ),
        name,
      ),
    )
  const conv = graph.add('Conv', [x, weight('w1', [8, 3, 3, 3], 2), weight('b1', [8], 3)], {
    name: 'conv',
    attributes: { pads: attribute.ints([1, 1, 1, 1]) },
  })
  const relu = graph.add('Relu', [conv.output()], { name: 'relu' })
  const pool = graph.add('GlobalAveragePool', [relu.output()], { name: 'pool' })
  const flat = graph.add('Flatten', [pool.output()], { name: 'flat' })
  const y = graph.createValue('y', tensorType('float32', ['n', 4]))
  graph.add('Gemm', [flat.output(), weight('w2', [8, 4], 5), weight('b2', [4], 7)], {
    name: 'gemm',
    outputs: [y],
  })
  graph.addOutput(y)
  return new Model(graph, { irVersion: 10, opsetImports: new Map([['', 21]]) })
}

export function tensor(dims: readonly number[], seed = 1): FeedTensor {
  return {
    type: 'float32',
    dims,
    data: numbers(
      dims.reduce((a, b) => a * b, 1),
      seed,
    ),
  }
}

/** Samples for {@link convNet}, of different sizes. */
export function images(count = 4): Feeds[] {
  return Array.from({ length: count }, (_, index) => ({ x: tensor([1, 3, 8 + index, 8], index + 2) }))
}

/** A pass that multiplies every element of a weight. */
export function scaleWeight(name: string, factor: number): Pass {
  return {
    name: `scale ${name}`,
    apply({ graph }) {
      const value = graph.own(name)
      if (!value?.initializer)
        return { changed: 0, skipped: [{ at: name, reason: 'there is no such weight' }] }
      const elements = Float32Array.from(value.initializer.elements as Float32Array, (each) => each * factor)
      value.initializer = Tensor.from('float32', value.initializer.shape, elements, name)
      return { changed: 1, skipped: [] }
    },
  }
}

/** Temporary folders of this process that are on disk, with what is in them. */
export function temporaryEntries(): string[] {
  const roots = readdirSync(tmpdir()).filter((name) => name.startsWith(`onnxpress-${process.pid}-`))
  return roots.flatMap((root) => readdirSync(join(tmpdir(), root)).map((name) => join(root, name)))
}

/** The elements of a tensor of either kind. */
export function floatsOf(
  of: { readonly data?: unknown; readonly elements?: unknown } | undefined,
): Float32Array {
  return (of?.data ?? of?.elements) as Float32Array
}
