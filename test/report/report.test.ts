import { Report } from '../../src/report/report'
import type { ReportData } from '../../src/report/reportData'

const facts = { bytes: 10_000, nodes: 20, parameters: 2000, opset: 9, operations: { Conv: 20 } }
const data: ReportData = {
  original: facts,
  result: { ...facts, bytes: 2500, opset: 21 },
  passes: [
    {
      name: 'quantize.static',
      options: { range: 'mse', keep: /head/i },
      changed: 18,
      skipped: [
        { at: 'a', reason: 'kept as asked' },
        { at: 'b', reason: 'both inputs are activations' },
        ...['c', 'd', 'e', 'f'].map((at) => ({ at, reason: 'kept as asked' })),
      ],
      details: { layers: [{ name: 'mild', snrDb: 40 }, { name: 'bad', snrDb: 12.345 }, { name: 'other' }] },
      seconds: 1.25,
    },
  ],
  warnings: ['THE RESULT IS SLOWER: much'],
  quality: {
    snrDb: Number.POSITIVE_INFINITY,
    agreement: 1,
    metric: 0.9,
    originalMetric: 0.91,
    sampleCount: 3,
  },
  execution: {
    operations: { QLinearConv: 18 },
    int8Operations: { QLinearConv: 18 },
    layers: [
      { at: 'z', opType: 'Conv', runsAs: 'QLinearConv', runsIn: 'int8' },
      { at: 'a', opType: 'Conv', runsAs: 'Conv', runsIn: 'float', reason: 'kept as asked' },
    ],
    latency: { originalSeconds: 0.01, resultSeconds: 0.02, ratio: 2 },
  },
  seconds: 3,
}

describe('toString', () => {
  const text = `${new Report(data)}`

  test('warns first', () => expect(text).toMatch(/^!! THE RESULT IS SLOWER: much\n/))

  test('shows original, result and ratio', () => {
    expect(text).toMatch(/bytes +10\.00 kB +2\.50 kB +0\.250×/)
    expect(text).toMatch(/latency, one thread +10\.0 ms +20\.0 ms +2\.000×/)
  })

  test('counts what runs in int8, and says why the rest does not', () => {
    expect(text).toContain('onnxruntime runs 1 of 2 layers with weights in int8 (18 QLinearConv)')
    expect(text).toMatch(/1 × kept as asked\n +a\n/)
  })

  test('groups what was left alone, the commonest reason first', () => {
    expect(text).toMatch(
      /18 changed in 1\.3 s, 6 left alone:\n +5 × kept as asked\n +a, c, d, and 2 more\n +1 × both/,
    )
  })

  test('ranks layers, the worst first', () => {
    expect(text.indexOf('bad')).toBeGreaterThan(0)
    expect(text.indexOf('bad')).toBeLessThan(text.indexOf('mild'))
    expect(text).toContain('12.35 dB')
  })

  test('says how close the outputs are', () => {
    expect(text).toContain('on 3 samples: SNR equal, same choice 100.00%, metric 0.9 (original 0.91)')
  })

  test('says why the graph was not read back', () => {
    const execution = { skipped: 'too large', operations: {}, int8Operations: {}, layers: [] }
    expect(`${new Report({ ...data, execution })}`).toContain('not read back: too large')
  })

  test('names out of models cannot steer the terminal', () => {
    const evil = {
      name: 'p\u001b[2J',
      changed: 0,
      skipped: [{ at: '\u001b]0;x\u0007', reason: 'r\u009b1m' }],
      seconds: 0,
    }
    const printed = `${new Report({ ...data, passes: [evil], warnings: ['w\u001b[0m'] })}`
    expect(printed.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })
})

describe('toJSON', () => {
  const plain = JSON.parse(JSON.stringify(new Report(data)))

  test('keeps everything, numbers without a word in JSON as text', () => {
    expect(plain.quality.snrDb).toBe('Infinity')
    expect(plain.passes[0].skipped).toHaveLength(6)
    expect(plain.passes[0].options).toEqual({ range: 'mse', keep: '/head/i' })
    expect(plain.execution.latency.ratio).toBe(2)
  })

  test('leaves out what was not checked', () => {
    const { quality: _, execution: __, ...rest } = data
    expect(Object.keys(JSON.parse(JSON.stringify(new Report(rest))))).toEqual([
      'original',
      'result',
      'passes',
      'warnings',
      'seconds',
    ])
  })
})

describe('toHtml', () => {
  test('is one page that loads and runs nothing', () => {
    const html = new Report(data).toHtml()
    expect(html).toMatch(/^<!doctype html>/)
    expect(html).toContain("default-src 'none'")
    expect(html).not.toMatch(/<script|<link|<img|src=|href=|url\(/i)
  })

  test('draws the ranking', () => {
    const html = new Report(data).toHtml()
    expect(html.match(/<rect /g)).toHaveLength(2)
    const [, first] = /<rect [^>]*width="([\d.]+)"/.exec(html) ?? []
    expect(Number(first)).toBeGreaterThan(0)
  })

  test('everything from the model is escaped', () => {
    const evil = '<script>alert("1")</script>\'&\u001b'
    const html = new Report({
      ...data,
      warnings: [evil],
      passes: [
        {
          name: evil,
          options: { keep: evil },
          changed: 0,
          skipped: [{ at: evil, reason: evil }],
          details: { layers: [{ name: evil, lossDb: 1 }] },
          seconds: 0,
        },
      ],
      execution: { skipped: evil, operations: {}, int8Operations: {}, layers: [] },
    }).toHtml()
    expect(html).not.toMatch(/<script/i)
    expect(html).not.toContain('\u001b')
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;\\u001b')
  })

  test('a report without passes is a page too', () => {
    expect(new Report({ ...data, passes: [] }).toHtml()).toContain('onnxpress report')
  })
})
