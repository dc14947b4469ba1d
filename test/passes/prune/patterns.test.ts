/** Every pattern on every kind of layer: zeros lie where it says, and the outputs are closer than with zeros alone. */
import { attribute, type Value } from '../../../src/ir'
import { matrixShape } from '../../../src/passes/layer/weightMatrix'
import type { Pass } from '../../../src/passes/pass'
import { prune } from '../../../src/passes/prune'
import { LayerBuilder, runAll, samplesFor, snrOf } from '../quantize/support'
import { layersOf, matrixOf, pruneNow, weightAt, weightsOf, zerosOf } from './support'

/** Inputs that go together as those of real layers do: few sources, each in many channels. */
function mixed(b: LayerBuilder, channels: number): Value {
  const sources = b.conv(b.input('x', [1, 3, 9, 9]), [4, 3, 3, 3], { name: 'kept_sources', pads: 1 })
  return b.node('Tanh', [b.conv(sources, [channels, 4, 1, 1], { name: 'kept_mixed' })])
}

const rows = (b: LayerBuilder, channels: number) =>
  b.node('Reshape', [
    b.node('Transpose', [mixed(b, channels)], { perm: attribute.ints([0, 2, 3, 1]) }),
    b.ints([-1, channels]),
  ])

const layers: [string, (b: LayerBuilder) => Value][] = [
  ['Conv 3×3', (b) => b.conv(mixed(b, 8), [8, 8, 3, 3], { pads: 1 })],
  ['Conv 1×1, strides', (b) => b.conv(mixed(b, 8), [8, 8, 1, 1], { strides: [2, 2], bias: false })],
  ['grouped Conv', (b) => b.conv(mixed(b, 16), [8, 8, 3, 2], { group: 2, dilations: [2, 1] })],
  ['MatMul', (b) => b.node('MatMul', [rows(b, 12), b.some([12, 8], 0.5)])],
  [
    'MatMul and Add',
    (b) => b.node('Add', [b.node('MatMul', [rows(b, 12), b.some([12, 8], 0.5)]), b.some([8])]),
  ],
  ['Gemm', (b) => b.node('Gemm', [rows(b, 12), b.some([12, 8], 0.5), b.some([8])])],
  [
    'Gemm, transposed',
    (b) => b.node('Gemm', [rows(b, 12), b.some([8, 12], 0.5)], { transB: attribute.int(1) }),
  ],
]

const keep = /kept/
const patterns = {
  unstructured: (advanced = {}) => prune.unstructured({ ratio: 0.5, keep, accuracy: false, advanced }),
  '2:4': (advanced = {}) => prune.nOfM({ pattern: '2:4', keep, accuracy: false, advanced }),
  '1:4': (advanced = {}) => prune.nOfM({ pattern: '1:4', keep, accuracy: false, advanced }),
  '4×1': (advanced = {}) => prune.block({ rows: 4, columns: 1, ratio: 0.5, keep, accuracy: false, advanced }),
  '4×4': (advanced = {}) => prune.block({ rows: 4, columns: 4, ratio: 0.5, keep, accuracy: false, advanced }),
} satisfies Record<string, (advanced?: object) => Pass>

function build(make: (b: LayerBuilder) => Value): LayerBuilder {
  const b = new LayerBuilder()
  return b.output(make(b))
}

async function snrAfter(make: (b: LayerBuilder) => Value, pass: Pass) {
  const b = build(make)
  const samples = samplesFor(b.model)
  const [original, before] = [b.model.clone(), weightsOf(b.model)]
  const { model, result } = await pruneNow(b, pass, samples)
  const [last] = layersOf(model).slice(-1)
  for (const layer of layersOf(model).slice(0, -1)) expect(matrixOf(layer)).toEqual(before.get(layer.key))
  const snrDb = snrOf(await runAll(original, samples), await runAll(model, samples))
  return { layer: last!, matrix: matrixOf(last!), result, snrDb }
}

/** Sums what `zero` says of all groups of M consecutive channels, at every output and kernel position. */
function* channelGroups(
  layer: Parameters<typeof weightAt>[0],
  matrix: Float32Array,
  size: number,
): Iterable<number[]> {
  const { groups, rows: outputs, channels, taps } = matrixShape(layer)
  for (let group = 0; group < groups; group++)
    for (let row = 0; row < outputs; row++)
      for (let tap = 0; tap < taps; tap++)
        for (let first = 0; first < channels; first += size)
          yield Array.from({ length: size }, (_, at) =>
            weightAt(layer, matrix, [group, row, first + at, tap]),
          )
}

