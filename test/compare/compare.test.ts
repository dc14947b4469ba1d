import { compare } from '../../src/compare/compare'
import { attribute, Graph, Model, tensorType } from '../../src/ir'
import { closeRuntime } from '../../src/runtime'
import { convNet, floatsOf, images, temporaryEntries, tensor } from '../compress/support'

afterAll(closeRuntime)
afterEach(() => expect(temporaryEntries()).toEqual([]))

/** y = x · factor, so that every figure is known. */
function scaling(factor: number, output = 'y'): Model {
  const graph = new Graph('scaling')
  const x = graph.createValue('x', tensorType('float32', ['n', 2]))
  graph.addInput(x)
  const by = graph.add('Constant', [], { attributes: { value_float: attribute.float(factor) } })
  const y = graph.createValue(output, tensorType('float32', ['n', 2]))
  graph.add('Mul', [x, by.output()], { outputs: [y] })
  graph.addOutput(y)
  return new Model(graph, { irVersion: 10, opsetImports: new Map([['', 21]]) })
}

const samples = [{ x: { type: 'float32', dims: [2, 2], data: Float32Array.of(1, 2, -4, 3) } }]

describe('compare', () => {
  test('measures what can be computed by hand', async () => {
    const found = await compare(scaling(1), scaling(1.125), { samples })
    const [output] = found.outputs
    // The error is an eighth of the signal everywhere: 20 · log10(8).
    expect(found.snrDb).toBeCloseTo(20 * Math.log10(8), 4)
    expect(output).toMatchObject({ name: 'y', agreement: 1, maxAbsolute: 0.5 })
    expect(output?.cosine).toBeCloseTo(1, 6)
    expect(found.latency?.ratio).toBeGreaterThan(0)
  })

  test('a model is equal to itself at every level', async () => {
    const found = await compare(scaling(3), scaling(3), { samples, latency: false })
    expect(found.snrDb).toBe(Number.POSITIVE_INFINITY)
    expect(Object.keys(found.levels)).toEqual(['disabled', 'basic', 'extended', 'all'])
    for (const level of Object.values(found.levels))
      expect(level).toMatchObject({ snrDb: Number.POSITIVE_INFINITY })
    expect(found.latency).toBeUndefined()
  })

  test('looks at the levels asked for', async () => {
    const found = await compare(convNet(), convNet(), {
      samples: images(),
      levels: ['basic'],
      latency: false,
    })
    expect(Object.keys(found.levels)).toEqual(['basic'])
    expect(found.sampleCount).toBe(4)
  })

  test('opposite signs are as far apart as can be', async () => {
    const found = await compare(scaling(1), scaling(-1), { samples, levels: [], latency: false })
    expect(found.overall.cosine).toBeCloseTo(-1, 6)
    expect(found.overall.agreement).toBe(0)
    expect(found.snrDb).toBeCloseTo(-20 * Math.log10(2), 4)
  })

  test("asks both for the caller's metric", async () => {
    const evaluate = async (session: { run: (feeds: never) => Promise<Record<string, { data: unknown }>> }) =>
      floatsOf((await session.run(samples[0] as never)).y)[0] ?? 0
    const options = { samples, evaluate: evaluate as never, levels: [], latency: false }
    expect((await compare(scaling(2), scaling(5), options)).metrics).toEqual({ original: 2, result: 5 })
  })

  test('makes samples up where none are given, and says so', async () => {
    const found = await compare(scaling(1), scaling(2), { seed: 3, levels: [], latency: false })
    expect(found.isSynthetic).toBe(true)
    expect(`${found}`).toContain('MADE-UP')
    const again = await compare(scaling(1), scaling(2), { seed: 3, levels: [], latency: false })
    expect(again.overall).toEqual(found.overall)
  })

  test('a result without the output is told', async () => {
    await expect(compare(scaling(1), scaling(1, 'other'), { samples })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringContaining('"y"'),
    })
  })

  test('refuses unknown levels', async () => {
    await expect(compare(scaling(1), scaling(1), { levels: ['most'] as never })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringContaining('levels of compare'),
    })
  })

  test('stops when the signal says so', async () => {
    const controller = new AbortController()
    const work = compare(convNet(), convNet(), {
      samples: [{ x: tensor([1, 3, 512, 512]) }],
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' })
  })

  test('prints a table and plain data', async () => {
    const found = await compare(scaling(1), scaling(1), { samples, levels: ['all'], latency: false })
    expect(`${found}`.split('\n')).toEqual([
      '1 samples',
      '',
      '  output    SNR  largest error  same choice    cosine',
      '  y       equal           0.00      100.00%  1.000000',
      '',
      '  optimization    SNR  largest error  same choice',
      '  all           equal           0.00      100.00%',
    ])
    expect(JSON.parse(JSON.stringify(found))).toMatchObject({
      snrDb: 'Infinity',
      levels: { all: { snrDb: 'Infinity' } },
    })
  })
})
