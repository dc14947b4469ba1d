/** What can be removed, what cannot, and why. */
import { TypeView } from '../../../src/analysis'
import { analyzeChannels, type ChannelAnalysis } from '../../../src/analysis/channels'
import { attribute, Graph, type Node, Tensor, tensorType, type Value } from '../../../src/ir'
import { LayerBuilder } from '../../passes/quantize/support'

const ints = attribute.ints

interface Options {
  readonly opset?: number
  readonly keeps?: (node: Node) => boolean
  readonly shape?: readonly (number | string)[]
}

/** Analyzes a convolution of 8 channels, called first, and what `build` puts behind it. */
function analyze(build: (g: LayerBuilder, x: Value) => Value, options: Options = {}): ChannelAnalysis {
  const { opset = 21, keeps, shape = ['n', 3, 'h', 'w'] } = options
  const g = new LayerBuilder(opset)
  const first = g.conv(g.input('x', shape), [8, 3, 3, 3], { name: 'first', pads: 1 })
  g.output(build(g, first))
  return analyzeChannels(g.model.graph, { types: new TypeView(), opset, ...(keeps && { keeps }) })
}

/** Why the first convolution keeps its channels; undefined where it does not. */
function reasonOf(analysis: ChannelAnalysis): string | undefined {
  return analysis.wholes.find(({ node }) => node.output()?.name === 'first')?.reason
}

const read = (g: LayerBuilder, x: Value, channels = 8) => g.conv(x, [3, channels, 1, 1], { name: 'last' })

