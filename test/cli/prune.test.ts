import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { decodeModel, encodeModel } from '../../src/onnx'
import { LayerBuilder } from '../passes/quantize/support'
import { folder, leftovers, onnxpress, paths } from './support'

afterEach(() => expect(leftovers()).toEqual([]))

function zeroRatios(name: string) {
  const { graph } = decodeModel(readFileSync(paths.in(name)))
  const weights = graph.initializers.flatMap(({ initializer }) =>
    initializer && initializer.shape.length > 1 ? [initializer.elements as Float32Array] : [],
  )
  return weights.map((weight) => weight.filter((each) => each === 0).length / weight.length)
}

describe('onnxpress compress --prune', () => {
  test('prunes, then quantizes, in the order given, and gives each pass its share', async () => {
    const args = ['compress', 'model.onnx', 'chain.onnx', '--prune', 'unstructured:0.5', '-p', '1:4']
    const { code, stdout, stderr } = await onnxpress([
      ...args,
      ...['--quantize', 'int8', '--samples', 'samples', '--min-snr', '3', '--report', 'chain.json'],
    ])
    expect(stderr).not.toContain('onnxpress:')
    expect(code).toBe(0)
    const report = JSON.parse(readFileSync(paths.in('chain.json'), 'utf8'))
    expect(report.passes.map(({ name }: { name: string }) => name)).toEqual([
      'upgradeOpset',
      'simplify',
      'prune.unstructured',
      'prune.nOfM',
      'quantize.static',
    ])
    expect(report.quality.snrDb).toBeGreaterThanOrEqual(3)
    expect(stdout).toMatch(/after +bytes +parameters +nodes +SNR/)
    expect(stdout).toMatch(/prune\.unstructured +\d/)
  })

  test('writes layers as smaller ones, in the order given among the others', async () => {
    const leaner = ['-p', '2:4', '--low-rank', '0.7', '-p', 'channels:0.3', '--low-rank', '0.9']
    const flags = ['--samples', 'samples', '--no-accuracy', '--no-verify', '--json']
    const { code, stdout } = await onnxpress(['compress', 'model.onnx', 'lean.onnx', ...leaner, ...flags])
    expect(code).toBe(0)
    const { passes } = JSON.parse(stdout) as { passes: { name: string; options: { energy?: number } }[] }
    expect(passes.slice(2).map(({ name, options }) => [name, options.energy])).toEqual([
      ['prune.nOfM', undefined],
      ['lowRank', 0.7],
      ['prune.channels', undefined],
      ['lowRank', 0.9],
    ])
  })

  test('spares layers within the budget, and none with --no-accuracy', async () => {
    const prune = ['--prune', 'unstructured:0.9', '--samples', 'samples']
    const spared = await onnxpress(['compress', 'model.onnx', 'spared.onnx', ...prune, '--min-snr', '60'])
    expect(spared.stdout).toMatch(/LAYERS DENSE/)
    expect(Math.min(...zeroRatios('spared.onnx'))).toBe(0)
    const all = await onnxpress(['compress', 'model.onnx', 'all.onnx', ...prune, '--no-accuracy'])
    expect(all.code).toBe(0)
    for (const ratio of zeroRatios('all.onnx')) expect(ratio).toBeGreaterThan(0.85)
  })

  test('takes channels out of the file', async () => {
    const { code } = await onnxpress([
      ...['compress', 'model.onnx', 'narrow.onnx', '--prune', 'channels:0.5', '--samples', 'samples'],
      ...['--no-verify'],
    ])
    expect(code).toBe(0)
    const { graph } = decodeModel(readFileSync(paths.in('narrow.onnx')))
    expect(graph.own('y')?.type).toBeDefined()
  })

  test('keeps channels within the budget, and none with --no-accuracy', async () => {
    const b = new LayerBuilder()
    const hidden = b.node('Tanh', [b.conv(b.input('x', ['n', 3, 'h', 'w']), [32, 3, 3, 3], { pads: 1 })])
    writeFileSync(paths.in('wide.onnx'), encodeModel(b.output(b.conv(hidden, [4, 32, 1, 1])).model))
    const prune = ['--prune', 'channels:0.5', '--samples', 'samples', '--no-verify', '--json']
    const pruned = async (name: string, flags: readonly string[]) => {
      const { stdout } = await onnxpress(['compress', 'wide.onnx', name, ...prune, ...flags])
      const { passes } = JSON.parse(stdout) as { passes: { name: string; details?: unknown }[] }
      return passes.find((pass) => pass.name === 'prune.channels')?.details
    }
    const kept = await pruned('kept.onnx', ['--min-snr', '200'])
    expect(kept).toMatchObject({ groups: { removed: 0 }, budget: expect.stringContaining('200 dB') })
    const all = await pruned('narrowest.onnx', ['--no-accuracy'])
    expect(all).not.toHaveProperty('budget')
    expect(readFileSync(paths.in('narrowest.onnx')).length).toBeLessThan(
      readFileSync(paths.in('kept.onnx')).length,
    )
  })

  test.each([
    [
      ['--prune', 'half'],
      /Expected unstructured:0\.5, 2:4, 4x1:0\.8, channels:0\.3 for --prune, received "half"/,
    ],
    [['--prune', 'unstructured:30'], /ratio above 0 and below 1/],
    [['--prune', 'unstructured:'], /Expected unstructured/],
    [['--prune', '4:4'], /1 ≤ N < M/],
    [['--prune', '0x1:0.5'], /rows to be a whole number from 1/],
    [['--prune', 'rows:0.5'], /Expected unstructured/],
    [['--recipe', 'r.yaml', '--prune', '2:4'], /drop --prune/],
    [['--max-drop', '0.1'], /no use for --max-drop/],
    [['--low-rank', '95'], /Expected a share above 0 and below 1, such as 0\.95/],
    [['--recipe', 'r.yaml', '--low-rank', '0.9'], /drop --low-rank/],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await onnxpress(['compress', 'model.onnx', 'none.onnx', ...flags])
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(readdirSync(folder)).not.toContain('none.onnx')
  })
})

