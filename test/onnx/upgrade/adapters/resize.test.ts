import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { attribute, type Model, Tensor } from '../../../../src/ir'
import { canUpgrade, upgradeOpset } from '../../../../src/onnx/upgrade/upgradeOpset'
import { expectClose, expectSame, modelAt, only, opTypes, run, wave } from '../support/runBoth'

const INPUT = { x: ['float32', [1, 2, 5, 7]] } as const
const feeds = { x: wave([1, 2, 5, 7]) }

const resize10 = (mode: string, scales: readonly number[]): Model =>
  modelAt(10, INPUT, (graph, [x]) => [
    graph.add('Resize', [x, graph.addInitializer(Tensor.float32(scales, [4], 'scales'))], {
      attributes: { mode: attribute.string(mode) },
    }).outputs[0],
  ])

describe('Upsample', () => {
  test.each([
    ['nearest', [1, 1, 2, 3]],
    ['nearest', [1, 1, 1.7, 2.3]],
    ['linear', [1, 1, 2, 3]],
    ['linear', [1, 1, 1.3, 2.6]],
  ])('7 (%s, %p) is a Resize of the same samples', async (mode, scales) => {
    const model = modelAt(7, INPUT, (graph, [x]) => [
      graph.add('Upsample', [x], {
        attributes: { mode: attribute.string(mode), scales: attribute.floats(scales) },
      }).outputs[0],
    ])
    const upgraded = await expectSame(model, 21, feeds)
    expect(opTypes(upgraded)).toEqual(['Resize'])
    // The empty roi that opset 11 asked for is gone again.
    expect(only(upgraded, 'Resize').inputs[1]).toBeUndefined()
    expect(upgraded.graph.initializers).toHaveLength(1)
  })

  test('9 with computed scales stays one node', async () => {
    const model = modelAt(9, { ...INPUT, scales: ['float32', [4]] }, (graph, [x, scales]) => [
      graph.add('Upsample', [x, scales]).outputs[0],
    ])
    const scales = new RuntimeTensor('float32', Float32Array.of(1, 1, 2, 1.5), [4])
    const upgraded = await expectSame(model, 21, { ...feeds, scales })
    expect(opTypes(upgraded)).toEqual(['Resize'])
  })

  test('1 scales height and width', async () => {
    const model = modelAt(1, INPUT, (graph, [x]) => [
      graph.add('Upsample', [x], {
        attributes: { height_scale: attribute.float(2), width_scale: attribute.float(3) },
      }).outputs[0],
    ])
    upgradeOpset(model, 21)
    const [output] = await run(model, feeds)
    const data = feeds.x.data as Float32Array
    const expected = Array.from({ length: 2 * 10 * 21 }, (_, i) => {
      const [channel, y, x] = [Math.floor(i / 210), Math.floor((i % 210) / 21), i % 21]
      return data[channel * 35 + Math.floor(y / 2) * 7 + Math.floor(x / 3)] as number
    })
    expect(output?.dims).toEqual([1, 2, 10, 21])
    expectClose(output?.data ?? [], expected)
  })
})

describe('Resize 10', () => {
  test.each([
    ['nearest', [1, 1, 2, 1.6], 1],
    ['nearest', [1, 1, 0.6, 0.45], 1],
    ['nearest', [1, 1, 0.6, 2.4], 2],
    ['linear', [1, 1, 0.6, 2.4], 1],
    ['linear', [1, 1, 0.5, 0.7], 1],
  ])('%s by %p takes %i node(s)', async (mode, scales, count) => {
    const upgraded = await expectSame(resize10(mode as string, scales as number[]), 21, feeds)
    expect(opTypes(upgraded)).toEqual(Array(count as number).fill('Resize'))
  })

  test.each([[[1, 1, 0.6, 2.4]], [[1, 1, 2, 3]], [[1, 1, 0.4, 0.8]]])(
    'computed scales %p',
    async (scales) => {
      const model = modelAt(10, { ...INPUT, scales: ['float32', [4]] }, (graph, [x, value]) => [
        graph.add('Resize', [x, value]).outputs[0],
      ])
      await expectSame(model, 21, {
        ...feeds,
        scales: new RuntimeTensor('float32', Float32Array.from(scales), [4]),
      })
    },
  )
})

describe('Resize 11', () => {
  const build = (nearestMode?: string, mode = 'nearest'): Model =>
    modelAt(11, INPUT, (graph, [x]) => {
      const none = graph.addInitializer(Tensor.float32([], [0], 'none'))
      const sizes = graph.addInitializer(
        Tensor.from('int64', [4], BigInt64Array.of(1n, 2n, 3n, 13n), 'sizes'),
      )
      return [
        graph.add('Resize', [x, none, none, sizes], {
          attributes: {
            mode: attribute.string(mode),
            coordinate_transformation_mode: attribute.string('tf_half_pixel_for_nn'),
            ...(nearestMode ? { nearest_mode: attribute.string(nearestMode) } : {}),
          },
        }).outputs[0],
      ]
    })

  test.each(['floor', 'round_prefer_floor', undefined])('tf_half_pixel_for_nn, %s', async (nearestMode) => {
    const upgraded = await expectSame(build(nearestMode), 21, feeds)
    const node = only(upgraded, 'Resize')
    expect(node.string('coordinate_transformation_mode', '')).toBe('half_pixel')
    expect(node.inputs.map((input) => input?.name)).toEqual(['x', undefined, undefined, 'sizes'])
    expect(upgraded.graph.find('none')).toBeUndefined()
  })

  test.each([['ceil'], ['round_prefer_ceil'], ['floor', 'linear']])(
    'refuses what has no equal: %s %s',
    (...modes) => {
      const reasons = canUpgrade(build(modes[0], modes[1]), 21)
      expect(reasons).toHaveLength(1)
      expect(reasons[0]?.reason).toMatch(/tf_half_pixel_for_nn/)
    },
  )
})
