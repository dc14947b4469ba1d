/** Memory of a session beside that of its weights and activations. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attribute, Tensor } from '../../src/ir'
import { encodeModel } from '../../src/onnx'
import { ModelBuilder } from './support'

const folder = mkdtempSync(join(tmpdir(), 'onnxpress-memory-'))
afterAll(() => rmSync(folder, { recursive: true }))

const LAYERS = 6
const CHANNELS = 384
const DIMS = [1, CHANNELS, 14, 14]
const WEIGHT_MEGABYTES = (LAYERS * CHANNELS * CHANNELS * 9 * 4) / 2 ** 20
const ACTIVATION_MEGABYTES = (CHANNELS * 14 * 14 * 4) / 2 ** 20

/** What JavaScript and threads take beside that, at most. */
const SLACK = 8

/** 3x3 convolutions, whose weights could take four times their memory, scaled by a normalization, which makes others. */
function writeModel(): string {
  const build = new ModelBuilder()
  let x = build.input('x', DIMS)
  const pads = attribute.ints([1, 1, 1, 1])
  const ones = build.constant(Tensor.float32(new Float32Array(CHANNELS).fill(1), [CHANNELS]), 'ones')
  for (let layer = 0; layer < LAYERS; layer++) {
    const y = build.add('Conv', [x, build.weight([CHANNELS, CHANNELS, 3, 3], 0.02)], { pads })
    const [scale, shift, mean] = [
      build.weight([CHANNELS]),
      build.weight([CHANNELS]),
      build.weight([CHANNELS]),
    ]
    x = build.add('Relu', [build.add('BatchNormalization', [y, scale, shift, mean, ones])])
  }
  build.output(x)
  const file = join(folder, 'model.onnx')
  writeFileSync(file, encodeModel(build.model))
  return file
}

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('weights are held once, and given back; what runs get and give is not held', () => {
  const root = join(__dirname, '..', '..')
  const register = join(root, 'test', 'support', 'typescript.js')
  const worker = join(__dirname, 'memoryWorker.ts')
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '-r', register, worker, writeModel(), JSON.stringify(DIMS)],
    { cwd: root, encoding: 'utf8', timeout: 150_000 },
  )
  if (!stdout) throw new Error(stderr)
  const { held, left, kept } = JSON.parse(stdout) as Record<'held' | 'left' | 'kept', number>
  expect(held).toBeGreaterThan(WEIGHT_MEGABYTES * 0.9)
  expect(held).toBeLessThan(1.2 * (WEIGHT_MEGABYTES + 2 * ACTIVATION_MEGABYTES) + SLACK)
  expect(left).toBeLessThan(SLACK)
  expect(kept).toBe(0)
})
