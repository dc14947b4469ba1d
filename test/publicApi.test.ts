/** The names that users rely on: adding one is easy, removing or renaming one breaks them. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import * as face from '../src'

const NAMES = [
  'Comparison',
  'Diagnosis',
  'Graph',
  'Inspection',
  'Model',
  'Node',
  'OnnxpressError',
  'Report',
  'Sensitivity',
  'Session',
  'Tensor',
  'Value',
  'allocateRatios',
  'attribute',
  'closeRuntime',
  'compare',
  'compress',
  'doctor',
  'inspect',
  'loadRecipe',
  'loadSamples',
  'lowRank',
  'packageVersion',
  'parsePattern',
  'printable',
  'prune',
  'quantize',
  'sensitivity',
  'simplify',
  'storeFloat16',
  'tensorType',
  'toFloat32',
  'upgradeOpset',
]

const root = join(__dirname, '..')

function run(script: string, ...flags: string[]): string {
  return execFileSync(process.execPath, [...flags, '-e', script], { cwd: root, encoding: 'utf8' }).trim()
}

test('exports these names and no others', () => {
  expect(Object.keys(face).sort()).toEqual([...NAMES].sort())
})

test('the engine exports these names and no others, and both ways of importing give the same objects', () => {
  const script = `
    import { createRequire } from 'node:module'
    import * as imported from 'onnxpress/engine'
    const required = createRequire(import.meta.url)('onnxpress/engine')
    console.log(Object.keys(imported).every((name) => imported[name] === required[name]), Object.keys(imported).filter((name) => name !== '__esModule').sort().join())`
  expect(run(script, '--input-type=module')).toBe('true EngineTensor,Explanation,InferenceSession')
})

test('quantize has these passes', () => {
  expect(Object.keys(face.quantize).sort()).toEqual(['dynamic', 'equalize', 'static', 'weights'])
})

test('prune has these passes', () => {
  expect(Object.keys(face.prune).sort()).toEqual(['block', 'channels', 'nOfM', 'unstructured'])
})

test('CommonJS and ES modules get the same objects by the package name', () => {
  const script = `
    import { createRequire } from 'node:module'
    import * as imported from 'onnxpress'
    const required = createRequire(import.meta.url)('onnxpress')
    const names = ${JSON.stringify(NAMES)}
    console.log(names.filter((name) => !imported[name] || imported[name] !== required[name]).join() || 'all')`
  expect(run(script, '--input-type=module')).toBe('all')
})

test('importing starts nothing: the process ends by itself, at once', () => {
  for (const name of ['onnxpress', 'onnxpress/engine'])
    expect(run(`require('${name}'); console.log(process.getActiveResourcesInfo().length)`)).toBe('0')
})
