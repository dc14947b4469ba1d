import { Graph, Model, Tensor, tensorType, type Value } from '../../../src/ir'
import { encodeModel } from '../../../src/onnx'
import { storeFloat16, toFloat32 } from '../../../src/passes/float32'
import { closeRuntime } from '../../../src/runtime'
import { floats, noise, type Results, runEngine, runRuntime } from '../../engine/support'
import { applyPass } from '../../support/passContext'

afterAll(closeRuntime)

/** x[4, 64] by a matrix of such elements, and rows of an embedding added. */
function modelOf(scale: number): Model {
  const graph = new Graph('g')
  const x = graph.declareValue('x', tensorType('float32', [4, 64]))
  graph.addInput(x)
  const constant = (shape: readonly number[], seed: number, factor = 1) => {
    const elements = noise(
      shape.reduce((all, each) => all * each, 1),
      seed,
    ).map((each) => each * factor)
    return graph.addInitializer(Tensor.from('float32', shape, elements), `w${seed}`)
  }
  const product = graph.add('MatMul', [x, constant([64, 32], 1, scale)]).output() as Value
  const rows = graph.add('Gather', [constant([40, 32], 2), graph.addInitializer(Tensor.int64([1, 5, 9, 30]))])
  const sum = graph.add('Add', [product, rows.output()]).output() as Value
  const y = graph.add('Add', [sum, constant([32], 3)]).output() as Value
  y.type = tensorType('float32')
  graph.addOutput(y)
  return new Model(graph, { opsetImports: new Map([['', 21]]), irVersion: 10 })
}

const numbersOf = (results: Results) => Array.from(Object.values(results)[0]?.data as Float32Array)

const typesOf = ({ graph }: Model) =>
  Object.fromEntries(graph.initializers.map(({ name, initializer }) => [name, initializer?.dataType]))

test('weights take half the bytes, and results stay within their rounding', async () => {
  const model = modelOf(1)
  const before = {
    bytes: encodeModel(model).byteLength,
    results: await runRuntime(model, { x: floats([4, 64]) }),
  }
  expect(await applyPass(storeFloat16(), model)).toEqual({ changed: 2, skipped: [] })
  expect(typesOf(model)).toMatchObject({ w1_float16: 'float16', w2_float16: 'float16', w3: 'float32' })
  expect(encodeModel(model).byteLength).toBeLessThan(0.6 * before.bytes)
  const feeds = { x: floats([4, 64]) }
  const expected = numbersOf(before.results)
  for (const found of [await runRuntime(model, feeds), (await runEngine(model, feeds)).results]) {
    const off = Math.max(...numbersOf(found).map((each, at) => Math.abs(each - (expected[at] ?? 0))))
    expect(off).toBeGreaterThan(0)
    expect(off).toBeLessThan(64 * 2 ** -11)
  }
})

test('what float16 does not reach stays, for a reason', async () => {
  for (const [scale, reason] of [
    [1e6, /does not reach/],
    [1e-5, /too coarse/],
    [Number.NaN, /does not reach/],
  ] as const) {
    const { changed, skipped } = await applyPass(storeFloat16(), modelOf(scale))
    expect(changed).toBe(1)
    expect(skipped).toEqual([{ at: 'w1', reason: expect.stringMatching(reason) }])
  }
  const kept = await applyPass(storeFloat16({ keep: 'MatMul' }), modelOf(1))
  expect(kept).toEqual({ changed: 1, skipped: [{ at: 'w1', reason: expect.stringMatching(/kept/) }] })
})

test('and back they are the same floats', async () => {
  const model = modelOf(1)
  await applyPass(storeFloat16(), model)
  const first = await runRuntime(model, { x: floats([4, 64]) })
  await applyPass(toFloat32(), model)
  expect(new Set(Object.values(typesOf(model)))).not.toContain('float16')
  const second = await runRuntime(model, { x: floats([4, 64]) })
  expect(numbersOf(second)).toEqual(numbersOf(first))
})

test.each([
  ['NaN behind a number out of reach', [1e6, Number.NaN]],
  ['NaN among small numbers', [1, Number.NaN]],
  ['an infinity', [1, Number.NEGATIVE_INFINITY]],
])('%s stays', async (_, [first = 0, second = 0]) => {
  const model = modelOf(1)
  const value = model.graph.own('w1') as Value
  const elements = noise(64 * 32)
  elements.set([first, second], 700)
  value.initializer = Tensor.from('float32', [64, 32], elements, 'w1')
  const { changed, skipped } = await applyPass(storeFloat16(), model)
  expect(changed).toBe(1)
  expect(skipped).toEqual([{ at: 'w1', reason: expect.stringMatching(/does not reach/) }])
})
