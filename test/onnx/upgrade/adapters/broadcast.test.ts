import { attribute, type Model, Tensor } from '../../../../src/ir'
import { canUpgrade, upgradeOpset } from '../../../../src/onnx/upgrade/upgradeOpset'
import { expectClose, modelAt, opTypes, run, wave } from '../support/runBoth'

// onnxruntime has no kernels from before opset 7, so these results are worked out here.

const WHOLE = [2, 3, 4, 5]
const a = wave(WHOLE)

const subtract = (shape: number[], attributes: Record<string, number>, isConstant = false): Model =>
  modelAt(
    6,
    { a: ['float32', WHOLE], ...(isConstant ? {} : { b: ['float32', shape] as const }) },
    (graph, [x, b]) => {
      const part = b ?? graph.addInitializer(Tensor.float32(wave(shape, 3).data as Float32Array, shape, 'b'))
      const ints = Object.entries(attributes).map(([key, value]) => [key, attribute.int(value)])
      return [graph.add('Sub', [x, part], { attributes: Object.fromEntries(ints) }).outputs[0]]
    },
  )

/** a[i] - b[those indices of i that lie on b's axes]. */
function expected(shape: readonly number[], axis: number): number[] {
  const b = wave(shape, 3).data as Float32Array
  const after = WHOLE.slice(axis + shape.length).reduce((product, size) => product * size, 1)
  return Array.from(
    a.data as Float32Array,
    (each, index) => each - (b[Math.floor(index / after) % b.length] as number),
  )
}

describe('elementwise operators 7', () => {
  test.each([
    [[3, 4], { broadcast: 1, axis: 1 }, 1],
    [[2], { broadcast: 1, axis: 0 }, 0],
    [[3], { broadcast: 1, axis: -3 }, 1],
    [[4, 5], { broadcast: 1 }, 2],
    [[5], { broadcast: 1, axis: 3 }, 3],
    [WHOLE, {}, 0],
    [[1], { broadcast: 1, axis: 1 }, 1],
  ] as [number[], Record<string, number>, number][])('b%p %p', async (shape, attributes, axis) => {
    for (const isConstant of [false, true]) {
      const model = subtract(shape, attributes, isConstant)
      upgradeOpset(model, 21)
      model.verify()
      if (isConstant) expect(opTypes(model)).toEqual(['Sub'])
      const [output] = await run(model, isConstant ? { a } : { a, b: wave(shape, 3) })
      expect(output?.dims).toEqual(WHOLE)
      expectClose(output?.data ?? [], expected(shape, axis))
    }
  })

  test('an axis between unknown ranks is refused', () => {
    const model = modelAt(6, { a: ['float32', [2]] }, (graph, [x]) => {
      const custom = graph.add('Strange', [x], { domain: 'com.example' })
      const attributes = { broadcast: attribute.int(1), axis: attribute.int(0) }
      return [graph.add('Add', [custom.outputs[0], x], { attributes }).outputs[0]]
    })
    expect(canUpgrade(model, 7)).toEqual([
      { at: 'Add(Add_output)', reason: expect.stringMatching(/unknown rank/) },
    ])
  })

  test('an axis that cannot be is refused', () => {
    expect(canUpgrade(subtract([3, 4], { broadcast: 1, axis: 3 }), 7)[0]?.reason).toMatch(/does not fit/)
  })
})

describe('PRelu 7', () => {
  test.each([[[3]], [[1]], [[3, 1, 1]]])('slope%p', async (shape) => {
    const slope = wave(shape).data as Float32Array
    const model = modelAt(6, { x: ['float32', [1, 3, 2, 2]] }, (graph, [x]) => [
      graph.add('PRelu', [x, graph.addInitializer(Tensor.float32(slope, shape, 'slope'))]).outputs[0],
    ])
    upgradeOpset(model, 21)
    const x = wave([1, 3, 2, 2])
    const [output] = await run(model, { x })
    const data = Array.from(x.data as Float32Array, (each, index) =>
      each < 0 ? each * (slope[slope.length === 1 ? 0 : Math.floor(index / 4)] as number) : each,
    )
    expectClose(output?.data ?? [], data)
  })
})
