/** Which channels of inputs and outputs are the same, operator by operator. */
import { attribute } from '../../../src/ir'
import { type Said, sayOf } from './support'

const int = attribute.int
const ints = attribute.ints

/** Links between axes, without those of batches. */
function links(build: Parameters<typeof sayOf>[0], options?: Parameters<typeof sayOf>[1]): string[] {
  return sayOf(build, options).links.filter((link) => !/^x\.0 = y\.0$/.test(link))
}

function pins(build: Parameters<typeof sayOf>[0], options?: Parameters<typeof sayOf>[1]): Said['pins'] {
  return sayOf(build, options).pins
}

describe('elementwise', () => {
  test('aligns inputs at their last axes; size 1 is broadcast', () => {
    expect(links((g, x) => g.node('Add', [x, g.random([4, 1], 'b')]))).toEqual([
      'x.1 = y.1',
      'b.0 = y.1',
      'x.2 = y.2',
    ])
  })

  test('an axis of unknown size may be broadcast or not', () => {
    const said = sayOf((g, x, z) => g.node('Mul', [x, z]), { x: [2, 4, 6], z: ['n', 1] })
    expect(said.pins).toEqual({
      'x.1': 'the size of an axis is not known',
      'y.1': 'the size of an axis is not known',
    })
    expect(said.links).toContain('x.2 = y.2')
  })

  test('one input keeps all axes', () => {
    expect(links((g, x) => g.node('Relu', [x]))).toEqual(['x.1 = y.1', 'x.2 = y.2'])
  })
})

describe('convolutions', () => {
  test('sum over the input channels and make the output channels', () => {
    const said = sayOf((g, x) => g.node('Conv', [x, g.random([5, 4, 3], 'w'), g.random([5], 'b')]))
    expect(said.links).toEqual(['x.1 = w.1', 'w.0 = y.1', 'b.0 = y.1', 'x.0 = y.0'])
    expect(said.sums).toEqual(['x.1 × w.1'])
    expect(said.made).toEqual(['y.1'])
    expect(said.pins).toEqual({
      'x.2': 'Conv works along these channels',
      'w.2': 'Conv works along these channels',
    })
  })

  test('in groups: either groups or the same channels of each', () => {
    const said = sayOf((g, x) => g.node('Conv', [x, g.random([6, 2, 1], 'w')], { group: int(2) }))
    expect(said.links).toEqual([
      'w.0 = y.1',
      'x.0 = y.0',
      'x.1 = groups · w.1',
      'y.1 = groups · channels of a group',
    ])
    expect(said.sums).toEqual(['x.1'])
  })

  test('depthwise: channel by channel, and the width is another layer’s', () => {
    const said = sayOf((g, x) => g.node('Conv', [x, g.random([4, 1, 3], 'w')], { group: int(4) }))
    expect(said.links).toEqual(['x.1 = groups', 'y.1 = groups', 'w.0 = y.1', 'x.0 = y.0'])
    expect([said.sums, said.made]).toEqual([[], []])
  })

  test('ConvTranspose has its weight the other way around', () => {
    const said = sayOf((g, x) => g.node('ConvTranspose', [x, g.random([4, 3, 2], 'w'), g.random([3], 'b')]))
    expect(said.links).toEqual(['x.1 = w.0', 'w.1 = y.1', 'b.0 = y.1', 'x.0 = y.0'])
  })

  test('ConvTranspose in groups', () => {
    const said = sayOf((g, x) => g.node('ConvTranspose', [x, g.random([4, 3, 2], 'w')], { group: int(2) }))
    expect(said.links).toEqual([
      'x.1 = w.0',
      'x.0 = y.0',
      'x.1 = groups · channels of a group',
      'y.1 = groups · w.1',
    ])
  })

  test('pooling keeps batch and channels', () => {
    const said = sayOf((g, x) => g.node('MaxPool', [x], { kernel_shape: ints([2]) }))
    expect(said.links).toEqual(['x.0 = y.0', 'x.1 = y.1'])
    expect(Object.keys(said.pins)).toEqual(['x.2'])
  })

  test('DepthToSpace counts blocks first, or channels first', () => {
    const build =
      (mode: string): Parameters<typeof sayOf>[0] =>
      (g, x) =>
        g.node('DepthToSpace', [x], { blocksize: int(2), mode: attribute.string(mode) })
    const x = [1, 8, 3, 3]
    expect(links(build('DCR'), { x })).toEqual(['x.1[0,1,2,3,4,5,6,7] = y.1[0,1,0,1,0,1,0,1]'])
    expect(links(build('CRD'), { x })).toEqual(['x.1[0,1,2,3,4,5,6,7] = y.1[0,0,0,0,1,1,1,1]'])
  })
})

