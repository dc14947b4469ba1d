import { prune } from '../../../src/passes/prune'

const half = { ratio: 0.5 }
const four = { rows: 4, columns: 1, ratio: 0.5 }

test.each<[string, () => unknown, RegExp]>([
  [
    'a ratio in percent',
    () => prune.unstructured({ ratio: 30 }),
    /ratio above 0 and below 1 for prune\.unstructured, received 30/,
  ],
  ['a ratio that empties', () => prune.unstructured({ ratio: 1 }), /ratio above 0 and below 1/],
  ['a ratio of nothing', () => prune.unstructured({ ratio: 0 }), /ratio above 0/],
  [
    'no ratio',
    () => prune.unstructured({} as never),
    /ratio above 0 and below 1 for prune\.unstructured, received undefined/,
  ],
  ['nothing at all', () => prune.unstructured(undefined as never), /ratio/],
  [
    'another scope',
    () => prune.unstructured({ ...half, scope: 'model' as never }),
    /scope to be 'layer' or 'global'/,
  ],
  [
    'a pattern in words',
    () => prune.nOfM({ pattern: 'half' as never }),
    /pattern to be 'N:M' with 1 ≤ N < M ≤ 64/,
  ],
  ['nothing left', () => prune.nOfM({ pattern: '0:4' }), /pattern to be 'N:M'/],
  ['nothing to prune', () => prune.nOfM({ pattern: '4:4' }), /pattern to be 'N:M'/],
  ['groups too long', () => prune.nOfM({ pattern: '2:65' }), /pattern to be 'N:M'/],
  ['no pattern', () => prune.nOfM(undefined as never), /pattern to be 'N:M'/],
  ['blocks of no rows', () => prune.block({ ...four, rows: 0 }), /rows to be a whole number from 1/],
  [
    'blocks of half a column',
    () => prune.block({ ...four, columns: 0.5 }),
    /columns to be a whole number from 1/,
  ],
  ['blocks without a ratio', () => prune.block({ rows: 4, columns: 1 } as never), /ratio above 0/],
  [
    'another score',
    () => prune.unstructured({ ...half, advanced: { score: 'taylor' as never } }),
    /advanced\.score to be one of magnitude, wanda, obs/,
  ],
  ['damping below 0', () => prune.nOfM({ pattern: '2:4', advanced: { damping: -1 } }), /advanced\.damping/],
  [
    'no rows',
    () => prune.nOfM({ pattern: '2:4', advanced: { rowsPerFeature: 0 } }),
    /advanced\.rowsPerFeature/,
  ],
  [
    'words for reconstruct',
    () => prune.block({ ...four, advanced: { reconstruct: 'no' as never } }),
    /advanced\.reconstruct/,
  ],
  [
    'a layer emptied',
    () => prune.unstructured({ ...half, advanced: { ratios: { conv: 1 } } }),
    /advanced\.ratios from 0 to below 1/,
  ],
  [
    'a number for ratios',
    () => prune.unstructured({ ...half, advanced: { ratios: 3 as never } }),
    /advanced\.ratios to be a map/,
  ],
  [
    'a drop in percent',
    () => prune.block({ ...four, accuracy: { maxDrop: 5 } }),
    /maxDrop between 0 and 1 for prune\.block/,
  ],
])('refuses %s', (_, make, message) => {
  expect(make).toThrow(
    expect.objectContaining({ code: 'BAD_ARGUMENT', message: expect.stringMatching(message) }),
  )
})

test('names and options are told to the report', () => {
  expect(prune.nOfM({ pattern: '2:4', keep: /head/ })).toMatchObject({
    name: 'prune.nOfM',
    options: { pattern: '2:4', keep: '/head/' },
  })
  expect(prune.unstructured({ ratio: 0.5 }).needs).toBeUndefined()
})
