/** GroupQueryAttention, whose keys and values go from run to run. */
import { InferenceSession } from '../../src/engine'
import { attribute, type DataType, Tensor, type Value } from '../../src/ir'
import { closeRuntime, type FeedTensor } from '../../src/runtime'
import { differences, type EngineRun, expectParity, floats, ModelBuilder, noise, runRuntime } from './support'

afterAll(closeRuntime)

interface Shape {
  batch?: number
  tokens: number
  past: number
  heads?: number
  keyHeads?: number
  depth?: number
  /** Tokens of each sequence with the new ones; past + tokens where nothing is said. */
  totals?: readonly number[]
  /** Rows that kept keys have room for. */
  room?: number
}

const POSITIONS = 40

const integer = (numbers: readonly number[], dims: readonly number[]): FeedTensor => ({
  type: 'int32',
  dims,
  data: Int32Array.from(numbers),
})

const number = (name: string, each: number) => [name, attribute.int(each)] as const

/** A model of one GroupQueryAttention, and what to feed it. */
class Case {
  readonly build = new ModelBuilder()
  readonly feeds: Record<string, FeedTensor> = {}
  private readonly size: Required<Omit<Shape, 'totals' | 'room'>>

  constructor(
    private readonly shape: Shape,
    attributes: readonly (readonly [
      string,
      ReturnType<typeof attribute.int | typeof attribute.float>,
    ])[] = [],
    private readonly options: { isPacked?: boolean; pairs?: number; hasPast?: boolean } = {},
  ) {
    this.build.model.opsetImports.set('com.microsoft', 1)
    this.size = { batch: 1, heads: 4, keyHeads: 2, depth: 16, ...shape }
    const { heads, keyHeads } = this.size
    const node = this.build.graph.add('GroupQueryAttention', this.inputs(), {
      domain: 'com.microsoft',
      outputs: 3,
      attributes: Object.fromEntries([
        number('num_heads', heads),
        number('kv_num_heads', keyHeads),
        number('do_rotary', options.pairs ? 1 : 0),
        ...attributes,
      ]),
    })
    for (const output of node.outputs) this.build.output(output as Value)
  }

  private feed(name: string, tensor: FeedTensor): Value {
    this.feeds[name] = tensor
    return this.build.input(name, tensor.dims, tensor.type as DataType)
  }

  private inputs(): (Value | undefined)[] {
    const { batch, tokens, past, heads, keyHeads, depth } = this.size
    const { isPacked, pairs, hasPast = true } = this.options
    const total = Math.max(...(this.shape.totals ?? [past + tokens]))
    const rows = (name: string, count: number, seed: number) =>
      this.feed(name, floats([batch, tokens, count * depth], seed))
    const kept = (name: string, seed: number) =>
      hasPast ? this.feed(name, floats([batch, keyHeads, this.shape.room ?? past, depth], seed)) : undefined
    const table = (turn: (angle: number) => number) =>
      this.build.constant(
        Tensor.float32(
          Array.from({ length: POSITIONS * (pairs ?? 0) }, (_, at) => turn(at / 7)),
          [POSITIONS, pairs ?? 0],
        ),
      )
    const totals = this.shape.totals ?? new Array<number>(batch).fill(total)
    const lengths = this.feed(
      'lengths',
      integer(
        totals.map((each) => each - 1),
        [batch],
      ),
    )
    return [
      ...(isPacked
        ? [rows('qkv', heads + 2 * keyHeads, 1), undefined, undefined]
        : [rows('q', heads, 1), rows('k', keyHeads, 2), rows('v', keyHeads, 3)]),
      ...[kept('pastK', 4), kept('pastV', 5), lengths],
      this.build.constant(Tensor.from('int32', [], Int32Array.of(total))),
      ...(pairs ? [table(Math.cos), table(Math.sin)] : []),
    ]
  }

  async expectOne(threads = 1): Promise<EngineRun> {
    const run = await expectParity(this.build.model, this.feeds, 1e-5, { intraOpNumThreads: threads })
    expect(run.kernels).toEqual(['cachedAttention'])
    return run
  }
}