describe('matrices', () => {
  test('MatMul contracts, broadcasts batches, and makes what the weight adds', () => {
    const said = sayOf((g, x) => g.node('MatMul', [x, g.random([6, 5], 'w')]))
    expect(said.links).toEqual(['x.2 = w.0', 'x.0 = y.0', 'x.1 = y.1', 'w.1 = y.2'])
    expect([said.sums, said.made]).toEqual([['x.2 × w.0'], ['y.2']])
  })

  test('MatMul of activations', () => {
    const said = sayOf((g, x, z) => g.node('MatMul', [x, z]), { x: [2, 3, 4, 6], z: [3, 6, 5] })
    expect(said.links).toEqual(['x.3 = z.1', 'x.0 = y.0', 'x.1 = y.1', 'z.0 = y.1', 'x.2 = y.2', 'z.2 = y.3'])
    expect(said.made).toEqual([])
  })

  test('MatMul with a vector', () => {
    expect(sayOf((g, x, z) => g.node('MatMul', [x, z]), { z: [6] }).links).toEqual([
      'x.2 = z.0',
      'x.0 = y.0',
      'x.1 = y.1',
    ])
  })

  test('Gemm, transposed, with a bias', () => {
    const build: Parameters<typeof sayOf>[0] = (g, x) =>
      g.node('Gemm', [x, g.random([5, 4], 'w'), g.random([5], 'b')], { transB: int(1) })
    const said = sayOf(build, { x: [2, 4] })
    expect(said.links).toEqual(['x.1 = w.1', 'x.0 = y.0', 'w.0 = y.1', 'b.0 = y.1'])
    expect(said.made).toEqual(['y.1'])
  })

  test('LSTM may get narrower inputs, and nothing else', () => {
    const build: Parameters<typeof sayOf>[0] = (g, x) =>
      g.node('LSTM', [x, g.random([1, 12, 6], 'w'), g.random([1, 12, 3], 'r')])
    expect(links(build)).toEqual(['x.2 = w.2'])
  })
})

describe('normalizations', () => {
  const OVER = 'statistics are taken over these channels, and without them the rest would change'
  const four = ['s', 'b', 'm', 'v']

  test('BatchNormalization: four vectors by channel', () => {
    const said = links((g, x) =>
      g.node('BatchNormalization', [x, ...four.map((name) => g.random([4], name))]),
    )
    expect(said).toEqual(['x.1 = y.1', 'x.2 = y.2', 's.0 = y.1', 'b.0 = y.1', 'm.0 = y.1', 'v.0 = y.1'])
  })

  test('InstanceNormalization: over space', () => {
    const build: Parameters<typeof sayOf>[0] = (g, x) =>
      g.node('InstanceNormalization', [x, g.random([4], 's'), g.random([4], 'b')])
    expect(links(build)).toEqual(['x.1 = y.1', 's.0 = y.1', 'b.0 = y.1'])
    expect(pins(build)).toEqual({ 'x.2': OVER, 'y.2': OVER })
  })

  test.each([
    [21, 4, ['s.0 = x.1', 'b.0 = x.1']],
    [18, 2, ['s.0 = groups', 'b.0 = groups']],
  ])('GroupNormalization of opset %d: whole groups', (opset, length, own) => {
    const said = links(
      (g, x) =>
        g.node('GroupNormalization', [x, g.random([length], 's'), g.random([length], 'b')], {
          num_groups: int(2),
        }),
      { opset },
    )
    expect(said).toEqual([...own, 'x.1 = y.1', 'x.1 = groups · channels that are normalized together'])
  })

  test('LayerNormalization: over all axes from one on', () => {
    const build: Parameters<typeof sayOf>[0] = (g, x) => g.node('LayerNormalization', [x, g.random([6], 's')])
    expect(links(build)).toEqual(['x.1 = y.1'])
    expect(pins(build)).toMatchObject({ 'x.2': OVER, 'y.2': OVER })
  })

  test.each([
    [21, { 'x.1': OVER, 'y.1': OVER }],
    [11, { 'x.1': OVER, 'y.1': OVER, 'x.2': OVER, 'y.2': OVER }],
  ])('Softmax of opset %d', (opset, expected) => {
    expect(pins((g, x) => g.node('Softmax', [x], { axis: int(1) }), { opset })).toEqual(expected)
  })

  test('reductions: sums let zeros go, means do not', () => {
    const build =
      (opType: string): Parameters<typeof sayOf>[0] =>
      (g, x) =>
        g.node(opType, [x, g.ints([1])], { keepdims: int(0) })
    expect(sayOf(build('ReduceSum'))).toMatchObject({
      links: ['x.0 = y.0', 'x.2 = y.1'],
      sums: ['x.1'],
      pins: {},
    })
    expect(sayOf(build('ReduceMean'))).toMatchObject({ sums: [], pins: { 'x.1': OVER } })
  })
})

