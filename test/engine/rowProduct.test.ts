/** Products of rows that were put together beforehand. */
import { prepare } from '../../src/engine/prepare'
import { attribute, Tensor, type Value } from '../../src/ir'
import { closeRuntime } from '../../src/runtime'
import { expectParity, floats, ModelBuilder } from './support'

afterAll(closeRuntime)

interface Layer {
  readonly build: ModelBuilder
  readonly x: Value
}

const integers = ({ build }: Layer, ...numbers: number[]) => build.constant(Tensor.int64(numbers))

const sizeOf = (layer: Layer, of: Value, axis: number) =>
  layer.build.add('Gather', [layer.build.add('Shape', [of]), integers(layer, axis)])

const joined = ({ build }: Layer, ...parts: Value[]) => build.add('Concat', parts, { axis: attribute.int(0) })

/** Rows of x by weights, and back: to its first sizes and `last`. */
function layerOf(layer: Layer, shapeOf: (layer: Layer) => Value, attributes = {}, weights = [6, 10]): Value {
  const { build, x } = layer
  const flat = build.add('Reshape', [x, integers(layer, -1, 6)])
  const product = build.add('Gemm', [flat, build.weight(weights), build.weight([10])], attributes)
  return build.add('Reshape', [product, shapeOf(layer)])
}

function begun(dims: readonly (string | number)[] = ['batch', 'sequence', 6]): Layer {
  const build = new ModelBuilder()
  return { build, x: build.add('Abs', [build.input('x', dims)]) }
}

const alike = (layer: Layer) =>
  joined(layer, sizeOf(layer, layer.x, 0), sizeOf(layer, layer.x, 1), integers(layer, 10))

async function typesOf({ build }: Layer, y: Value): Promise<string[]> {
  build.output(y)
  return (await prepare(build.model)).graph.nodes.map(({ opType }) => opType)
}

const feeds = { x: floats([2, 3, 6]) }

describe('rows that are taken apart again as they were', () => {
  test.each<[string, (layer: Layer) => Value, string[]]>([
    ['by sizes of x', (layer) => layerOf(layer, alike), ['Abs', 'MatMul', 'Add']],
    [
      'the last of which is left open',
      (layer) =>
        layerOf(layer, ({ x }) =>
          joined(layer, sizeOf(layer, x, 0), sizeOf(layer, x, 1), integers(layer, -1)),
        ),
      ['Abs', 'MatMul', 'Add'],
    ],
    [
      'by transposed weights',
      (layer) => layerOf(layer, alike, { transB: attribute.int(1) }, [10, 6]),
      ['Abs', 'Transpose', 'MatMul', 'Add'],
    ],
  ])('%s are one product', async (_, of, types) => {
    const layer = begun()
    const y = of(layer)
    expect(await typesOf(layer, y)).toEqual(types)
    const { kernels } = await expectParity(layer.build.model, feeds, 1e-6)
    expect(kernels.filter((kernel) => kernel !== 'unary.abs')).toHaveLength(1)
  })

  test('what follows may end the product', async () => {
    const layer = begun()
    const skip = layer.build.input('skip', ['batch', 'sequence', 10])
    const sum = layer.build.add('Add', [layerOf(layer, alike), skip])
    layer.build.output(layer.build.add('Relu', [sum]))
    const { kernels } = await expectParity(layer.build.model, { ...feeds, skip: floats([2, 3, 10], 4) }, 1e-6)
    expect(kernels).toHaveLength(2)
  })
})

test.each<[string, (layer: Layer) => Value]>([
  [
    'sizes in another order',
    (layer) =>
      layerOf(layer, ({ x }) => joined(layer, sizeOf(layer, x, 1), sizeOf(layer, x, 0), integers(layer, 10))),
  ],
  ['other sizes', (layer) => layerOf(layer, () => integers(layer, 3, 2, 10))],
  [
    'rows that are asked for',
    (layer) => {
      const y = layerOf(layer, alike)
      layer.build.output(y.producer?.input(0) as Value)
      return y
    },
  ],
  ['a product with a factor', (layer) => layerOf(layer, alike, { alpha: attribute.float(2) })],
  ['more axes', (layer) => layerOf(layer, () => integers(layer, 2, 3, 2, 5))],
])('%s stay', async (_, of) => {
  const layer = begun()
  const y = of(layer)
  expect(await typesOf(layer, y)).toContain('Gemm')
  await expectParity(layer.build.model, feeds, 1e-6)
})