describe('GroupQueryAttention is one step', () => {
  test.each<[string, ...ConstructorParameters<typeof Case>]>([
    ['the first tokens', { tokens: 9, past: 0 }],
    ['one token more', { tokens: 1, past: 12 }],
    ['several tokens more', { tokens: 5, past: 12 }],
    ['several sequences', { batch: 3, tokens: 1, past: 7 }],
    ['as many heads of keys', { tokens: 3, past: 4, keyHeads: 4 }],
    ['all heads with one of keys', { tokens: 1, past: 4, keyHeads: 1 }],
    ['turned by position', { tokens: 6, past: 0 }, [], { pairs: 8 }],
    ['turned behind others', { batch: 2, tokens: 1, past: 9 }, [], { pairs: 8 }],
    ['several turned behind others', { tokens: 4, past: 9 }, [], { pairs: 8 }],
    ['a part turned', { tokens: 1, past: 9, depth: 32 }, [], { pairs: 8 }],
    ['neighbors turned', { tokens: 6, past: 0 }, [number('rotary_interleaved', 1)], { pairs: 8 }],
    ['side by side', { batch: 2, tokens: 4, past: 0 }, [], { isPacked: true, pairs: 8 }],
    ['one more side by side', { batch: 2, tokens: 1, past: 3 }, [], { isPacked: true, pairs: 8 }],
    ['another scale', { tokens: 2, past: 3 }, [['scale', attribute.float(0.7)]]],
    ['a window', { tokens: 7, past: 6 }, [number('local_window_size', 3)]],
    ['a window for one token', { tokens: 1, past: 12 }, [number('local_window_size', 4)]],
    ['a window wider than all', { tokens: 1, past: 5 }, [number('local_window_size', 30)]],
    ['room for more', { tokens: 1, past: 5, room: 20 }],
    ['nothing kept', { tokens: 5, past: 0 }, [], { hasPast: false }],
    [
      'sequences of different lengths',
      { batch: 3, tokens: 1, past: 9, totals: [10, 4, 7] },
      [],
      { pairs: 8 },
    ],
  ])('%s', async (_, ...given) => {
    await new Case(...given).expectOne()
    await new Case(...given).expectOne(2)
  })

  test('what is kept of shorter sequences is theirs, then zeros', async () => {
    const shape = { batch: 2, tokens: 1, past: 6, totals: [3, 7] }
    const { results } = await new Case(shape).expectOne()
    const [, keys] = Object.values(results)
    expect(keys?.dims).toEqual([2, 2, 7, 16])
    const data = (keys as FeedTensor).data as Float32Array
    const rows = Array.from({ length: 7 }, (_, row) =>
      data.subarray(row * 16, row * 16 + 16).some((each) => each !== 0),
    )
    expect(rows).toEqual([true, true, true, false, false, false, false])
  })
})

test.each([
  ['softcap', attribute.float(20)],
  ['smooth_softmax', attribute.int(1)],
] as const)('%s is left to onnxruntime', async (name, value) => {
  const { build, feeds } = new Case({ tokens: 3, past: 2 }, [[name, value]])
  const run = await expectParity(build.model, feeds, 1e-6)
  expect(run.declined.join()).toContain('scores or keys of a kind that it does not have')
})

test.each([
  ['more than there is room for', { tokens: 1, past: 3, totals: [4] }, [9]],
  ['fewer than there are new ones', { tokens: 3, past: 3, totals: [6] }, [1]],
  ['beyond the table of angles', { tokens: 1, past: POSITIONS + 2 }, [POSITIONS + 2]],
  ['negative ones', { tokens: 1, past: 3 }, [-5]],
])('lengths are refused: %s', async (_, shape, lengths) => {
  const { build, feeds } = new Case(shape, [], { pairs: 8 })
  const session = await InferenceSession.create(build.model)
  const wrong = { ...feeds, lengths: integer(lengths, [1]) }
  await expect(session.run(wrong)).rejects.toMatchObject({
    code: 'RUNTIME',
    message: expect.stringContaining('Lengths of sequences leave no room for their tokens'),
  })
  await session.release()
})

describe('norms by the root of the mean square', () => {
  test.each([true, false])('behind a sum, which others read: %s', async (isRead) => {
    const build = new ModelBuilder()
    build.model.opsetImports.set('com.microsoft', 1)
    const [x, skip] = [build.input('x', [2, 3, 24]), build.input('skip', [2, 3, 24])]
    const bias = build.weight([24])
    const node = build.graph.add('SkipSimplifiedLayerNormalization', [x, skip, build.weight([24]), bias], {
      domain: 'com.microsoft',
      outputs: 4,
      attributes: { epsilon: attribute.float(1e-5) },
    })
    build.output(node.output() as Value)
    if (isRead) build.output(node.output(3) as Value)
    const feeds = { x: floats([2, 3, 24], 1), skip: floats([2, 3, 24], 2) }
    const run = await expectParity(build.model, feeds, 1e-6)
    expect(run.declined).toEqual([])
    expect(run.kernels.at(-1)).toBe('layerNormalization.element')
  })

  test('alone', async () => {
    const build = new ModelBuilder()
    const x = build.input('x', [5, 24])
    const scale = build.constant(Tensor.float32(noise(24), [24]))
    build.output(build.add('SimplifiedLayerNormalization', [x, scale], { axis: attribute.int(-1) }))
    const feeds = { x: floats([5, 24]) }
    const expected = await runRuntime(build.model, feeds)
    const session = await InferenceSession.create(build.model)
    expect(Math.max(...Object.values(differences(expected, await session.run(feeds))))).toBeLessThan(1e-6)
    expect((await session.explain()).declined).toEqual([])
    await session.release()
  })
})