describe('parts', () => {
  test('Concat: one after the other', () => {
    const said = links((g, x) => g.node('Concat', [x, g.random([2, 3, 6], 'c')], { axis: int(1) }))
    expect(said).toEqual([
      'x.2 = y.2',
      'c.0 = y.0',
      'c.2 = y.2',
      'y.1[0,1,2,3] = x.1[0,1,2,3]',
      'y.1[4,5,6] = c.1[0,1,2]',
    ])
  })

  test('Slice from the end, without its ends', () => {
    const said = links((g, x) => g.node('Slice', [x, g.ints([-3]), g.ints([9]), g.ints([1])]))
    expect(said).toEqual(['x.1[1,2,3] = y.1[0,1,2]', 'x.2 = y.2'])
  })

  test('Slice with a step stays', () => {
    const said = pins((g, x) => g.node('Slice', [x, g.ints([0]), g.ints([4]), g.ints([1]), g.ints([2])]))
    expect(said['x.1']).toBe('channels are taken with a step, which would skip others once some are gone')
  })

  test('Slice whose bounds are computed leaves other axes alone', () => {
    const said = sayOf((g, x, z) => g.node('Slice', [x, z, z, g.ints([1])]))
    expect(said.links).toEqual(['x.0 = y.0', 'x.2 = y.2'])
  })

  test('Gather by constants: reordered and repeated', () => {
    expect(links((g, x) => g.node('Gather', [x, g.ints([3, -4, 3])], { axis: int(1) }))).toEqual([
      'x.2 = y.2',
      'i.0 = y.1',
      'x.1[3,0,3] = y.1[0,1,2]',
    ])
  })

  test('Gather of a table makes the other axis', () => {
    const said = sayOf((g, _, z) => g.node('Gather', [g.random([9, 5], 'table'), z]))
    expect(said).toMatchObject({ links: ['table.1 = y.1', 'z.0 = y.0'], made: ['y.1'] })
  })

  test('one channel alone has to stay', () => {
    expect(pins((g, x) => g.node('Slice', [x, g.ints([2]), g.ints([3]), g.ints([1])]))).toEqual({
      'x.1[2]': 'they are picked one by one',
    })
  })

  test('Pad shifts', () => {
    expect(links((g, x) => g.node('Pad', [x, g.ints([0, 1, 0, 0, 2, 0])]))).toEqual([
      'x.1[0,1,2,3] = y.1[1,2,3,4]',
      'x.2 = y.2',
    ])
  })

  test('Tile repeats', () => {
    expect(links((g, x) => g.node('Tile', [x, g.ints([1, 2, 1])]))).toEqual([
      'x.1[0,1,2,3,0,1,2,3] = y.1[0,1,2,3,4,5,6,7]',
      'x.2 = y.2',
    ])
  })
})

