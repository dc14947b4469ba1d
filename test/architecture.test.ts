/** Who may import whom: each room names what lies below it, and everything else is forbidden. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

const src = join(__dirname, '..', 'src')

/** Rooms that a room may import; `types:` allows types alone. `errors` and Node's own modules may be imported anywhere. */
const ROOMS: Record<string, readonly string[]> = {
  errors: [],
  ir: [],
  onnx: ['ir'],
  model: ['ir', 'onnx'],
  analysis: ['ir'],
  rewrite: ['ir', 'analysis'],
  native: [],
  runtime: ['ir', 'onnx'],
  calibrate: ['ir', 'native', 'runtime'],
  passes: ['ir', 'analysis', 'rewrite', 'native', 'types:calibrate'],
}
/** May use what simplifies models and widens halves, and nothing else of the passes. */
const ENGINE = ['ir', 'onnx', 'model', 'analysis', 'rewrite', 'native', 'runtime']
const BELOW = Object.keys(ROOMS)
/** Rooms above all of these, and what they may import of each other. */
const ABOVE: Record<string, readonly string[]> = {
  packageVersion: [],
  report: [],
  compress: ['report'],
  compare: ['compress', 'report'],
  search: ['compress', 'report', 'packageVersion'],
  samples: ['types:compress'],
  recipe: ['compress', 'samples'],
  inspect: ['report'],
  doctor: ['report', 'packageVersion'],
}
const ALLOWED: Record<string, readonly string[]> = {
  ...ROOMS,
  ...Object.fromEntries(Object.entries(ABOVE).map(([room, peers]) => [room, [...BELOW, ...peers]])),
  engine: ENGINE,
  cli: ['index'],
  index: [...BELOW, ...Object.keys(ABOVE)],
}

/** Packages, and the only rooms that may import them. */
const PACKAGES: Record<string, readonly string[]> = {
  'onnxruntime-node': ['runtime'],
  commander: ['cli'],
  yaml: ['recipe'],
  zod: ['recipe'],
  sharp: ['samples', 'doctor'],
}

interface Import {
  readonly file: string
  readonly to: string
  readonly isType: boolean
}

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? files(path) : /\.m?ts$/.test(entry.name) ? [path] : []
  })
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8')
  const statements = [...text.matchAll(/^(?:import|export)\s([^'"]*?)from\s+['"]([^'"]+)['"]/gm)]
  const bare = [...text.matchAll(/\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/g)]
  const sideEffects = [...text.matchAll(/^import\s+['"]([^'"]+)['"]/gm)]
  return [
    ...statements.map(([, names = '', to = '']) => ({ file, to, isType: isTypeOnly(names) })),
    ...[...bare, ...sideEffects].map(([, to = '']) => ({ file, to, isType: false })),
  ]
}

/** `import type { … }`, or braces in which every name is a type. */
function isTypeOnly(names: string): boolean {
  if (/^type\s/.test(names)) return true
  const inside = /^\{([^}]*)\}\s*$/.exec(names)?.[1]
  return inside?.split(',').every((name) => name.trim() === '' || /^type\s/.test(name.trim())) ?? false
}

function roomOf(path: string): string {
  return (
    relative(src, path)
      .split(sep)[0]
      ?.replace(/\.m?ts$/, '') ?? ''
  )
}

/** Why an import is forbidden; undefined when it is not. */
function fault({ file, to, isType }: Import): string | undefined {
  const from = roomOf(file)
  if (to.startsWith('node:')) return undefined
  if (!to.startsWith('.')) {
    return PACKAGES[to]?.includes(from) ? undefined : `${from} may not import the package ${to}`
  }
  const room = roomOf(join(dirname(file), to).replace(/\.m?js$/, ''))
  if (room === from || room === 'errors') return undefined
  const allowed = ALLOWED[from]
  if (from === 'engine' && /passes\/(simplify|float32)(\/|$)/.test(to)) return undefined
  if (!allowed) return `the room ${from} is unknown: say here what it may import`
  if (allowed.includes(room) || (isType && allowed.includes(`types:${room}`))) return undefined
  return `${from} may not import ${isType ? 'types of ' : ''}${room}`
}

const all = files(src).flatMap(importsOf)

test('every import goes downwards', () => {
  const faults = all.flatMap((each) => {
    const found = fault(each)
    return found ? [`${relative(src, each.file)}: ${found} (${each.to})`] : []
  })
  expect(faults).toEqual([])
})

test('this test sees the imports', () => {
  expect(all.length).toBeGreaterThan(300)
  expect(all.some(({ to, file }) => to === 'commander' && roomOf(file) === 'cli')).toBe(true)
})

test.each([
  ['ir/graph.ts', '../onnx/decodeModel', false, 'ir may not import onnx'],
  ['passes/simplify/clip.ts', '../../runtime', false, 'passes may not import runtime'],
  ['passes/simplify/clip.ts', '../../calibrate', false, 'passes may not import calibrate'],
  ['passes/simplify/clip.ts', '../../calibrate', true, undefined],
  ['cli/main.ts', '../compress/compress', false, 'cli may not import compress'],
  ['cli/main.ts', '../index', false, undefined],
  ['passes/pass.ts', 'onnxruntime-node', false, 'passes may not import the package onnxruntime-node'],
  ['compress/compress.ts', '../compare/compare', false, 'compress may not import compare'],
  ['engine/prepare.ts', '../passes/simplify/rules', false, undefined],
  ['engine/prepare.ts', '../passes/quantize', false, 'engine may not import passes'],
  ['cellar/new.ts', '../ir', false, 'the room cellar is unknown: say here what it may import'],
])('%s importing %s (types only: %p): %p', (file, to, isType, expected) => {
  expect(fault({ file: join(src, file), to, isType })).toBe(expected)
})

test.each([
  ['type { A } ', true],
  ['{ type A, type B } ', true],
  ['{ type A, b } ', false],
  ['{ b } ', false],
  ['* as all ', false],
])('names %p are types only: %p', (names, expected) => expect(isTypeOnly(names)).toBe(expected))

test('only the native room loads the addon', () => {
  const loaders = files(src).filter((file) => /onnxpress\.node/.test(readFileSync(file, 'utf8')))
  expect(loaders.map(roomOf)).toEqual(['native'])
})