describe('onnxpress sensitivity', () => {
  const args = ['sensitivity', 'model.onnx', '--prune', 'unstructured', '--samples', 'samples']

  test('ranks layers, keeps what it measured, and writes a page', async () => {
    const flags = ['--ratios', '0.25,0.5', '--cache', 'points', '--report', 'sensitivity.html']
    const first = await onnxpress([...args, ...flags])
    expect(first.code).toBe(0)
    expect(first.stdout).toMatch(/layer +operation +weights +dB at 0\.25 +dB at 0\.5/)
    expect(first.stdout).toMatch(/conv +Conv +216/)
    expect(readdirSync(paths.in('points'))).toHaveLength(4)
    expect(readFileSync(paths.in('sensitivity.html'), 'utf8').match(/<svg/g)).toHaveLength(2)
    const again = await onnxpress([...args, ...flags, '--json'])
    expect(JSON.parse(again.stdout)).toMatchObject({ cachedPoints: 4, ratios: [0.25, 0.5] })
  })

  test('measures what factors cost', async () => {
    const flags = ['--low-rank', '--samples', 'samples', '--ratios', '0.3', '--no-cache', '--json']
    const { code, stdout } = await onnxpress(['sensitivity', 'model.onnx', ...flags])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ pass: 'lowRank', ratios: [0.3] })
  })

  test.each([
    [['sensitivity', 'model.onnx'], /Expected one of --prune and --low-rank/],
    [[...args, '--low-rank'], /Expected one of --prune and --low-rank/],
    [['sensitivity', 'model.onnx', '--prune', 'half'], /Expected unstructured, channels or blocks/],
    [[...args, '--ratios', '25,50'], /Expected ratios above 0 and below 1/],
    [[...args, '--report', 'r.pdf'], /\.html, \.json or \.txt/],
  ])('refuses %j', async (all, message) => {
    const { code, stderr } = await onnxpress(all)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})
