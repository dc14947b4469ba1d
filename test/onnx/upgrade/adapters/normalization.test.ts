import { attribute, type Graph, type Model, Tensor, type Value } from '../../../../src/ir'
import { canUpgrade, upgradeOpset } from '../../../../src/onnx/upgrade/upgradeOpset'
import { expectClose, expectSame, modelAt, only, opTypes, run, wave } from '../support/runBoth'

const SHAPE = [2, 3, 4]
const feeds = { x: wave(SHAPE) }

function statistics(graph: Graph, shape: readonly number[]): Value[] {
  const of = (name: string, offset: number) => {
    const data = Array.from(
      wave(shape).data as Float32Array,
      (each, index) => Math.abs(each) + offset + index * 0.1,
    )
    return graph.addInitializer(Tensor.float32(data, shape, name))
  }
  return [of('scale', 0.5), of('bias', -1), of('mean', 0), of('variance', 0.2)]
}

const batchNorm = (opset: number, ints: Record<string, number>, shape: number[], outputs = 1): Model =>
  modelAt(opset, { x: ['float32', SHAPE] }, (graph, [x]) => {
    const attributes = Object.fromEntries(
      Object.entries(ints).map(([key, value]) => [key, attribute.int(value)]),
    )
    const node = graph.add('BatchNormalization', [x, ...statistics(graph, shape)], { outputs, attributes })
    return node.outputs.slice(0, 3)
  })

describe('BatchNormalization', () => {
  test('7 to 15 with statistics by channel', async () => {
    const upgraded = await expectSame(batchNorm(7, { spatial: 1 }, [3]), 21, feeds)
    expect(only(upgraded, 'BatchNormalization').attributes.size).toBe(0)
  })

  test('1 in test mode', async () => {
    const model = batchNorm(1, { is_test: 1, consumed_inputs: 0 }, [3])
    upgradeOpset(model, 7)
    await expectSame(model, 21, feeds)
  })

  test('6 in training mode is refused', () => {
    expect(canUpgrade(batchNorm(6, {}, [3]), 21)[0]?.reason).toMatch(/training mode/)
  })

  test('with statistics for each position is spelled out', async () => {
    const model = batchNorm(7, { spatial: 0 }, [3, 4])
    upgradeOpset(model, 21)
    model.verify()
    expect(opTypes(model)).toEqual(['Add', 'Sqrt', 'Sub', 'Div', 'Mul', 'Add'])
    const [output] = await run(model, feeds)
    const [scale, bias, mean, variance] = ['scale', 'bias', 'mean', 'variance'].map(
      (name) => model.graph.find(name)?.constant?.toNumbers() as number[],
    ) as [number[], number[], number[], number[]]
    const at = (list: number[], index: number) => list[index % 12] as number
    const expected = Array.from(feeds.x.data as Float32Array, (x, i) => {
      return ((x - at(mean, i)) / Math.sqrt(at(variance, i) + 1e-5)) * at(scale, i) + at(bias, i)
    })
    expectClose(output?.data ?? [], expected)
  })

  test('that trains says so, and drops what nobody reads', () => {
    const model = batchNorm(9, {}, [3], 5)
    upgradeOpset(model, 21)
    const node = only(model, 'BatchNormalization')
    expect(node.int('training_mode', 0)).toBe(1)
    expect(node.outputs.filter(Boolean)).toHaveLength(3)
    model.verify()
  })

  test('whose saved statistics are read is refused', () => {
    const model = batchNorm(9, {}, [3], 5)
    const saved = only(model, 'BatchNormalization').outputs[3]
    if (saved) model.graph.addOutput(saved)
    expect(canUpgrade(model, 21)[0]?.reason).toMatch(/saved statistics/)
    expect(canUpgrade(model, 13)).toEqual([])
  })
})

describe('Dropout', () => {
  const dropout = (opset: number, ints: Record<string, number>, outputs: number) =>
    modelAt(opset, { x: ['float32', SHAPE] }, (graph, [x]) => {
      const attributes = Object.fromEntries(
        Object.entries(ints).map(([key, value]) => [key, attribute.int(value)]),
      )
      return graph.add('Dropout', [x], { outputs, attributes }).outputs
    })

  test('7 with its mask keeps the mask a number', async () => {
    const model = dropout(7, {}, 2)
    upgradeOpset(model, 21)
    model.verify()
    const [output, mask] = await run(model, feeds)
    expectClose(output?.data ?? [], Array.from(feeds.x.data as Float32Array))
    expect(mask).toEqual({ type: 'float32', dims: SHAPE, data: Array(24).fill(1) })
  })

  test('6 in test mode is one that drops nothing, in training mode it is refused', async () => {
    const model = dropout(6, { is_test: 1 }, 1)
    upgradeOpset(model, 21)
    expectClose((await run(model, feeds))[0]?.data ?? [], Array.from(feeds.x.data as Float32Array))
    expect(canUpgrade(dropout(6, {}, 1), 21)[0]?.reason).toMatch(/training mode/)
  })
})

describe('GroupNormalization 21', () => {
  test.each([[[1, 6, 5]], [[1, 'channels', 5]]])(
    'x%p repeats scale and bias for each channel',
    async (shape) => {
      const model = modelAt(18, { x: ['float32', shape] }, (graph, [x]) => {
        const scale = graph.addInitializer(Tensor.float32([0.5, -2], [2], 'scale'))
        const bias = graph.addInitializer(Tensor.float32([1, 3], [2], 'bias'))
        const attributes = { num_groups: attribute.int(2) }
        return [graph.add('GroupNormalization', [x, scale, bias], { attributes }).outputs[0]]
      })
      const x = wave([1, 6, 5])
      upgradeOpset(model, 21)
      model.verify()
      const [output] = await run(model, { x })
      expectClose(output?.data ?? [], groupNorm(Array.from(x.data as Float32Array), [0.5, -2], [1, 3]))
    },
  )
})

/** Two groups of 15 numbers each. */
function groupNorm(x: number[], scale: number[], bias: number[]): number[] {
  return [0, 1].flatMap((group) => {
    const part = x.slice(group * 15, group * 15 + 15)
    const mean = part.reduce((sum, each) => sum + each, 0) / 15
    const variance = part.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 15
    return part.map(
      (each) => ((each - mean) / Math.sqrt(variance + 1e-5)) * (scale[group] ?? 0) + (bias[group] ?? 0),
    )
  })
}