describe.each(layers)('%s', (_, make) => {
  test.each(Object.entries(patterns))(
    '%s: nearer than zeros alone, by a half at least',
    async (_name, pass) => {
      const masked = await snrAfter(make, pass({ score: 'magnitude', reconstruct: false }))
      const solved = await snrAfter(make, pass())
      expect(solved.snrDb).toBeGreaterThan(masked.snrDb + 3)
      for (const { result, matrix } of [masked, solved]) {
        expect(result.changed).toBe(1)
        expect(result.details).toMatchObject({
          zeros: zerosOf(matrix),
          weights: matrix.length,
          prunedLayers: 1,
        })
      }
    },
  )

  test('half anywhere', async () => {
    const { matrix } = await snrAfter(make, patterns.unstructured())
    expect(zerosOf(matrix)).toBe(matrix.length / 2)
  })

  test.each([
    ['2:4', 2],
    ['1:4', 3],
  ] as const)('%s along the channels, at each kernel position', async (name, zeros) => {
    const { layer, matrix } = await snrAfter(make, patterns[name]())
    for (const group of channelGroups(layer, matrix, 4)) expect(zerosOf(group)).toBeGreaterThanOrEqual(zeros)
  })

  test.each([
    ['4×1', 1],
    ['4×4', 4],
  ] as const)('%s blocks are zero as a whole', async (name, width) => {
    const { layer, matrix } = await snrAfter(make, patterns[name]())
    const { rows: outputs } = matrixShape(layer)
    const groups = [...channelGroups(layer, matrix, width)].map(zerosOf)
    const perRow = groups.length / (matrixShape(layer).groups * outputs)
    let whole = 0
    for (let at = 0; at < groups.length; at++) {
      const [row, place] = [Math.floor(at / perRow), at % perRow]
      const block = [0, 1, 2, 3].map((each) => groups[(row - (row % 4) + each) * perRow + place] as number)
      const isZero = block.every((zeros) => zeros === width)
      expect(isZero || block.every((zeros) => zeros === 0)).toBe(true)
      whole += isZero ? 1 : 0
    }
    expect(whole / groups.length).toBeCloseTo(0.5, 1)
  })
})

describe('other layers', () => {
  test('depthwise convolutions and transposed ones lose weights anywhere', async () => {
    const b = new LayerBuilder()
    const h = b.conv(mixed(b, 6), [6, 1, 5, 5], { group: 6, pads: 2 })
    const strides = { strides: attribute.ints([2, 2]) }
    b.output(b.node('ConvTranspose', [b.node('Relu', [h]), b.some([6, 4, 2, 2], 0.4)], strides, 'up'))
    const samples = samplesFor(b.model)
    const original = b.model.clone()
    const { model, result } = await pruneNow(b, patterns.unstructured(), samples)
    expect(result.changed).toBe(2)
    const [depthwise, transposed] = layersOf(model).slice(-2)
    // 12 of 25 in each filter.
    for (let filter = 0; filter < 6; filter++)
      expect(zerosOf(matrixOf(depthwise!).subarray(filter * 25, (filter + 1) * 25))).toBe(12)
    expect(zerosOf(matrixOf(transposed!))).toBe(48)
    expect(snrOf(await runAll(original, samples), await runAll(model, samples))).toBeGreaterThan(5)
  })

  test('what cannot have a pattern is passed over, with the reason', async () => {
    const make = () => {
      const b = new LayerBuilder()
      const h = b.conv(mixed(b, 6), [6, 1, 3, 3], { group: 6, pads: 1, name: 'depthwise' })
      const narrow = b.conv(h, [12, 6, 1, 1], { name: 'narrow' })
      const up = b.node('ConvTranspose', [narrow, b.some([12, 4, 2, 2])], {}, 'up')
      return b.output(b.conv(up, [2, 4, 1, 1], { name: 'few' }))
    }
    const nOfM = await pruneNow(make(), patterns['2:4']())
    expect(nOfM.reasons).toMatchObject({
      'Conv(depthwise)': expect.stringMatching(/it is depthwise/),
      'Conv(narrow)': 'its 6 input channels are no multiple of 4',
      'ConvTranspose(up)': expect.stringMatching(/transposed convolution/),
      'Conv(kept_mixed)': 'kept as asked',
    })
    expect(nOfM.result.changed).toBe(1)
    const block = await pruneNow(make(), patterns['4×4']())
    expect(block.reasons).toMatchObject({
      'Conv(depthwise)': expect.stringMatching(/it is depthwise/),
      'Conv(narrow)': 'its 6 input channels are no multiple of 4',
      'ConvTranspose(up)': expect.stringMatching(/transposed convolution/),
      'Conv(few)': 'its 2 outputs are fewer than the 4 of a block',
    })
    expect(block.result).toMatchObject({ changed: 0 })
  })

  test('a last block may have fewer outputs', async () => {
    const b = build((builder) => builder.conv(mixed(builder, 8), [10, 8, 1, 1]))
    const { model } = await pruneNow(b, patterns['4×1']())
    const matrix = matrixOf(layersOf(model).at(-1)!)
    for (let column = 0; column < 8; column++)
      expect([0, 2]).toContain(zerosOf([matrix[8 * 8 + column]!, matrix[9 * 8 + column]!]))
  })

  test('a weight with other readers, or that is an output, stays whole', async () => {
    const b = new LayerBuilder()
    const w = b.some([8, 8, 1, 1])
    const h = b.node('Conv', [b.node('Relu', [b.node('Conv', [mixed(b, 8), w])]), w], {}, 'twice')
    const table = b.some([8, 4, 1, 1], 1, 'table')
    b.model.graph.addOutput(b.model.graph.own('table')!)
    b.output(b.node('Conv', [b.conv(h, [4, 8, 1, 1], { name: 'alone' }), table], {}, 'last'))
    const { result, reasons } = await pruneNow(b, patterns.unstructured())
    expect(result.changed).toBe(1)
    expect(reasons).toMatchObject({
      'Conv(twice)': 'its weight has 2 readers, which may want it whole',
      'Conv(last)': 'its weight is an output of the graph',
    })
  })
})
