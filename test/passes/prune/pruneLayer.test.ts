/** What pruning says of a layer, held against patches and outputs in double. */
import type { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { attribute } from '../../../src/ir'
import { gramRequest } from '../../../src/passes/layer/gramRequest'
import { matrixShape, toMatrix } from '../../../src/passes/layer/weightMatrix'
import { pruneLayer } from '../../../src/passes/prune/pruneLayer'
import { LayerBuilder, patchesOf, runtimeOver, samplesFor } from '../quantize/support'
import { layersOf, matrixOf } from './support'

const SIZE = 7
const models: [string, (b: LayerBuilder) => void][] = [
  ['a convolution', (b) => b.conv(b.input('x', [1, 4, SIZE, SIZE]), [6, 4, 3, 3], { pads: 1 })],
  ['groups', (b) => b.conv(b.input('x', [1, 8, SIZE, SIZE]), [4, 4, 3, 3], { group: 2 })],
  ['depthwise', (b) => b.conv(b.input('x', [1, 3, SIZE, SIZE]), [3, 1, 3, 3], { group: 3 })],
  ['a Gemm', (b) => b.node('Gemm', [b.input('x', [30, 12]), b.some([12, 5])])],
]

/** Errors of the outputs over all patches: mean squares, with the bias's correction if there is one. */
async function measure(make: (b: LayerBuilder) => void, takesMean: boolean) {
  const b = new LayerBuilder()
  make(b)
  b.output(b.model.graph.nodes.at(-1)!.output()!)
  const samples = samplesFor(b.model, 3)
  const layer = layersOf(b.model)[0]!
  const request = gramRequest(layer)
  const grams = await runtimeOver(b.model, samples).collectGrams(b.model, [request])
  const how = {
    pattern: { kind: 'unstructured', ratio: 0.5 },
    score: 'obs',
    reconstruct: true,
    damping: 0.01,
  } as const
  const pruned = await pruneLayer(layer, await grams.read(layer.key), { ...how, takesMean })
  const { groups, rows, columns } = matrixShape(layer)
  const before = matrixOf(layer)
  const after = toMatrix(layer, pruned.weight.elements as Float32Array)
  const sums = {
    variance: 0,
    masked: 0,
    reconstructed: 0,
    shifts: new Float64Array(groups * rows),
    counts: 0,
  }
  for (let group = 0; group < groups; group++) {
    const patches = samples.flatMap(({ x }) => patchesOf(request, x as RuntimeTensor, group, groups))
    for (let row = 0; row < rows; row++) {
      const at = group * rows + row
      const dot = (patch: readonly number[], weight: (index: number) => number) =>
        patch.reduce((sum, value, column) => sum + value * weight(at * columns + column), 0)
      const mean = (numbers: readonly number[]) =>
        numbers.reduce((sum, each) => sum + each / numbers.length, 0)
      const outputs = patches.map((patch) => dot(patch, (index) => before[index]!))
      const errors = patches.map((patch) => dot(patch, (index) => before[index]! - after[index]!))
      const zeroed = patches.map((patch) => dot(patch, (index) => (after[index] === 0 ? before[index]! : 0)))
      const shift = mean(errors)
      sums.shifts[at] = shift
      const centre = takesMean ? mean(outputs) : 0
      sums.variance += mean(outputs.map((each) => (each - centre) ** 2))
      sums.masked += mean(zeroed.map((each) => each ** 2))
      sums.reconstructed += mean(errors.map((each) => (each - (takesMean ? shift : 0)) ** 2))
    }
  }
  return { pruned, sums }
}

describe.each(models)('%s', (_, make) => {
  test.each([true, false])(
    'its errors and shifts are those of its outputs; the bias takes part: %p',
    async (takesMean) => {
      const { pruned, sums } = await measure(make, takesMean)
      for (const name of ['variance', 'masked', 'reconstructed'] as const)
        expect(Math.abs(pruned.error![name] - sums[name])).toBeLessThanOrEqual(1e-6 * sums.masked)
      expect(pruned.error!.reconstructed).toBeLessThan(pruned.error!.masked)
      if (!takesMean) expect(pruned.correction).toBeUndefined()
      pruned.correction?.forEach((shift, output) => {
        expect(shift).toBeCloseTo(sums.shifts[output]!, 6)
      })
      expect(pruned.zeros).toBe(
        [...(pruned.weight.elements as Float32Array)].filter((each) => each === 0).length,
      )
    },
  )
})

test('of many outputs a spread of them stands for all', async () => {
  const b = new LayerBuilder()
  b.output(b.node('MatMul', [b.input('x', [40, 6]), b.some([6, 400])]))
  const samples = samplesFor(b.model, 2)
  const layer = layersOf(b.model)[0]!
  const grams = await runtimeOver(b.model, samples).collectGrams(b.model, [gramRequest(layer)])
  const how = {
    pattern: { kind: 'nOfM', n: 1, m: 2 },
    score: 'obs',
    reconstruct: true,
    damping: 0.01,
  } as const
  const { error } = await pruneLayer(layer, await grams.read(layer.key), { ...how, takesMean: false })
  expect(error!.masked).toBeGreaterThan(error!.reconstructed)
  expect(error!.reconstructed / error!.variance).toBeLessThan(1)
})

test('a weight of ONNX order keeps it', async () => {
  const b = new LayerBuilder()
  b.output(b.node('Gemm', [b.input('x', [4, 8]), b.some([3, 8])], { transB: attribute.int(1) }))
  const layer = layersOf(b.model)[0]!
  const how = {
    pattern: { kind: 'nOfM', n: 2, m: 4 },
    score: 'magnitude',
    reconstruct: false,
    damping: 0,
  } as const
  const { weight, correction, error } = await pruneLayer(layer, undefined, { ...how, takesMean: false })
  expect([weight.shape, correction, error]).toEqual([[3, 8], undefined, undefined])
  const elements = weight.elements as Float32Array
  for (let start = 0; start < 24; start += 4)
    expect([...elements.subarray(start, start + 4)].filter((each) => each === 0)).toHaveLength(2)
})
