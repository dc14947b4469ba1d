import { leftovers, onnxpress } from './support'

afterEach(() => expect(leftovers()).toEqual([]))

describe('onnxpress compare', () => {
  beforeAll(() =>
    onnxpress(['compress', 'model.onnx', 'int8.onnx', '-q', 'int8', '-s', 'samples', '--no-verify']),
  )

  test('prints outputs, levels and latency', async () => {
    const { code, stdout } = await onnxpress(['compare', 'model.onnx', 'int8.onnx', '-s', 'samples'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/output +SNR/)
    expect(stdout).toMatch(/extended +[\d.]+ dB/)
    expect(stdout).toMatch(/one thread: [\d.]+ ms against/)
  })

  test('exits with 1 below the ratio asked for, and says by how much', async () => {
    const args = ['compare', 'model.onnx', 'int8.onnx', '-s', 'samples', '--no-latency', '--min-snr']
    expect(await onnxpress([...args, '1'])).toMatchObject({ code: 0 })
    const failed = await onnxpress([...args, '150'])
    expect(failed.code).toBe(1)
    expect(failed.stderr).toMatch(/signal-to-noise ratio is [\d.]+ dB, below the 150 dB/)
  })

  test('equal models pass any check', async () => {
    const args = [
      'compare',
      'model.onnx',
      'model.onnx',
      '-s',
      'samples',
      '--no-latency',
      '--min-snr',
      '1000',
      '--json',
    ]
    const { code, stdout } = await onnxpress(args)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ snrDb: 'Infinity', sampleCount: 4 })
  })
})

describe('onnxpress inspect', () => {
  test('says what a model is made of', async () => {
    const { code, stdout } = await onnxpress(['inspect', 'model.onnx', '--layers'])
    expect(code).toBe(0)
    expect(stdout).toContain('260 parameters, 5 nodes')
    expect(stdout).toMatch(/in +x +float32\[n,3,h,w\]/)
    expect(stdout).toMatch(/conv +Conv +float32\[8,3,3,3\] +216 +864 B/)
  })

  test('as JSON', async () => {
    const { stdout } = await onnxpress(['inspect', 'model.onnx', '--json'])
    const found = JSON.parse(stdout)
    expect(found).toMatchObject({
      parameters: 260,
      nodes: 5,
      opsets: { '': 21 },
      dataTypes: { float32: { tensors: 4 } },
    })
    expect(found.layers).toBeUndefined()
  })

  test('counts multiply-accumulates for the sizes given', async () => {
    const { code, stdout } = await onnxpress(['inspect', 'model.onnx', '--shape', 'x=1,3,8,8', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout).macs).toBe(8 * 8 * 8 * 27 + 4 * 8)
    for (const shape of ['x', 'x=', 'x=1,a', '=1', 'y=1', 'x=1,3']) {
      expect((await onnxpress(['inspect', 'model.onnx', '--shape', shape])).code).toBe(2)
    }
  })

  test('a file that is no model: exit status 2', async () => {
    expect(await onnxpress(['inspect', 'samples/0.npy'])).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('onnxpress doctor', () => {
  test('finds everything here, and says what was chosen', async () => {
    const { code, stdout } = await onnxpress(['doctor'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/instruction set: \w+/)
    expect(stdout).toMatch(/minmax: .*\[\w+\]/)
    expect(stdout).toMatch(/onnxruntime-node: 1\.\d+/)
  })

  test('says what holds the instruction set down', async () => {
    const { stdout } = await onnxpress(['doctor'], { env: { ONNXPRESS_ISA: 'scalar' } })
    expect(stdout).toContain('instruction set: scalar, held down by ONNXPRESS_ISA=scalar')
  })

  test('what is wrong is told, with exit status 1', async () => {
    const { code, stdout } = await onnxpress(['doctor'], { env: { ONNXPRESS_ISA: 'quantum' } })
    expect(code).toBe(1)
    expect(stdout).toMatch(/native addon: MISSING\. Expected/)
  })

  test('as JSON', async () => {
    const found = JSON.parse((await onnxpress(['doctor', '--json'])).stdout)
    expect(found).toMatchObject({ node: process.version, cpu: { found: { isa: expect.any(String) } } })
  })
})

describe('onnxpress', () => {
  test('--version', async () => {
    expect(await onnxpress(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })

  test('--help lists the commands', async () => {
    const { code, stdout } = await onnxpress(['--help'])
    expect(code).toBe(0)
    for (const command of ['compress', 'compare', 'inspect', 'doctor']) expect(stdout).toContain(command)
  })

  test('an unknown command: exit status 2 and a guess', async () => {
    const { code, stderr } = await onnxpress(['compres'])
    expect(code).toBe(2)
    expect(stderr).toContain('Did you mean compress?')
  })

  test('no command at all: help, and exit status 2', async () => {
    expect(await onnxpress([])).toMatchObject({ code: 2 })
  })
})
