import { lowRank } from '../../../src/passes/lowRank'

test.each<[string, () => unknown, RegExp]>([
  ['nothing at all', () => lowRank(undefined as never), /one of energy, ratio and rank for lowRank/],
  ['no size', () => lowRank({}), /one of energy, ratio and rank/],
  ['two sizes', () => lowRank({ energy: 0.9, rank: 4 }), /one of energy, ratio and rank/],
  ['energy in percent', () => lowRank({ energy: 95 }), /energy above 0 and below 1 for lowRank, received 95/],
  ['all of the energy', () => lowRank({ energy: 1 }), /energy above 0 and below 1/],
  ['a ratio that empties', () => lowRank({ ratio: 1 }), /ratio above 0 and below 1/],
  ['a rank of nothing', () => lowRank({ rank: 0 }), /rank to be a whole number above 0/],
  ['half a rank', () => lowRank({ rank: 1.5 }), /rank to be a whole number/],
  [
    'another budget',
    () => lowRank({ ratio: 0.5, budget: 'bytes' as never }),
    /budget to be one of parameters, macs/,
  ],
  [
    'another scope',
    () => lowRank({ ratio: 0.5, scope: 'model' as never }),
    /scope to be one of global, layer/,
  ],
  [
    'a budget for a rank',
    () => lowRank({ rank: 8, budget: 'macs' }),
    /budget and scope together with ratio alone/,
  ],
  [
    'a bad budget of accuracy',
    () => lowRank({ ratio: 0.5, accuracy: { maxDrop: 2 } }),
    /maxDrop between 0 and 1/,
  ],
  [
    'another weighting',
    () => lowRank({ ratio: 0.5, advanced: { weighting: 'best' as never } }),
    /weighting to be one of activations, plain/,
  ],
  [
    'another scheme',
    () => lowRank({ ratio: 0.5, advanced: { schemes: ['cp' as never] } }),
    /schemes out of pair, spatial, tucker/,
  ],
  ['no schemes', () => lowRank({ ratio: 0.5, advanced: { schemes: [] } }), /schemes out of/],
  ['multiples of 0', () => lowRank({ ratio: 0.5, advanced: { multipleOf: 0 } }), /multipleOf to be a whole/],
  [
    'negative damping',
    () => lowRank({ ratio: 0.5, advanced: { damping: -1 } }),
    /damping to be a number from 0/,
  ],
  ['no rows', () => lowRank({ ratio: 0.5, advanced: { rowsPerFeature: 0 } }), /rowsPerFeature to be/],
  [
    'timing in words',
    () => lowRank({ ratio: 0.5, advanced: { timing: 'yes' as never } }),
    /timing to be true/,
  ],
])('%s is refused at once', (_, make, message) => {
  expect(make).toThrow(
    expect.objectContaining({ code: 'BAD_ARGUMENT', message: expect.stringMatching(message) }),
  )
})

test('options are plain data for the report', () => {
  expect(lowRank({ rank: 4, keep: /head/ })).toMatchObject({
    name: 'lowRank',
    options: { rank: 4, keep: '/head/' },
  })
})
