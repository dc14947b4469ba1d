/**
 * Integers of whole networks differ from onnxruntime's where sums of floats are rounded in another order: a value next to a
 * half falls to the other side, and what follows carries on from there. So each step is held by itself.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compress, Model, quantize, simplify, upgradeOpset } from '../../src'
import { closeRuntime, type FeedTensor } from '../../src/runtime'
import { eachStep } from './eachStep'
import { floats, type Results } from './support'

const root = join(__dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'engine-steps-'))

afterAll(async () => {
  rmSync(folder, { recursive: true })
  await closeRuntime()
})

/** Opens what a module of bench/models makes. */
async function made(name: string, call: string): Promise<Model> {
  const path = join(folder, `${name}.onnx`)
  const script = `import { ${name} } from './models/${name}.mjs'; await ${call}.save(${JSON.stringify(path)})`
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: join(root, 'bench') })
  return Model.open(path)
}

const recognizer = join(
  root,
  'node_modules',
  '@gutenye',
  'ocr-models',
  'assets',
  'ch_PP-OCRv4_rec_infer.onnx',
)

const tokens = (seed: number, most: number): FeedTensor => {
  const data = BigInt64Array.from({ length: 16 }, (_, index) => BigInt((seed * 7919 + index * 104729) % most))
  return { type: 'int64', dims: [1, 16], data }
}

const text = (seed: number): Results => ({
  input_ids: tokens(seed, 90),
  attention_mask: tokens(seed, 2),
  token_type_ids: tokens(seed + 1, 2),
})

const ENCODER = "encoder('slim', { layers: 2, hidden: 64, heads: 4, inner: 128, vocabulary: 90 }, 7)"

test.each([
  ['resnet50', () => made('resnet50', 'resnet50({ width: 16, size: 64 })'), image('input', [1, 3, 64, 64])],
  [
    'mobileNetV2',
    () => made('mobileNetV2', 'mobileNetV2({ width: 0.35, size: 64 })'),
    image('input', [1, 3, 64, 64]),
  ],
  ['encoder', () => made('encoder', ENCODER), text],
  ['PP-OCRv4 recognizer', () => Model.open(recognizer), image('x', [1, 3, 48, 80])],
] as const)(
  'of %s, each 8-bit value is at most one step from what onnxruntime makes of the same',
  async (_name, open, sample) => {
    const passes = [upgradeOpset(), simplify(), quantize.static({ accuracy: false })]
    const { model } = await compress(await open(), passes, { samples: [sample(1), sample(2)] as never })
    const differences = await eachStep(model, sample(3))
    expect(differences.length).toBeGreaterThan(8)
    expect(differences.filter(({ most }) => most > 1)).toEqual([])
    expect(differences.filter(({ share }) => share > 0.02)).toEqual([])
  },
  120_000,
)

function image(name: string, dims: readonly number[]): (seed: number) => Results {
  return (seed) => ({ [name]: floats(dims, seed) })
}
