/** Channels through one operator at a time: gone is zeroed, and they can go at all. */
import { attribute, Tensor, type Value } from '../../../../src/ir'
import { uniform } from '../../../calibrate/support'
import { LayerBuilder, samplesFor } from '../../quantize/support'
import { analyze, expectExact } from './oracle'

/** Builds what lies between a convolution of 8 channels and another layer, and says how many layers can be narrowed. */
interface Case {
  readonly what: string
  readonly opset?: number
  readonly families: number
  readonly build: (g: LayerBuilder, x: Value) => Value
}

const ints = attribute.ints

/** One convolution more, by as many channels as it is given. */
function read(g: LayerBuilder, x: Value, channels: number): Value {
  return g.conv(x, [3, channels, 1, 1])
}

/** An int64 without axes. */
function index(g: LayerBuilder, number: number): Value {
  return g.model.graph.addInitializer(Tensor.int64([number], []), 'index')
}

const CASES: readonly Case[] = [
  { what: 'activation', families: 1, build: (g, x) => read(g, g.node('Tanh', [x]), 8) },
  { what: 'PRelu', families: 1, build: (g, x) => read(g, g.node('PRelu', [x, g.some([8, 1, 1])]), 8) },
  {
    what: 'Where and Max',
    families: 1,
    build: (g, x) => {
      const other = g.conv(x, [8, 8, 1, 1])
      const chosen = g.node('Where', [g.node('Less', [x, other]), x, other])
      return read(g, g.node('Max', [chosen, g.node('Neg', [other])]), 8)
    },
  },
  {
    what: 'Sigmoid, whose 0.5 a bias takes over',
    families: 1,
    build: (g, x) => read(g, g.node('Sigmoid', [x]), 8),
  },
  {
    what: 'a function of a function, before Gemm without a bias',
    families: 1,
    build: (g, x) => {
      const pooled = g.node('Flatten', [
        g.node('GlobalAveragePool', [g.node('Exp', [g.node('Softplus', [x])])]),
      ])
      return g.node('Gemm', [pooled, g.some([8, 4])], { alpha: attribute.float(0.5) })
    },
  },
  {
    what: 'Sigmoid before MatMul, which has no bias',
    families: 1,
    build: (g, x) =>
      g.node('MatMul', [
        g.node('Transpose', [g.node('Sigmoid', [x])], { perm: ints([0, 2, 3, 1]) }),
        g.some([8, 5]),
      ]),
  },
  {
    what: 'Slice and Concat, the parts in another order',
    families: 1,
    build: (g, x) => {
      const slice = (from: number, to: number) =>
        g.node('Slice', [x, g.ints([from]), g.ints([to]), g.ints([1])])
      return read(g, g.node('Concat', [slice(-3, 100), slice(0, 4)], { axis: attribute.int(1) }), 7)
    },
  },
  {
    what: 'Slice with attributes',
    opset: 9,
    families: 1,
    build: (g, x) =>
      read(g, g.node('Slice', [x], { axes: ints([1, 2]), starts: ints([2, 0]), ends: ints([8, 3]) }), 6),
  },
  {
    what: 'Split by sizes',
    families: 1,
    build: (g, x) => {
      const [a, b] = g.model.graph.add('Split', [x, g.ints([3, 5])], {
        outputs: 2,
        attributes: { axis: attribute.int(1) },
      }).outputs
      return g.node('Add', [read(g, a as Value, 3), read(g, b as Value, 5)])
    },
  },
  {
    what: 'Split by number',
    opset: 18,
    families: 1,
    build: (g, x) => {
      const attributes = { axis: attribute.int(1), num_outputs: attribute.int(3) }
      const parts = g.model.graph.add('Split', [x], { outputs: 3, attributes }).outputs
      const [a, b, c] = parts.map((part, at) => read(g, part as Value, at < 2 ? 3 : 2)) as [
        Value,
        Value,
        Value,
      ]
      return g.node('Sum', [a, b, c])
    },
  },
  {
    what: 'Split with an attribute',
    opset: 11,
    families: 1,
    build: (g, x) => {
      const [a, b] = g.model.graph.add('Split', [x], {
        outputs: 2,
        attributes: { axis: attribute.int(1) },
      }).outputs
      return g.node('Sub', [read(g, a as Value, 4), read(g, b as Value, 4)])
    },
  },
  {
    what: 'Gather in another order, some twice',
    families: 1,
    build: (g, x) => read(g, g.node('Gather', [x, g.ints([7, 1, 1, -2, 0])], { axis: attribute.int(1) }), 5),
  },
  {
    what: 'Pad along the channels',
    families: 1,
    build: (g, x) => read(g, g.node('Pad', [x, g.ints([0, 2, 1, 0, 0, 3, 0, 0])]), 13),
  },
  {
    what: 'Pad along the channels, added to a wider branch',
    families: 2,
    build: (g, x) => {
      const wide = g.conv(x, [12, 8, 1, 1])
      const padded = g.node('Pad', [x, g.ints([2, 2]), g.weight(0), g.ints([1])])
      return read(g, g.node('Add', [wide, padded]), 12)
    },
  },
  { what: 'Tile', families: 1, build: (g, x) => read(g, g.node('Tile', [x, g.ints([1, 3, 1, 1])]), 24) },
  {
    what: 'Expand of a channel vector',
    families: 1,
    build: (g, x) => {
      const pooled = g.node('GlobalAveragePool', [x])
      return read(g, g.node('Expand', [pooled, g.ints([1, 8, 4, 1])]), 8)
    },
  },
  {
    what: 'Resize by sizes',
    families: 1,
    build: (g, x) => read(g, g.node('Resize', [x, undefined, undefined, g.ints([2, 8, 9, 7])]), 8),
  },
  {
    what: 'DepthToSpace',
    families: 1,
    build: (g, x) => read(g, g.node('DepthToSpace', [x], { blocksize: attribute.int(2) }), 2),
  },
  {
    what: 'DepthToSpace, channels first',
    families: 1,
    build: (g, x) =>
      read(g, g.node('DepthToSpace', [x], { blocksize: attribute.int(2), mode: attribute.string('CRD') }), 2),
  },
  {
    what: 'SpaceToDepth',
    families: 1,
    build: (g, x) => {
      const even = g.node('Slice', [x, g.ints([0, 0]), g.ints([4, 4]), g.ints([2, 3])])
      return read(g, g.node('SpaceToDepth', [even], { blocksize: attribute.int(2) }), 32)
    },
  },
  {
    what: 'a convolution in groups',
    families: 1,
    build: (g, x) => read(g, g.conv(x, [12, 2, 3, 3], { group: 4, pads: 1 }), 12),
  },
  {
    what: 'a depthwise convolution that multiplies channels',
    families: 1,
    build: (g, x) => read(g, g.conv(x, [16, 1, 3, 3], { group: 8, pads: 1 }), 16),
  },
  {
    what: 'a transposed convolution in groups',
    families: 1,
    build: (g, x) =>
      read(
        g,
        g.node('ConvTranspose', [x, g.some([8, 3, 2, 2]), g.some([12])], { group: attribute.int(4) }),
        12,
      ),
  },
  {
    what: 'a transposed convolution',
    families: 2,
    build: (g, x) =>
      read(g, g.node('ConvTranspose', [x, g.some([8, 6, 3, 3]), g.some([6])], { strides: ints([2, 2]) }), 6),
  },
  {
    what: 'InstanceNormalization',
    families: 1,
    build: (g, x) => read(g, g.node('InstanceNormalization', [x, g.some([8]), g.some([8])]), 8),
  },
  {
    what: 'GroupNormalization by channel',
    families: 1,
    build: (g, x) =>
      read(
        g,
        g.node('GroupNormalization', [x, g.some([8]), g.some([8])], { num_groups: attribute.int(4) }),
        8,
      ),
  },
  {
    what: 'GroupNormalization spelled out',
    families: 1,
    build: (g, x) => {
      const grouped = g.node('Reshape', [x, g.ints([0, 4, -1])])
      const normal = g.node('InstanceNormalization', [
        grouped,
        g.weight([1, 1, 1, 1]),
        g.weight([0, 0, 0, 0]),
      ])
      const again = g.node('Reshape', [normal, g.node('Shape', [x])])
      const scaled = g.node('Mul', [again, g.some([8, 1, 1])])
      return read(g, g.node('Add', [scaled, g.some([8, 1, 1])]), 8)
    },
  },
  {
    what: 'LpNormalization over the channels',
    families: 1,
    build: (g, x) => read(g, g.node('LpNormalization', [x], { axis: attribute.int(1) }), 8),
  },
  {
    what: 'LayerNormalization over space, without a bias',
    families: 1,
    build: (g, x) => read(g, g.node('LayerNormalization', [x, g.some([5])]), 8),
  },
  {
    what: 'sums over the channels',
    families: 1,
    build: (g, x) =>
      g.node('Mul', [g.node('ReduceSum', [x, g.ints([1])]), g.node('ReduceL2', [x, g.ints([-3])])]),
  },
  {
    what: 'the mean over space, and a gate',
    families: 2,
    build: (g, x) => {
      const mean = g.node('ReduceMean', [x, g.ints([2, 3])])
      const narrow = g.node('Relu', [g.conv(mean, [4, 8, 1, 1])])
      return read(g, g.node('Mul', [x, g.node('HardSigmoid', [g.conv(narrow, [8, 4, 1, 1])])]), 8)
    },
  },
  {
    what: 'Flatten before a linear layer',
    families: 1,
    build: (g, x) =>
      g.node('Gemm', [g.node('Flatten', [x]), g.some([4, 200], 0.2)], { transB: attribute.int(1) }),
  },
  {
    what: 'a weight behind Transpose and Cast',
    families: 2,
    build: (g, x) => {
      const tokens = g.node('Transpose', [g.node('Reshape', [x, g.ints([0, 8, -1])])], {
        perm: ints([0, 2, 1]),
      })
      const first = g.node('Transpose', [g.some([6, 8])], { perm: ints([1, 0]) })
      const hidden = g.node('Add', [g.node('MatMul', [tokens, first]), g.some([6])])
      return g.node('MatMul', [
        g.node('Relu', [hidden]),
        g.node('Cast', [g.some([6, 4])], { to: attribute.int(1) }),
      ])
    },
  },
  {
    what: 'a weight as the first operand',
    families: 2,
    build: (g, x) => {
      const columns = g.node('Reshape', [x, g.ints([0, 8, -1])])
      const hidden = g.node('Relu', [g.node('MatMul', [g.some([6, 8]), columns])])
      return g.node('MatMul', [g.some([4, 6]), hidden])
    },
  },
  {
    what: 'weights in a batch, one matrix a head',
    families: 1,
    build: (g, x) => {
      const heads = g.node('Reshape', [x, g.ints([0, 4, 2, 25])])
      return g.node('ReduceSum', [g.node('MatMul', [g.some([4, 3, 2]), heads]), g.ints([1])])
    },
  },
  {
    what: 'an LSTM that reads the channels',
    families: 1,
    build: (g, x) => {
      const steps = g.node(
        'Transpose',
        [g.node('ReduceMean', [x, g.ints([3])], { keepdims: attribute.int(0) })],
        { perm: ints([2, 0, 1]) },
      )
      return g.node('LSTM', [steps, g.some([1, 12, 8], 0.5), g.some([1, 12, 3], 0.5)], {
        hidden_size: attribute.int(3),
      })
    },
  },
  {
    what: 'shapes put together from sizes',
    families: 1,
    build: (g, x) => {
      const size = (axis: number) => g.node('Gather', [g.node('Shape', [x]), g.ints([axis])])
      const target = g.node('Concat', [size(0), g.ints([8]), g.ints([-1])], { axis: attribute.int(0) })
      const flat = g.node('Reshape', [x, target])
      const again = g.node(
        'Concat',
        [g.node('Slice', [g.node('Shape', [x]), g.ints([0]), g.ints([1])]), size(1), size(2), size(3)],
        { axis: attribute.int(0) },
      )
      return read(g, g.node('Reshape', [g.node('Abs', [flat]), again]), 8)
    },
  },
  {
    what: 'heads, laid out by shapes put together from sizes',
    families: 1,
    build: (g, x) => {
      const tokens = g.node('Transpose', [g.node('Reshape', [x, g.ints([0, 8, -1])])], {
        perm: ints([0, 2, 1]),
      })
      const size = (axis: number) =>
        g.node('Unsqueeze', [g.node('Gather', [g.node('Shape', [tokens]), index(g, axis)]), g.ints([0])])
      const concat = (...parts: Value[]) => g.node('Concat', parts, { axis: attribute.int(0) })
      const heads = (order: readonly number[]) => {
        const laidOut = g.node('Reshape', [tokens, concat(size(0), size(1), g.ints([4]), g.ints([2]))])
        return g.node('Transpose', [laidOut], { perm: ints(order) })
      }
      const shares = g.node('Softmax', [g.node('MatMul', [heads([0, 2, 1, 3]), heads([0, 2, 3, 1])])])
      const mixed = g.node('MatMul', [shares, heads([0, 2, 1, 3])])
      const joined = g.node('Transpose', [mixed], { perm: ints([0, 2, 1, 3]) })
      return g.node('MatMul', [
        g.node('Reshape', [joined, concat(size(0), size(1), g.ints([8]))]),
        g.some([8, 5]),
      ])
    },
  },
  {
    what: 'Resize of opset 10',
    opset: 10,
    families: 1,
    build: (g, x) => read(g, g.node('Resize', [x, g.weight([1, 1, 2, 2])]), 8),
  },
  {
    what: '8-bit weights behind DequantizeLinear',
    families: 1,
    build: (g, x) =>
      read(
        g,
        g.node('Relu', [
          g.node('DequantizeLinear', [
            g.node('QuantizeLinear', [x, g.weight(0.01), undefined]),
            g.weight(0.01),
          ]),
        ]),
        8,
      ),
  },
]

test.each(CASES)('$what', async ({ opset = 21, families, build }) => {
  const g = new LayerBuilder(opset)
  const x = g.conv(g.input('x', [2, 3, 5, 5]), [8, 3, 3, 3], { pads: 1, name: 'first' })
  g.output(build(g, x))
  const analysis = await analyze(g.model)
  expect(analysis.families).toHaveLength(families)
  for (const seed of [1, 2, 3]) await expectExact(g.model, samplesFor(g.model, 1), uniform(seed))
})
