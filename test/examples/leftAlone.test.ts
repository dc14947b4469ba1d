import { runModule } from './runModule'

const tell = (report: unknown) =>
  runModule(`import { leftAlone } from './leftAlone.mjs'; give(leftAlone(${JSON.stringify(report)}))`)

test('groups what was left alone by pass and reason, commonest first', () => {
  const skipped = [
    { at: 'Add.1', reason: 'no scale' },
    ...['a', 'b', 'c', 'd', 'e', 'f'].map((at) => ({ at, reason: 'not a constant' })),
  ]
  const text = tell({
    passes: [
      { name: 'simplify', skipped: [] },
      { name: 'quantize', changed: 3, skipped },
    ],
  })
  expect(text).toBe(
    [
      'quantize left alone:',
      '     6  not a constant',
      '        a, b, c, d and 2 more',
      '     1  no scale',
      '        Add.1',
    ].join('\n'),
  )
})

test('says so when nothing was', () => {
  expect(tell({})).toBe('Nothing was left alone.')
  expect(tell({ passes: [{ name: 'simplify' }] })).toBe('Nothing was left alone.')
})
