import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { decodeModel, encodeModel } from '../../src/onnx'
import { convNet } from '../compress/support'
import { halved } from '../support/halved'
import { folder, leftovers, onnxpress, paths } from './support'

afterEach(() => expect(leftovers()).toEqual([]))

function open(name: string) {
  return decodeModel(readFileSync(paths.in(name)))
}

function write(name: string, text: string): string {
  writeFileSync(paths.in(name), text)
  return paths.in(name)
}

describe('onnxpress compress', () => {
  test('quantizes by one command, and reports', async () => {
    const { code, stdout, stderr } = await onnxpress([
      'compress',
      'model.onnx',
      'int8.onnx',
      '--quantize',
      'int8',
      '--samples',
      'samples',
      '--report',
      'report.json',
    ])
    expect(stderr).not.toContain('onnxpress:')
    expect(code).toBe(0)
    expect(open('int8.onnx').toText()).toContain('int8')
    expect(stdout).toMatch(/quantize\.static: \d+ changed/)
    const report = JSON.parse(readFileSync(paths.in('report.json'), 'utf8'))
    expect(report.passes.map(({ name }: { name: string }) => name)).toEqual([
      'upgradeOpset',
      'simplify',
      'quantize.static',
    ])
    expect(report.quality.sampleCount).toBe(4)
    expect(report.execution.layers).toHaveLength(2)
    expect(Array.isArray(report.passes[2].skipped)).toBe(true)
  })

  test('quantizes a model of float16 as one of float32', async () => {
    writeFileSync(paths.in('half.onnx'), encodeModel(await halved(convNet())))
    const report = paths.in('half.json')
    const flags = ['--quantize', 'int8', '--samples', 'samples', '--report', report]
    const { code } = await onnxpress(['compress', 'half.onnx', 'half.int8.onnx', ...flags])
    expect(code).toBe(0)
    const { passes } = JSON.parse(readFileSync(report, 'utf8'))
    expect(passes.map(({ name }: { name: string }) => name)).toEqual([
      'upgradeOpset',
      'toFloat32',
      'simplify',
      'quantize.static',
      'storeFloat16',
    ])
    expect(passes.at(-2).changed).toBe(2)
    const pruning = ['--prune', 'unstructured:0.5', '--no-accuracy', '--no-verify', '--samples', 'samples']
    const pruned = await onnxpress(['compress', 'half.onnx', 'half.pruned.onnx', ...pruning])
    expect(pruned.code).toBe(0)
    expect(pruned.stdout).toMatch(/toFloat32: \d+ changed[\s\S]*prune\.unstructured[\s\S]*storeFloat16/)
    const cleaned = await onnxpress(['compress', 'half.onnx', 'half.clean.onnx', '--no-verify'])
    expect(cleaned.stdout).not.toContain('toFloat32')
  })

  test('quantizes weights alone without samples', async () => {
    const { code } = await onnxpress([
      'compress',
      'model.onnx',
      'dynamic.onnx',
      '-q',
      'dynamic',
      '--no-verify',
    ])
    expect(code).toBe(0)
    expect(open('dynamic.onnx').toText()).toContain('DynamicQuantizeLinear')
  })

  test('the same seed gives the same bytes', async () => {
    for (const name of ['one.onnx', 'two.onnx'])
      await onnxpress([
        'compress',
        'model.onnx',
        name,
        '-q',
        'int8',
        '-s',
        'samples',
        '--seed',
        '3',
        '--no-verify',
      ])
    expect(readFileSync(paths.in('one.onnx'))).toEqual(readFileSync(paths.in('two.onnx')))
  })

  test('writes over its input', async () => {
    writeFileSync(paths.in('same.onnx'), readFileSync(paths.model))
    const { code } = await onnxpress(['compress', 'same.onnx', 'same.onnx', '-q', 'dynamic', '--no-verify'])
    expect(code).toBe(0)
    expect(open('same.onnx').toText()).toContain('DynamicQuantizeLinear')
  })

  test('keeps what is to be kept', async () => {
    const { code, stdout } = await onnxpress([
      'compress',
      'model.onnx',
      'kept.onnx',
      '-q',
      'int8',
      '-s',
      'samples',
      '--keep',
      '/^ge/',
      'Conv',
      '--json',
    ])
    expect(code).toBe(0)
    expect(open('kept.onnx').toText()).not.toContain('QuantizeLinear')
    expect(JSON.parse(stdout).passes[2].skipped.length).toBeGreaterThanOrEqual(2)
  })

  test('--json gives one document on stdout and events on stderr', async () => {
    const { code, stdout, stderr } = await onnxpress([
      'compress',
      'model.onnx',
      'j.onnx',
      '-s',
      'samples',
      '--json',
    ])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      original: { nodes: 5 },
      quality: { snrDb: expect.anything() },
    })
    const events = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['progress']))
    expect(events.map(({ stage }) => stage)).toEqual(
      expect.arrayContaining(['samples', 'simplify', 'verify']),
    )
  })

  test('works by a recipe, whose samples lie beside it', async () => {
    mkdirSync(paths.in('recipes'))
    const recipe = write(
      'recipes/r.yaml',
      'passes: [simplify, { quantize.static: { accuracy: false } }]\nsamples: ../samples',
    )
    const { code, stdout } = await onnxpress([
      'compress',
      'model.onnx',
      'r.onnx',
      '--recipe',
      recipe,
      '--limit',
      '2',
      '--json',
    ])
    expect(code).toBe(0)
    expect(JSON.parse(stdout).quality.sampleCount).toBe(2)
  })

  test.each(['js', 'mjs'])('takes samples and the metric from a .%s module', async (extension) => {
    const body = `function* samples() { yield { x: { type: 'float32', dims: [1, 3, 8, 8], data: new Float32Array(192).fill(0.5) } } }
async function evaluate(session) { for (const feeds of samples()) return (await session.run(feeds)).y.data[0] }`
    const exports =
      extension === 'js' ? 'module.exports = { samples, evaluate }' : 'export { samples, evaluate }'
    const module = write(`samples.${extension}`, `${body}\n${exports}`)
    const { code, stdout } = await onnxpress(['compress', 'model.onnx', 'm.onnx', '-s', module, '--json'])
    expect(code).toBe(0)
    const { quality } = JSON.parse(stdout)
    expect(quality.metric).toBeCloseTo(quality.originalMetric, 4)
  })

  test.each(['html', 'txt'])('writes the report as .%s', async (extension) => {
    const { code } = await onnxpress([
      'compress',
      'model.onnx',
      'reported.onnx',
      '--no-verify',
      '--report',
      `r.${extension}`,
    ])
    expect(code).toBe(0)
    const text = readFileSync(paths.in(`r.${extension}`), 'utf8')
    expect(text).toContain(extension === 'html' ? '<!doctype html>' : 'simplify:')
  })

  test('made-up samples are warned of', async () => {
    const { code, stdout } = await onnxpress(['compress', 'model.onnx', 'made.onnx', '-q', 'int8'])
    expect(code).toBe(0)
    expect(stdout).toContain('MADE-UP SAMPLES')
  })

  test.each([1, 2])('Ctrl+C (%p times): exit status 130, nothing written, nothing left', async (times) => {
    let sent = 0
    const { code, stderr } = await onnxpress(
      ['compress', 'model.onnx', 'stopped.onnx', '-q', 'int8', '-s', 'samples'],
      {
        watch: (text, stop) => {
          if (text.includes('simplify ...')) while (sent++ < times) stop()
        },
      },
    )
    expect(code).toBe(130)
    if (times === 1) expect(stderr).toContain('nothing was written')
    expect(existsSync(paths.in('stopped.onnx'))).toBe(false)
    expect(readdirSync(folder).filter((name) => name.includes('stopped'))).toEqual([])
  })
})