describe('layouts', () => {
  test('Transpose, Squeeze and Unsqueeze move axes', () => {
    expect(sayOf((g, x) => g.node('Transpose', [x], { perm: ints([1, 2, 0]) })).links).toEqual([
      'x.1 = y.0',
      'x.2 = y.1',
      'x.0 = y.2',
    ])
    expect(links((g, x) => g.node('Unsqueeze', [x, g.ints([1, -1])]))).toEqual(['x.1 = y.2', 'x.2 = y.3'])
    expect(links((g, x) => g.node('Squeeze', [x, g.ints([1])]), { x: [2, 1, 6] })).toEqual(['x.2 = y.1'])
  })

  test.each<[string, readonly (number | string)[], readonly number[], string[]]>([
    ['heads', ['n', 's', 12], [0, 0, 3, 4], ['x.1 = y.1', 'x.2 = y.2 · y.3']],
    ['and back', ['n', 's', 3, 4], [0, 0, 12], ['x.1 = y.1', 'y.2 = x.2 · x.3']],
    ['behind an axis that is open', ['n', 's', 12], [0, -1, 3, 4], ['x.1 = y.1', 'x.2 = y.2 · y.3']],
    ['space flattened', ['n', 4, 'h', 'w'], [0, 4, -1], ['x.1 = y.1', 'y.2 = x.2 · x.3']],
    ['all flattened', ['n', 4, 5, 5], [0, -1], ['y.1 = x.1 · x.2 · x.3']],
    ['three at once', ['n', 's', 24], [0, 0, 3, 2, 4], ['x.1 = y.1', 'x.2 = y.2 · y.3 · y.4']],
    [
      'groups with space',
      ['n', 4, 'h', 'w'],
      [0, 2, -1],
      ['x.1 = y.1 · piece 1 of what is cut anew', 'y.2 = piece 1 of what is cut anew · x.2 · x.3'],
    ],
    ['ones between', ['n', 4, 1, 1], [0, -1], ['x.1 = y.1']],
  ])('Reshape: %s', (_, x, target, expected) => {
    expect(links((g, v) => g.node('Reshape', [v, g.ints(target)]), { x })).toEqual(expected)
  })

  test('Reshape that no axis follows', () => {
    expect(pins((g, x) => g.node('Reshape', [x, g.ints([0, 6, 4])]))).toMatchObject({
      'x.1': 'it cuts axes in a way that no axis follows',
      'y.2': 'it cuts axes in a way that no axis follows',
    })
  })

  test('Flatten', () => {
    expect(sayOf((g, x) => g.node('Flatten', [x], { axis: int(2) })).links).toEqual([
      'x.2 = y.1',
      'y.0 = x.0 · x.1',
    ])
  })

  test('a shuffle reorders', () => {
    const said = links((g, x) => {
      const laidOut = g.node('Reshape', [x, g.ints([0, 2, 2, 6])])
      return g.node('Reshape', [
        g.node('Transpose', [laidOut], { perm: ints([0, 2, 1, 3]) }),
        g.ints([0, 4, 6]),
      ])
    })
    expect(said).toContain('x.1[0,2,1,3] = y.1[0,1,2,3]')
  })

  test('Expand keeps sizes or makes them', () => {
    expect(links((g, x) => g.node('Expand', [x, g.ints([2, 1, 3, 6])]), { x: [3, 6] })).toEqual([
      'x.0 = y.2',
      'x.1 = y.3',
    ])
  })

  test('Resize keeps axes whose size stays', () => {
    const said = sayOf((g, x) => g.node('Resize', [x, undefined, g.weight([1, 1, 2])]))
    expect(said.links).toEqual(['x.0 = y.0', 'x.1 = y.1'])
    expect(said.pins['x.2']).toBe('Resize works along these channels')
  })
})

test('an operator that is not known keeps everything', () => {
  expect(pins((g, x) => g.node('TopK', [x]))).toMatchObject({ 'x.1': 'TopK is not understood' })
})
