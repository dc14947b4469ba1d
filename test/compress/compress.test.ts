import { compress } from '../../src/compress/compress'
import type { ProgressEvent } from '../../src/compress/watch'
import type { Pass, PassContext } from '../../src/passes/pass'
import { closeRuntime } from '../../src/runtime'
import { convNet, floatsOf, images, scaleWeight, temporaryEntries } from './support'

afterAll(closeRuntime)
afterEach(() => expect(temporaryEntries()).toEqual([]))

/** Keeps what a pass was given. */
function spy(fields: Partial<Pass> = {}): { pass: Pass; contexts: PassContext[] } {
  const contexts: PassContext[] = []
  const apply = (context: PassContext) => {
    contexts.push(context)
    return { changed: 0, skipped: [] }
  }
  return { pass: { name: 'spy', apply, ...fields }, contexts }
}

describe('compress', () => {
  test('changes a copy, never the original', async () => {
    const original = convNet()
    const before = original.toText()
    const bytes = floatsOf(original.graph.own('w1')?.initializer).slice()
    const { model } = await compress(original, [scaleWeight('w1', 2)], { verify: false })
    expect(original.toText()).toBe(before)
    expect(original.graph.own('w1')?.initializer?.elements).toEqual(bytes)
    expect(floatsOf(model.graph.own('w1')?.initializer)[5]).toBeCloseTo((bytes[5] ?? 0) * 2)
    expect(model.constructor).toBe(original.constructor)
  })

  test('reports what each pass did and left alone', async () => {
    const pass = { ...scaleWeight('nothing', 2), options: { factor: 2 } }
    const { report } = await compress(convNet(), [pass, scaleWeight('w2', 1)], { verify: false })
    expect(report.passes).toMatchObject([
      {
        name: 'scale nothing',
        options: { factor: 2 },
        changed: 0,
        skipped: [{ at: 'nothing', reason: 'there is no such weight' }],
      },
      { name: 'scale w2', changed: 1, skipped: [] },
    ])
    expect(report.original).toMatchObject({ nodes: 5, parameters: 8 * 27 + 8 + 32 + 4, opset: 21 })
    expect(report.execution).toBeUndefined()
    expect(report.warnings).toEqual([])
  })

  test('measures candidates against the original, not against the model as it is', async () => {
    let halfway: unknown
    const measuring: Pass = {
      name: 'measuring',
      async apply({ model, runtime, sampleCount }) {
        halfway = { ...(await runtime.measure(model)), first: await runtime.measure(model, 1), sampleCount }
        return { changed: 0, skipped: [] }
      },
    }
    // The output is linear in w2, but its bias stays: an eleventh of the signal is what changes at most.
    const { report } = await compress(convNet(), [scaleWeight('w2', 1.1), measuring], { samples: images() })
    expect(halfway).toMatchObject({ sampleCount: 4, metric: undefined })
    const { snrDb } = halfway as { snrDb: number }
    expect(snrDb).toBeGreaterThan(10)
    expect(snrDb).toBeLessThan(60)
    expect(report.quality).toMatchObject({ snrDb, sampleCount: 4 })
  })

  test('tells what the model has become after each pass that changed it', async () => {
    const lossless = { ...scaleWeight('w1', 1), name: 'lossless', lossless: true }
    const passes = [lossless, scaleWeight('w2', 1.1), scaleWeight('nothing', 2), scaleWeight('w2', 1.1)]
    const { report } = await compress(convNet(), passes, { samples: images() })
    const [first, second, third, fourth] = report.passes.map(({ after }) => after)
    expect(first).toMatchObject({ parameters: report.original.parameters, nodes: 5 })
    expect(first?.measured).toBeUndefined()
    expect(second?.measured?.snrDb).toBeGreaterThan(report.quality?.snrDb as number)
    expect(third).toBeUndefined()
    expect(fourth).toEqual({ bytes: report.result.bytes, parameters: report.result.parameters, nodes: 5 })
    const unverified = await compress(convNet(), passes, { samples: images(), verify: false })
    expect(unverified.report.passes.map(({ after }) => after)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  test('each lossy pass leaves a part of the allowance to those behind it', async () => {
    const [clean, first, second] = [spy({ lossless: true }), spy(), spy()]
    const passes = [clean.pass, first.pass, second.pass]
    await compress(convNet(), passes, { samples: images(), accuracy: { maxDrop: 0.1 }, verify: false })
    const shares = [clean, first, second].map(({ contexts }) => contexts[0]?.allowance)
    expect(shares).toEqual([
      { accuracy: { maxDrop: 0.1 }, share: 0.5 },
      { accuracy: { maxDrop: 0.1 }, share: 0.5 },
      { accuracy: { maxDrop: 0.1 }, share: 1 },
    ])
    await expect(compress(convNet(), [], { accuracy: { maxDrop: 30 } })).rejects.toThrow(
      'Expected maxDrop between 0 and 1 for compress, received 30',
    )
  })

  test('an unchanged model is equal to the original', async () => {
    const { report } = await compress(convNet(), [], { samples: images() })
    expect(report.quality).toMatchObject({ snrDb: Number.POSITIVE_INFINITY, agreement: 1, sampleCount: 4 })
  })

  test("asks the caller's metric about candidates, and about the original once", async () => {
    let asked = 0
    const seen: unknown[] = []
    const pass: Pass = {
      name: 'metrics',
      async apply({ model, runtime }) {
        seen.push(await runtime.originalMetric(), await runtime.originalMetric())
        seen.push((await runtime.measure(model)).metric)
        return { changed: 0, skipped: [] }
      },
    }
    const evaluate = async (session: {
      run: (feeds: never) => Promise<Record<string, { data: unknown }>>
    }) => {
      asked++
      const { y } = await session.run(images()[0] as never)
      return floatsOf(y)[0] ?? Number.NaN
    }
    const { report } = await compress(convNet(), [scaleWeight('b2', 3), pass], {
      samples: images(),
      evaluate: evaluate as never,
    })
    expect(seen[0]).toBe(seen[1])
    expect(seen[2]).not.toBe(seen[0])
    expect(report.quality).toMatchObject({ metric: seen[2], originalMetric: seen[0] })
    // The original, the candidate, the model after the first pass, the result.
    expect(asked).toBe(4)
  })

  test('a metric that is no number is an error', async () => {
    const work = compress(convNet(), [], { samples: images(), evaluate: () => Number.NaN })
    await expect(work).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringContaining('finite number'),
    })
  })

  test('takes only the first samples', async () => {
    const { pass, contexts } = spy()
    const { report } = await compress(convNet(), [pass], { samples: images(4), sampleLimit: 3 })
    expect(contexts[0]?.sampleCount).toBe(3)
    expect(report.quality?.sampleCount).toBe(3)
  })

  test('hands the seed on', async () => {
    const { pass, contexts } = spy()
    await compress(convNet(), [pass], { seed: 7, verify: false })
    expect(contexts[0]?.seed).toBe(7)
  })

  test('gives a pass its statistics', async () => {
    const { pass, contexts } = spy({
      needs: () => [{ value: 'x' }, { value: 'Conv_output', channelAxis: 1 }],
    })
    const model = convNet()
    const name = model.graph.first?.output()?.name ?? ''
    const asking = { ...pass, needs: () => [{ value: 'x' }, { value: name, channelAxis: 1 }] }
    await compress(model, [asking], { samples: images(3), verify: false })
    const statistics = contexts[0]?.statistics
    expect(statistics?.sampleCount).toBe(3)
    expect(statistics?.of('x')?.elements).toBe(3 * 8 * (8 + 9 + 10))
    expect(statistics?.of(name)?.channelMeans).toHaveLength(8)
    expect(statistics?.of('y')).toBeUndefined()
  })

  test('makes samples up where a pass needs some, and says so loudly', async () => {
    const { pass, contexts } = spy({ needs: () => [{ value: 'x' }] })
    const { report } = await compress(convNet(), [pass], { verify: false })
    expect(contexts[0]?.sampleCount).toBeGreaterThan(0)
    expect(contexts[0]?.statistics.of('x')?.elements).toBeGreaterThan(0)
    expect(report.warnings.join()).toContain('MADE-UP SAMPLES')
    expect(`${report}`.split('\n')[0]).toMatch(/^!! CALIBRATED ON MADE-UP SAMPLES/)
  })

  test('without samples, passes that need none are told that there are none', async () => {
    const { pass, contexts } = spy()
    const { report } = await compress(convNet(), [pass], {})
    expect(contexts[0]?.sampleCount).toBe(0)
    expect(report.quality).toBeUndefined()
    expect(report.warnings.join()).not.toContain('MADE-UP')
    expect(report.execution?.latency?.originalSeconds).toBeGreaterThan(0)
  })

  test('says in whose name a pass failed', async () => {
    const cause = new Error('out of luck')
    const failing: Pass = { name: 'mine', apply: () => Promise.reject(cause) }
    await expect(compress(convNet(), [failing])).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: 'Pass "mine": out of luck',
      cause,
    })
  })

  test('a pass that breaks the graph is caught right after it', async () => {
    const breaking: Pass = {
      name: 'breaking',
      apply({ graph }) {
        graph.move(graph.nodes[1] as never, graph.first)
        return { changed: 1, skipped: [] }
      },
    }
    const { pass, contexts } = spy()
    await expect(compress(convNet(), [breaking, pass])).rejects.toMatchObject({
      code: 'INVALID_GRAPH',
      message: expect.stringMatching(/^Pass "breaking": /),
    })
    expect(contexts).toEqual([])
  })

  test.each([
    [undefined, 'array of passes'],
    [[() => undefined], 'call the factory'],
    [[{ name: 'x' }], 'apply(context)'],
    [[{ name: 'x', apply: () => undefined, needs: 3 }], 'needs to be a function'],
  ])('refuses %p as passes', async (passes, message) => {
    await expect(compress(convNet(), passes as never)).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringContaining(message),
    })
  })

  test('refuses a pass that does not say what it did', async () => {
    await expect(
      compress(convNet(), [{ name: 'mute', apply: () => undefined as never }]),
    ).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringContaining('{ changed, skipped'),
    })
  })

  test.each([[{ seed: 0.5 }], [{ evaluate: 1 }], [{ sampleLimit: 0 }]])(
    'refuses the options %p',
    async (options) => {
      await expect(compress(convNet(), [], options as never)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    },
  )

  test('samples that do not fit are refused before anything is done', async () => {
    const { pass, contexts } = spy()
    const samples = [{ x: { type: 'float64', dims: [1, 3, 1, 1], data: new Float64Array(3) } }]
    await expect(compress(convNet(), [pass], { samples })).rejects.toMatchObject({ code: 'BAD_SAMPLES' })
    expect(contexts).toEqual([])
  })

  test('stops when the signal says so, in a pass', async () => {
    const controller = new AbortController()
    const pass: Pass = {
      name: 'slow',
      async apply({ signal }) {
        controller.abort()
        signal.throwIfAborted()
        return { changed: 0, skipped: [] }
      },
    }
    const work = compress(convNet(), [pass], { samples: images(), signal: controller.signal })
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' })
  })

  test('stops when the signal says so, in onnxruntime', async () => {
    const controller = new AbortController()
    const pass: Pass = {
      name: 'measuring',
      async apply({ model, runtime }) {
        setTimeout(() => controller.abort(), 20)
        for (;;) await runtime.measure(model)
      },
    }
    const work = compress(convNet(), [pass], { samples: images(), signal: controller.signal })
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' })
  })

  test('tells how far it is', async () => {
    const events: ProgressEvent[] = []
    const pass: Pass = {
      name: 'telling',
      apply({ progress }) {
        progress(0.5, 'half')
        progress(7)
        return { changed: 0, skipped: [] }
      },
    }
    await compress(convNet(), [pass], { samples: images(), onProgress: (event) => events.push(event) })
    expect(events.filter(({ stage }) => stage === 'telling')).toEqual([
      { stage: 'telling', ratio: 0 },
      { stage: 'telling', ratio: 0.5, what: 'half' },
      { stage: 'telling', ratio: 1 },
      { stage: 'telling', ratio: 1 },
    ])
    expect(events.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['samples', 'verify']))
  })

  test('a result that is slower is said first', async () => {
    const slow: Pass = {
      name: 'slow',
      apply({ graph }) {
        let [x] = graph.inputs
        const [reader] = x?.uses ?? []
        for (let count = 0; count < 300; count++) x = graph.add('Sin', [x], { before: reader?.node }).output()
        reader?.node.setInput(0, x)
        return { changed: 300, skipped: [] }
      },
    }
    const { report } = await compress(convNet(), [slow], { samples: [{ x: images(1)[0]?.x as never }] })
    expect(report.warnings[0]).toMatch(/^THE RESULT IS SLOWER/)
    expect(`${report}`).toMatch(/^!! THE RESULT IS SLOWER/)
    expect(report.execution?.latency?.ratio).toBeGreaterThan(1.03)
  })
})
