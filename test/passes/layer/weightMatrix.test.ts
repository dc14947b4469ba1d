import type { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { attribute, type Tensor } from '../../../src/ir'
import { gramRequest } from '../../../src/passes/layer/gramRequest'
import { findLayers, type Layer } from '../../../src/passes/layer/layer'
import { fromMatrix, matrixShape, toMatrix, transposed } from '../../../src/passes/layer/weightMatrix'
import { LayerBuilder, patchesOf, runValues, samplesFor } from '../quantize/support'

const layers: [string, (b: LayerBuilder) => void, ReturnType<typeof matrixShape>][] = [
  [
    'Conv',
    (b) => b.conv(b.input('x', [1, 3, 5, 5]), [4, 3, 3, 2], { bias: false }),
    { groups: 1, rows: 4, columns: 18, channels: 3, taps: 6 },
  ],
  [
    'grouped Conv',
    (b) => b.conv(b.input('x', [1, 6, 5, 5]), [4, 3, 2, 2], { group: 2, bias: false }),
    { groups: 2, rows: 2, columns: 12, channels: 3, taps: 4 },
  ],
  [
    'MatMul',
    (b) => b.node('MatMul', [b.input('x', [2, 5]), b.some([5, 3])]),
    { groups: 1, rows: 3, columns: 5, channels: 5, taps: 1 },
  ],
  [
    'Gemm, transposed',
    (b) => b.node('Gemm', [b.input('x', [2, 5]), b.some([3, 5])], { transB: attribute.int(1) }),
    { groups: 1, rows: 3, columns: 5, channels: 5, taps: 1 },
  ],
  [
    'ConvTranspose, as wide as its stride',
    (b) =>
      b.node('ConvTranspose', [b.input('x', [1, 4, 3, 3]), b.some([4, 3, 2, 2])], {
        strides: attribute.ints([2, 2]),
      }),
    { groups: 1, rows: 12, columns: 4, channels: 4, taps: 1 },
  ],
  [
    'grouped ConvTranspose',
    (b) =>
      b.node('ConvTranspose', [b.input('x', [1, 4, 3, 3]), b.some([4, 3, 2, 2])], {
        strides: attribute.ints([2, 2]),
        group: attribute.int(2),
      }),
    { groups: 2, rows: 12, columns: 2, channels: 2, taps: 1 },
  ],
]

/** All products of rows of the matrices with patches, and all outputs of the layer: the same numbers in some order. */
test.each(layers)('%s: its matrix times the patches of its input is its output', async (_, make, shape) => {
  const b = new LayerBuilder()
  make(b)
  const layer = findLayers(b.model.graph, () => false).layers[0] as Layer
  b.output(layer.node.output()!)
  expect(matrixShape(layer)).toEqual(shape)
  const weight = (layer.weight.constant as Tensor).elements as Float32Array
  const matrix = toMatrix(layer, weight)
  expect(fromMatrix(layer, matrix)).toEqual(weight)
  const [values] = await runValues(b.model, [layer.key], samplesFor(b.model, 1))
  const { groups, rows, columns } = shape
  const products = Array.from({ length: groups }, (_, group) =>
    patchesOf(gramRequest(layer), values!.x as RuntimeTensor, group, groups).flatMap((patch) =>
      Array.from({ length: rows }, (_, row) =>
        patch.reduce((sum, x, column) => sum + x * matrix[(group * rows + row) * columns + column]!, 0),
      ),
    ),
  ).flat()
  const outputs = [...(values![layer.key]!.data as Float32Array)]
  expect(products).toHaveLength(outputs.length)
  const [found, wanted] = [products, outputs].map((each) => each.sort((p, q) => p - q))
  found!.forEach((product, index) => {
    expect(product).toBeCloseTo(wanted![index]!, 4)
  })
})

test('transposed', () => {
  expect(transposed(Int8Array.of(1, 2, 3, 4, 5, 6), 2, 3)).toEqual(Int8Array.of(1, 4, 2, 5, 3, 6))
  expect(transposed(new Float32Array(0), 0, 3)).toHaveLength(0)
})