describe('mistakes', () => {
  const cases: [string, string[], RegExp][] = [
    ['no such model', ['nowhere.onnx', 'x.onnx'], /nowhere\.onnx/],
    ['no model at all', ['samples/0.npy', 'x.onnx'], /\[BAD_MODEL\]/],
    [
      'no such samples',
      ['model.onnx', 'x.onnx', '-s', 'nowhere'],
      /nowhere: expected a folder[\s\S]*\[BAD_SAMPLES\]/,
    ],
    ['no such folder to write to', ['model.onnx', 'no/where/x.onnx'], /Make the folder/],
    ['a folder to write to', ['model.onnx', 'samples'], /found the folder/],
    ['an unknown kind of report', ['model.onnx', 'x.onnx', '--report', 'r.pdf'], /\.html, \.json or \.txt/],
    ['a flag that is of no use', ['model.onnx', 'x.onnx', '-q', 'dynamic', '--range', 'mse'], /--range/],
    ['a recipe and flags', ['model.onnx', 'x.onnx', '-r', 'r.yaml', '-q', 'int8'], /drop --quantize/],
    ['no such recipe', ['model.onnx', 'x.onnx', '-r', 'nowhere.yaml'], /\[BAD_RECIPE\]/],
    ['an unknown choice', ['model.onnx', 'x.onnx', '-q', 'int7'], /Allowed choices are int8, dynamic/],
    ['a number that is none', ['model.onnx', 'x.onnx', '--seed', 'seven'], /Expected a number/],
    ['a share beyond all', ['model.onnx', 'x.onnx', '-q', 'int8', '--max-drop', '30'], /share from 0 to 1/],
    ['a pattern that is none', ['model.onnx', 'x.onnx', '-k', '/(/'], /--keep/],
    ['a missing argument', ['model.onnx'], /missing required argument/],
    ['a flag that there is not', ['model.onnx', 'x.onnx', '--quantise', 'int8'], /Did you mean --quantize/],
  ]

  test.each(cases)('%s: exit status 2, a message, no stack', async (_, args, message) => {
    const { code, stdout, stderr } = await onnxpress(['compress', ...args])
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(stdout).toBe('')
    expect(code).toBe(2)
    expect(existsSync(paths.in('x.onnx'))).toBe(false)
  })

  test('ONNXPRESS_DEBUG shows the stack', async () => {
    const { stderr } = await onnxpress(['compress', 'nowhere.onnx', 'y.onnx'], {
      env: { ONNXPRESS_DEBUG: '1' },
    })
    expect(stderr).toMatch(/\n\s+at /)
  })

  test('names out of files cannot steer the terminal', async () => {
    const module = write('evil.js', "throw new Error('\\u001b[2Jgone')")
    const { code, stderr } = await onnxpress(['compress', 'model.onnx', 'y.onnx', '-s', module])
    expect(code).toBe(2)
    expect(stderr).toContain('\\u001b[2Jgone')
    expect(stderr).not.toContain('\u001b')
  })
})