describe('what keeps channels', () => {
  test('outputs of the graph', () => {
    expect(reasonOf(analyze((g, x) => g.node('Relu', [x])))).toBe('they are an output of the graph')
  })

  test('part of what is an output of the graph, and no more', () => {
    const { wholes, families } = analyze((g, x) => {
      read(g, x)
      return g.node('Slice', [x, g.ints([2]), g.ints([5]), g.ints([1])])
    })
    expect(wholes.map(({ kept, of }) => [kept, of])).toContainEqual([3, 8])
    expect(families[0]?.groups).toHaveLength(5)
  })

  test.each<[string, (g: LayerBuilder, x: Value) => Value, string]>([
    ['an unknown operator', (g, x) => read(g, g.node('Einsum', [x])), 'Einsum is not understood'],
    [
      'Softmax',
      (g, x) => read(g, g.node('Softmax', [x], { axis: attribute.int(1) })),
      'statistics are taken over these channels, and without them the rest would change',
    ],
    [
      'the mean over channels',
      (g, x) => g.node('ReduceMean', [x, g.ints([1])]),
      'statistics are taken over these channels, and without them the rest would change',
    ],
    [
      'the largest',
      (g, x) => g.node('ArgMax', [x], { axis: attribute.int(1) }),
      'the channels are compared with each other',
    ],
    [
      'Sigmoid before padding',
      (g, x) => g.conv(g.node('Sigmoid', [x]), [3, 8, 3, 3], { pads: 1 }),
      'Sigmoid makes other numbers of zeros, which Conv would miss',
    ],
    [
      'Add of a number before padding',
      (g, x) => g.conv(g.node('Add', [x, g.weight(1)]), [3, 8, 3, 3], { pads: 1 }),
      'Add makes other numbers of zeros, which Conv would miss',
    ],
    [
      'Add of what is not the channel’s',
      (g, x) => read(g, g.node('Add', [x, g.input('mask', ['n', 1, 'h', 'w'])])),
      'Add makes other numbers of zeros, which Conv would miss',
    ],
    ['Log', (g, x) => read(g, g.node('Log', [x])), 'Log of zero is no number'],
    ['dividing by it', (g, x) => read(g, g.node('Div', [g.weight(1), x])), 'Div of zero is no number'],
    [
      'a step',
      (g, x) => read(g, g.node('Slice', [x, g.ints([0]), g.ints([8]), g.ints([1]), g.ints([2])]), 4),
      'channels are taken with a step, which would skip others once some are gone',
    ],
    [
      'their number, computed with',
      (g, x) => {
        const count = g.node('Cast', [g.node('Gather', [g.node('Shape', [x]), g.ints([1])])], {
          to: attribute.int(1),
        })
        return read(g, g.node('Div', [x, g.node('Sqrt', [count])]))
      },
      'Cast computes with their number',
    ],
    [
      'a shape computed from their number',
      (g, x) => {
        const count = g.node('Mul', [g.node('Gather', [g.node('Shape', [x]), g.ints([1])]), g.ints([1])])
        const target = g.node('Concat', [g.ints([0]), count, g.ints([-1])], { axis: attribute.int(0) })
        return g.node('ReduceSum', [g.node('Reshape', [x, target]), g.ints([1])])
      },
      'it cuts axes in a way that no axis follows',
    ],
  ])('%s', (_, build, reason) => {
    expect(reasonOf(analyze(build))).toBe(reason)
  })

  test('an opset whose operators broadcast otherwise', () => {
    expect(analyze((g, x) => read(g, x), { opset: 6 }).families).toEqual([])
  })

  test('being stored as a sparse tensor', () => {
    const analysis = analyze((g, x) => {
      const weight = g.model.graph.declareValue('sparse', tensorType('float32', [3, 8, 1, 1]))
      const values = Tensor.float32([1, 2], [2])
      weight.sparseInitializer = {
        name: 'sparse',
        values,
        indices: Tensor.int64([0, 5]),
        shape: [3, 8, 1, 1],
      }
      return g.node('Conv', [x, weight])
    })
    expect(reasonOf(analysis)).toBe('they are stored as a sparse tensor')
  })

  test('being asked to', () => {
    const keeps = (node: Node) => node.output()?.name === 'first'
    expect(reasonOf(analyze((g, x) => read(g, x), { keeps }))).toBe('kept as asked')
  })

  test('being read inside a subgraph', () => {
    const analysis = analyze((g, x) => {
      const branch = () => {
        const inner = new Graph('branch', g.model.graph)
        inner.addOutput(inner.add('Identity', [x]).output() as Value)
        return attribute.graph(inner)
      }
      const condition = g.input('condition', [], 'bool')
      return read(g, g.node('If', [condition], { then_branch: branch(), else_branch: branch() }))
    })
    expect(reasonOf(analysis)).toBe('another graph reads them too')
  })

  test('their number being read inside a subgraph', () => {
    const analysis = analyze((g, x) => {
      const size = g.node('Gather', [g.node('Shape', [x]), g.ints([1])])
      const branch = () => {
        const inner = new Graph('branch', g.model.graph)
        inner.addOutput(inner.add('Identity', [size]).output() as Value)
        return attribute.graph(inner)
      }
      const condition = g.input('condition', [], 'bool')
      g.output(g.node('If', [condition], { then_branch: branch(), else_branch: branch() }), [1], 'int64')
      return read(g, x)
    })
    expect(reasonOf(analysis)).toBe('Gather computes with their number')
  })

  test('numbers that no bias takes over', () => {
    const batched = (g: LayerBuilder, x: Value) => {
      const tokens = g.node('Transpose', [g.node('Sigmoid', [x])], { perm: ints([0, 2, 3, 1]) })
      return g.node('MatMul', [tokens, g.some([5, 8, 4])])
    }
    expect(reasonOf(analyze(batched))).toBe('Sigmoid makes other numbers of zeros, which MatMul would miss')
  })

  test('inputs whose rank is not known', () => {
    const analysis = analyze((g, x) => {
      const other = g.input('other', [])
      other.type = tensorType('float32')
      return read(g, g.node('Add', [x, other]))
    })
    expect(reasonOf(analysis)).toBe('the number of axes of its inputs is not known')
  })

  test('being all that there is', () => {
    // Pairs of channels far apart are swapped and added until all hang together.
    const analysis = analyze((g, x) => {
      const shifted = g.node('Gather', [x, g.ints([1, 2, 3, 4, 5, 6, 7, 0])], { axis: attribute.int(1) })
      return read(g, g.node('Add', [x, shifted]))
    })
    expect(reasonOf(analysis)).toBe('all these channels hang together, and one of them at least has to stay')
  })
})

