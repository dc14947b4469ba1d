/** Graphs with factors compute what the weight computes that the factors come to. */
import { attribute, type Model, type Value } from '../../../src/ir'
import { findLayers } from '../../../src/passes/layer/layer'
import { factorLayer, standIn, writeLayer } from '../../../src/passes/lowRank/factored'
import type { SchemeKind } from '../../../src/passes/lowRank/scheme'
import { factoredCost } from '../../../src/passes/lowRank/scheme'
import { LayerBuilder, runAll, samplesFor, snrOf } from '../quantize/support'
import { onlyLayer } from './support'

const POINT = { parameters: 0, macs: undefined, error: 0 }

type Make = (b: LayerBuilder) => Value
const conv =
  (
    shape: number[],
    attributes: Record<string, number[] | string> = {},
    size = [9, 8],
    opType = 'Conv',
  ): Make =>
  (b) => {
    const made = Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === 'string' ? attribute.string(value) : attribute.ints(value),
    ])
    const channels = opType === 'Conv' ? shape[1] : shape[0]
    const outputs = opType === 'Conv' ? shape[0] : shape[1]
    const x = b.input('x', [2, channels as number, ...size])
    const inputs = [x, b.some(shape), b.some([outputs as number])]
    return b.node(opType, inputs, Object.fromEntries(made), 'y')
  }
const gemm =
  (transB: 0 | 1): Make =>
  (b) =>
    b.node(
      'Gemm',
      [b.input('x', [3, 5]), b.some(transB ? [7, 5] : [5, 7]), b.some([7])],
      transB ? { transB: attribute.int(1) } : {},
      'y',
    )

const CASES: [string, Make, SchemeKind, number[]][] = [
  ['a 1×1 convolution', conv([7, 5, 1, 1]), 'pair', [3]],
  [
    'a convolution that strides and pads',
    conv([7, 5, 3, 3], { strides: [2, 1], pads: [1, 0, 2, 1] }),
    'pair',
    [3],
  ],
  ['Gemm', gemm(0), 'pair', [2]],
  ['Gemm, transposed', gemm(1), 'pair', [2]],
  [
    'MatMul over three axes',
    (b) => b.node('MatMul', [b.input('x', [2, 3, 5]), b.some([5, 7])], {}, 'y'),
    'pair',
    [2],
  ],
  [
    'a transposed convolution',
    conv(
      [5, 4, 3, 2],
      { strides: [2, 2], pads: [1, 0, 0, 1], output_padding: [1, 0] },
      [4, 5],
      'ConvTranspose',
    ),
    'pair',
    [3],
  ],
  ['a convolution along a line', conv([6, 5, 3], { strides: [2], pads: [1, 1] }, [9]), 'tucker', [3, 2]],
  ['spatial', conv([7, 5, 3, 2]), 'spatial', [4]],
  [
    'spatial that strides, pads and dilates',
    conv([7, 5, 3, 3], { strides: [2, 1], pads: [2, 1, 0, 3], dilations: [1, 2] }),
    'spatial',
    [4],
  ],
  ['spatial, SAME_UPPER', conv([7, 5, 3, 2], { strides: [2, 2], auto_pad: 'SAME_UPPER' }), 'spatial', [4]],
  ['spatial, SAME_LOWER', conv([7, 5, 2, 3], { auto_pad: 'SAME_LOWER' }), 'spatial', [4]],
  ['Tucker', conv([7, 5, 3, 3]), 'tucker', [3, 4]],
  [
    'Tucker that strides, pads and dilates',
    conv([7, 5, 3, 3], { strides: [1, 2], pads: [2, 1, 0, 1], dilations: [2, 1], kernel_shape: [3, 3] }),
    'tucker',
    [3, 4],
  ],
  ['Tucker, SAME_LOWER', conv([7, 5, 2, 2], { strides: [2, 2], auto_pad: 'SAME_LOWER' }), 'tucker', [3, 4]],
]

const weightsOf = ({ graph }: Model) =>
  findLayers(graph, () => false).layers.reduce((sum, { weight }) => sum + (weight.constant?.size ?? 0), 0)

test.each(CASES)('%s', async (_, make, scheme, ranks) => {
  const b = new LayerBuilder()
  b.output(make(b))
  const samples = samplesFor(b.model, 3)
  const [whole, split] = [b.model.clone(), b.model.clone()]
  const factored = await factorLayer(onlyLayer(b.model), { scheme, ranks, ...POINT }, undefined, 0)
  expect(factored.error).toBeGreaterThan(1e-3)
  standIn(whole.graph, onlyLayer(whole), factored)
  writeLayer(split.graph, onlyLayer(split), factored)
  whole.verify()
  split.verify()
  expect(split.graph.nodeCount).toBe(scheme === 'tucker' ? 3 : 2)
  expect(weightsOf(split)).toBe(factoredCost(onlyLayer(b.model), scheme, ranks, undefined).parameters)
  expect(snrOf(await runAll(whole, samples), await runAll(split, samples))).toBeGreaterThan(100)
})

test('weights that died in training leave no numbers behind that are slow to compute with', async () => {
  const b = new LayerBuilder()
  const dead = Array.from({ length: 64 }, (_, at) => (at < 24 ? 3e-39 * (1 + at) : Math.sin(at)))
  b.output(b.node('Conv', [b.input('x', [1, 8, 4, 4]), b.weight(dead, [8, 8, 1, 1])], {}, 'y'))
  const layer = onlyLayer(b.model)
  const { stages } = await factorLayer(layer, { scheme: 'pair', ranks: [4], ...POINT }, undefined, 0)
  const numbers = stages.flatMap((stage) => [...(stage.elements as Float32Array)])
  expect(numbers.some((each) => each === 0)).toBe(true)
  expect(numbers.filter((each) => each !== 0 && Math.abs(each) < 2 ** -100)).toEqual([])
})

test('names of nodes stay unique, however often a model is factorized', async () => {
  const b = new LayerBuilder()
  const x = b.input('x', [1, 5, 6, 6])
  const weight = b.some([6, 5, 3, 3])
  const node = b.model.graph.add('Conv', [x, weight], { name: 'layer' })
  b.output(node.output() as Value)
  for (let time = 0; time < 3; time++) {
    const layer = onlyLayer(b.model)
    const last = findLayers(b.model.graph, () => false).layers.at(-1) ?? layer
    const scheme = time === 0 ? 'tucker' : 'pair'
    const factored = await factorLayer(last, { scheme, ranks: [4 - time, 4], ...POINT }, undefined, 0)
    writeLayer(b.model.graph, last, factored)
  }
  const names = b.model.graph.nodes.map(({ name }) => name)
  expect(names.at(-1)).toBe('layer')
  expect(new Set(names).size).toBe(names.length)
  await runAll(b.model, samplesFor(b.model, 1))
})
