import { InferenceSession } from '../../src/engine'
import { attribute, Graph, Tensor, tensorType, type Value } from '../../src/ir'
import { closeRuntime, type FeedTensor } from '../../src/runtime'
import { differences, expectParity, floats, ModelBuilder, runRuntime } from './support'

afterAll(closeRuntime)

const TOLERANCE = 1e-6

/** A branch of an If, as `fill` writes it into its graph. */
function branch(outer: Graph, fill: (graph: Graph) => readonly Value[]): Graph {
  const graph = new Graph('branch', outer)
  for (const output of fill(graph)) {
    output.type ??= tensorType('float32')
    graph.addOutput(output)
  }
  return graph
}

/** A branch of one operator. */
const computing = (outer: Graph, opType: string, inputs: readonly Value[]) =>
  branch(outer, (graph) => [graph.add(opType, inputs).output() as Value])

function choose(outer: Graph, condition: Value, yes: Graph, no: Graph): Value {
  const attributes = { then_branch: attribute.graph(yes), else_branch: attribute.graph(no) }
  return outer.add('If', [condition], { attributes }).output() as Value
}

/** Relu or Tanh of x, by whether a scalar is 2, and a Neg behind it. */
function byScalar(dataType: 'int64' | 'float32' = 'int64', inner = 'Relu') {
  const build = new ModelBuilder()
  const x = build.input('x', [2, 50])
  const kind = build.input('kind', [], dataType)
  const two = dataType === 'int64' ? Tensor.int64([2], []) : Tensor.float32([2], [])
  const isTwo = build.add('Equal', [kind, build.constant(two)])
  const { graph } = build
  const y = choose(graph, isTwo, computing(graph, inner, [x]), computing(graph, 'Tanh', [x]))
  return build.output(build.add('Neg', [y])).model
}

const integer = (value: number): FeedTensor => ({
  type: 'int64',
  dims: [],
  data: BigInt64Array.of(BigInt(value)),
})

const x = floats([2, 50])