describe('weights that several nodes read', () => {
  test('a bias ties no layers together', () => {
    const { families } = analyze((g, x) => {
      const bias = g.some([8])
      const layer = (from: Value) => g.node('Conv', [from, g.some([8, 8, 1, 1]), bias])
      return read(g, layer(g.node('Relu', [layer(x)])))
    })
    expect(families.map(({ made }) => made.length)).toEqual([1, 1, 1])
  })

  test('a matrix does', () => {
    const { families } = analyze((g, x) => {
      const weight = g.some([8, 8, 1, 1])
      const layer = (from: Value) => g.node('Conv', [from, weight])
      return read(g, layer(g.node('Relu', [layer(x)])))
    })
    expect(families.map(({ made }) => made.length)).toEqual([3])
  })
})

describe('axes that are laid out as several', () => {
  const heads = (g: LayerBuilder, x: Value, order: readonly number[]) => {
    const tokens = g.node('Reshape', [x, g.ints([0, 8, -1])])
    const laidOut = g.node('Reshape', [
      g.node('Transpose', [tokens], { perm: ints([0, 2, 1]) }),
      g.ints([0, 0, 4, 2]),
    ])
    return g.node('Transpose', [laidOut], { perm: ints(order) })
  }

  test('whole blocks go, and each is as long as before', () => {
    const { families } = analyze((g, x) => {
      const scores = g.node('MatMul', [heads(g, x, [0, 2, 1, 3]), heads(g, x, [0, 2, 3, 1])])
      const mixed = g.node('MatMul', [g.node('Softmax', [scores]), heads(g, x, [0, 2, 1, 3])])
      const joined = g.node('Reshape', [
        g.node('Transpose', [mixed], { perm: ints([0, 2, 1, 3]) }),
        g.ints([0, 0, 8]),
      ])
      return g.node('MatMul', [joined, g.some([8, 5])])
    })
    expect(families.map(({ groups, perGroup }) => [groups.length, perGroup])).toEqual([[4, 2]])
  })

  test('the inner axis, where the outer one must stay', () => {
    const { families } = analyze((g, x) => {
      const laidOut = g.node('Reshape', [x, g.ints([0, 4, 2, -1])])
      return read(
        g,
        g.node('Reshape', [g.node('Softmax', [laidOut], { axis: attribute.int(1) }), g.ints([0, 8, 5, 5])]),
      )
    })
    // Softmax makes something else of zeros, so nothing goes; without it the inner one of each pair would.
    expect(families).toEqual([])
    const sums = analyze((g, x) => {
      const laidOut = g.node('Reshape', [x, g.ints([0, 4, 2, -1])])
      const best = g.node('Reshape', [g.node('ReduceMax', [laidOut, g.ints([1])]), g.ints([0, 2, 5, 5])])
      return read(g, best, 2)
    })
    expect(sums.families.map(({ groups, perGroup }) => [groups.length, perGroup])).toEqual([[2, 4]])
  })
})

test('a group prints itself, root first', () => {
  const analysis = analyze((g, x) => {
    const second = g.conv(g.node('Relu', [x], {}, 'active'), [8, 8, 1, 1], { name: 'second' })
    return read(g, g.node('Add', [x, second], {}, 'sum'))
  })
  expect(`${analysis.group(3)}`).toBe(
    [
      'axis 1 of "first": 3',
      '  constant, axis 0 of "w": 3',
      '  constant of Conv(first), axis 0 of "b": 3',
      '  axis 1 of "active": 3',
      '  constant, axis 1 of "w_1": 3',
      '  constant, axis 0 of "w_1": 3',
      '  axis 1 of "second": 3',
      '  constant of Conv(second), axis 0 of "b_1": 3',
      '  axis 1 of "sum": 3',
      '  constant, axis 1 of "w_2": 3',
    ].join('\n'),
  )
  expect(analysis.group(3).root.place.value?.name).toBe('first')
})
