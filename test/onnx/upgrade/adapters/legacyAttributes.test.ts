import { type Attribute, attribute, Tensor } from '../../../../src/ir'
import { canUpgrade, upgradeOpset } from '../../../../src/onnx/upgrade/upgradeOpset'
import { expectClose, modelAt, only, run, wave } from '../support/runBoth'

// onnxruntime has no kernels from before opset 7, so these results are worked out here.

const x = wave([1, 2, 4, 4])
const values = Array.from(x.data as Float32Array)

const nodeAt = (opset: number, opType: string, attributes: Record<string, Attribute>, inputs = 1) =>
  modelAt(opset, { x: ['float32', [1, 2, 4, 4]] }, (graph, [value]) => [
    graph.add(opType, Array(inputs).fill(value), { attributes }).outputs[0],
  ])

async function upgradedOutput(model: ReturnType<typeof nodeAt>): Promise<number[]> {
  upgradeOpset(model, 21)
  model.verify()
  return (await run(model, { x }))[0]?.data ?? []
}

test('consumed_inputs is forgotten', async () => {
  const model = nodeAt(1, 'Tanh', { consumed_inputs: attribute.ints([0]) })
  expectClose(await upgradedOutput(model), values.map(Math.tanh))
  expect(only(model, 'Tanh').attributes.size).toBe(0)
})

test('Selu 1 keeps its rounder constants', async () => {
  const found = await upgradedOutput(nodeAt(1, 'Selu', {}))
  const [alpha, gamma] = [1.6732, 1.0507]
  expectClose(
    found,
    values.map((each) => gamma * (each > 0 ? each : alpha * (Math.exp(each) - 1))),
    1e-6,
  )
})

test('Concat 1 joins channels unless told otherwise', async () => {
  const model = nodeAt(1, 'Concat', {}, 2)
  upgradeOpset(model, 21)
  expect((await run(model, { x }))[0]?.dims).toEqual([1, 4, 4, 4])
})

test('Cast 1 names its target by number', async () => {
  const model = nodeAt(1, 'Cast', { to: attribute.string('INT32') })
  const output = model.graph.outputs[0]
  if (output) output.type = { kind: 'tensor', dataType: 'int32' }
  expectClose(
    await upgradedOutput(model),
    values.map((each) => Math.trunc(each) + 0),
  )
  expect(canUpgrade(nodeAt(1, 'Cast', { to: attribute.string('NUMBER') }), 21)).toHaveLength(1)
})

test('Pad 1 calls its pads paddings', async () => {
  const model = nodeAt(1, 'Pad', { paddings: attribute.ints([0, 0, 0, 0, 0, 1, 0, 0]) })
  const found = await upgradedOutput(model)
  expectClose(found, [...values, ...Array(16).fill(0)])
})

test('Gemm 6 broadcasts without asking', async () => {
  const model = modelAt(6, { x: ['float32', [1, 3]] }, (graph, [value]) => {
    const weights = graph.addInitializer(Tensor.float32([1, 2, 3, 4, 5, 6], [3, 2], 'w'))
    const bias = graph.addInitializer(Tensor.float32([10, 20], [2], 'b'))
    return [
      graph.add('Gemm', [value, weights, bias], { attributes: { broadcast: attribute.int(1) } }).outputs[0],
    ]
  })
  upgradeOpset(model, 21)
  const [a, b, c] = wave([1, 3]).data as unknown as [number, number, number]
  const [output] = await run(model, { x: wave([1, 3]) })
  expectClose(output?.data ?? [], [a + 3 * b + 5 * c + 10, 2 * a + 4 * b + 6 * c + 20])
})

describe('Lp pooling 2', () => {
  test('has a whole norm', async () => {
    const found = await upgradedOutput(nodeAt(1, 'GlobalLpPool', { p: attribute.float(1) }))
    const sum = (part: number[]) => part.reduce((total, each) => total + Math.abs(each), 0)
    expectClose(found, [sum(values.slice(0, 16)), sum(values.slice(16))])
  })

  test('with another norm or no kernel is refused', () => {
    expect(canUpgrade(nodeAt(1, 'GlobalLpPool', { p: attribute.float(1.5) }), 21)[0]?.reason).toMatch(
      /whole number/,
    )
    expect(canUpgrade(nodeAt(1, 'LpPool', {}), 21)[0]?.reason).toMatch(/kernel_shape/)
  })
})

test('LSTM 1 gives its sequence where it is wanted', async () => {
  const shapes = { x: ['float32', [3, 1, 2]] } as const
  const model = modelAt(1, shapes, (graph, [value]) => {
    const weights = graph.addInitializer(Tensor.float32(wave([1, 8, 2]).data as Float32Array, [1, 8, 2], 'w'))
    const recurrence = graph.addInitializer(
      Tensor.float32(wave([1, 8, 2], 0.5).data as Float32Array, [1, 8, 2], 'r'),
    )
    const attributes = { hidden_size: attribute.int(2), output_sequence: attribute.int(1) }
    return graph.add('LSTM', [value, weights, recurrence], { attributes, outputs: 2 }).outputs
  })
  upgradeOpset(model, 21)
  const [sequence, last] = await run(model, { x: wave([3, 1, 2]) })
  expect(sequence?.dims).toEqual([3, 1, 1, 2])
  expectClose(last?.data ?? [], sequence?.data.slice(4) ?? [])
})