describe('an If', () => {
  test.each([1, 2])('takes the branch that an input of %d decides', async (kind) => {
    const run = await expectParity(byScalar(), { x, kind: integer(kind) }, TOLERANCE)
    expect(run.declined).toEqual([])
    expect(run.kernels).toEqual([kind === 2 ? 'unary.relu' : 'unary.tanh', 'unary.neg'])
  })

  test('takes turns in one session', async () => {
    const model = byScalar()
    await using session = await InferenceSession.create(model)
    for (const kind of [1, 2, 1, 2, 3]) {
      const feeds = { x, kind: integer(kind) }
      const difference = differences(await runRuntime(model, feeds), await session.run(feeds))
      expect(Math.max(...Object.values(difference))).toBeLessThan(TOLERANCE)
    }
    expect((await session.explain()).declined).toEqual([])
  })

  test.each([
    [[2, 50], 'unary.relu'],
    [[3, 50], 'unary.tanh'],
  ])('takes the branch that a shape of %j decides', async (dims, kernel) => {
    const build = new ModelBuilder()
    const x = build.input('x', ['rows', 50])
    const rows = build.add('Gather', [build.add('Shape', [x]), build.constant(Tensor.int64([0], []))])
    const isTwo = build.add('Equal', [rows, build.constant(Tensor.int64([2], []))])
    const { graph } = build
    build.output(choose(graph, isTwo, computing(graph, 'Relu', [x]), computing(graph, 'Tanh', [x])))
    const run = await expectParity(build.model, { x: floats(dims) }, TOLERANCE)
    expect(run.declined).toEqual([])
    expect(run.kernels).toEqual([kernel])
  })

  test.each([
    [1, 1, 'unary.exp'],
    [1, 0, 'unary.tanh'],
    [0, 1, 'copy'],
  ])('inside an If, where conditions are %d and %d', async (first, second, kernel) => {
    const build = new ModelBuilder()
    const { graph } = build
    const x = build.input('x', [2, 50])
    const [outer, inner] = ['first', 'second'].map((name) =>
      build.add('Cast', [build.input(name, [], 'int64')], { to: attribute.int(9) }),
    ) as [Value, Value]
    const relu = build.add('Relu', [x])
    const nested = (within: Graph) =>
      choose(within, inner, computing(within, 'Exp', [relu]), computing(within, 'Tanh', [relu]))
    const given = branch(graph, (within) => [within.add('Identity', [x]).output() as Value])
    build
      .output(
        choose(
          graph,
          outer,
          branch(graph, (within) => [nested(within)]),
          given,
        ),
      )
      .output(relu)
    const feeds = { x: floats([2, 50]), first: integer(first), second: integer(second) }
    const run = await expectParity(build.model, feeds, TOLERANCE)
    expect(run.declined).toEqual([])
    expect(run.kernels).toEqual(['unary.relu', kernel])
  })

  test('gives a constant of its branch', async () => {
    const build = new ModelBuilder()
    const { graph } = build
    const [x, kind] = [build.input('x', [2]), build.input('kind', [], 'int64')]
    const constant = branch(graph, (within) => [within.addInitializer(Tensor.float32([1, 2], [2]))])
    const isTaken = build.add('Cast', [kind], { to: attribute.int(9) })
    build.output(choose(graph, isTaken, constant, computing(graph, 'Exp', [x])))
    for (const value of [0, 1]) {
      const run = await expectParity(build.model, { x: floats([2]), kind: integer(value) }, TOLERANCE)
      expect(run.declined).toEqual([])
    }
  })

  /** Of what is made of x by whether its sum is above 0. */
  function bySum(branches: (graph: Graph, x: Value) => readonly [Graph, Graph]) {
    const build = new ModelBuilder()
    const { graph } = build
    const x = build.input('x', [2, 5])
    const sum = build.add('ReduceSum', [x], { keepdims: attribute.int(0) })
    const isPositive = build.add('Greater', [sum, build.constant(Tensor.float32([0], []))])
    return build.output(choose(graph, isPositive, ...branches(graph, x))).model
  }

  const sums = [floats([2, 5]), { ...floats([2, 5]), data: floats([2, 5], 9).data }]

  test('is computed both ways where data decide', async () => {
    const model = bySum((graph, x) => [computing(graph, 'Relu', [x]), computing(graph, 'Tanh', [x])])
    const chosen = new Set<boolean>()
    for (const x of sums) {
      chosen.add((x.data as Float32Array).reduce((all, each) => all + each) > 0)
      const run = await expectParity(model, { x }, TOLERANCE)
      expect(run.declined).toEqual([])
      expect(run.kernels.slice(-3)).toEqual(['unary.relu', 'unary.tanh', 'where'])
    }
    expect(chosen.size).toBe(2)
  })

  test('is computed both ways where a float decides', async () => {
    for (const value of [1, 2]) {
      const feeds = { x, kind: { type: 'float32', dims: [], data: Float32Array.of(value) } as FeedTensor }
      expect((await expectParity(byScalar('float32'), feeds, TOLERANCE)).declined).toEqual([])
    }
  })

  test('is left to onnxruntime where data decide and a branch may fail', async () => {
    const model = bySum((graph, x) => [
      branch(graph, (within) => {
        const indices = within.addInitializer(Tensor.int64([1, 0]))
        return [within.add('Gather', [x, indices]).output() as Value]
      }),
      computing(graph, 'Tanh', [x]),
    ])
    const run = await expectParity(model, { x: floats([2, 5]) }, TOLERANCE)
    expect(run.declined).toEqual([expect.stringMatching(/^If .*: its condition is only known when/)])
    expect(run.kernels).toContain('onnxruntime')
  })

  test('is left to onnxruntime where data decide its shape', async () => {
    const model = bySum((graph, x) => [computing(graph, 'Tanh', [x]), computing(graph, 'ReduceSum', [x])])
    const run = await expectParity(model, { x: floats([2, 5]) }, TOLERANCE)
    expect(run.declined).toEqual([expect.stringMatching(/^If .*: its branches give different shapes/)])
  })

  test('is left to onnxruntime where what decides it keeps changing', async () => {
    const model = byScalar()
    await using session = await InferenceSession.create(model)
    for (let kind = 0; kind < 20; kind++) {
      const feeds = { x, kind: integer(kind) }
      const difference = differences(await runRuntime(model, feeds), await session.run(feeds))
      expect(Math.max(...Object.values(difference))).toBeLessThan(TOLERANCE)
    }
    expect((await session.explain()).declined).toEqual([
      expect.objectContaining({ reason: expect.stringMatching(/keeps changing/) }),
    ])
  })

  test('is left to onnxruntime where its branch holds what the engine does not have', async () => {
    const model = byScalar('int64', 'Hardmax')
    const taken = await expectParity(model, { x, kind: integer(2) }, TOLERANCE)
    expect(taken.declined).toEqual([
      expect.stringMatching(/^If .*: Hardmax .* inside it: .*no such operator/),
    ])
    const other = await expectParity(model, { x, kind: integer(1) }, TOLERANCE)
    expect(other.declined).toEqual([])
  })
})
