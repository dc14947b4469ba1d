/** The bench's graph builders, slim: ES modules, so another process runs them and their files are opened here. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Model } from '../../../../src/model'

const bench = join(__dirname, '..', '..', '..', '..', 'bench')

/** By architecture: the file of its builder, and the options that keep it small. */
const SLIM = {
  resnet50: { width: 16, size: 32, classes: 10 },
  mobileNetV2: { width: 0.25, size: 32, classes: 10 },
  mobileNetV3: { width: 0.25, size: 32, classes: 10 },
  denseNet: { growth: 8, blocks: [3, 4, 3], size: 32, classes: 10 },
  shuffleNetV2: { widths: [16, 32, 64, 96, 128], repeats: [3, 4, 3], size: 64, classes: 10 },
  efficientNet: { width: 0.25, size: 32, classes: 10 },
  uNet: { width: 8, levels: 3, size: 32 },
  inception: { width: 0.125, size: 32, classes: 10 },
  yolo: { width: 8, size: 64, classes: 6 },
  vit: { layers: 2, hidden: 32, heads: 4, inner: 64, patch: 8, size: 32, classes: 10 },
  bert: { layers: 2, hidden: 32, heads: 4, inner: 64, vocabulary: 50, positions: 32 },
} as const

export type Architecture = keyof typeof SLIM

export const architectures = Object.keys(SLIM) as Architecture[]

/** Builds all slim models at once; `open` gives one anew each time, `dispose` removes the files. */
export function buildZoo(): { open(name: Architecture): Promise<Model>; dispose(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'onnxpress-zoo-'))
  const lines = architectures.map((name) =>
    name === 'bert'
      ? `await (await import('./models/encoder.mjs')).encoder('bert', ${json(name)}, 5).save('${folder}/bert.onnx')`
      : `await (await import('./models/${name}.mjs')).${name}(${json(name)}).save('${folder}/${name}.onnx')`,
  )
  execFileSync(process.execPath, ['--input-type=module', '--eval', lines.join('\n')], { cwd: bench })
  return {
    open: (name) => Model.open(join(folder, `${name}.onnx`)),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function json(name: Architecture): string {
  return JSON.stringify(SLIM[name])
}
