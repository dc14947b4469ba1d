import { formatBytes, formatDb, formatMilliseconds, formatRatio, formatShare } from '../../src/report/units'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [10_825_000, '10.82 MB'],
  [3e9, '3.00 GB'],
  [5e15, '5000.00 TB'],
])('%p bytes', (bytes, expected) => expect(formatBytes(bytes)).toBe(expected))

test.each([
  [0.0311, '31.1 ms'],
  [0.000004, '0.00400 ms'],
  [1.5, '1500 ms'],
])('%p seconds', (seconds, expected) => expect(formatMilliseconds(seconds)).toBe(expected))

test.each([
  [Number.POSITIVE_INFINITY, 'equal'],
  [28.66, '28.7 dB'],
  [-3, '-3.0 dB'],
])('%p dB', (db, expected) => expect(formatDb(db)).toBe(expected))

test.each([
  [0.28, '0.280×'],
  [Number.NaN, '–'],
  [Number.POSITIVE_INFINITY, '–'],
])('ratio %p', (ratio, expected) => expect(formatRatio(ratio)).toBe(expected))

test('shares', () => expect([formatShare(0.9957), formatShare(undefined)]).toEqual(['99.57%', '–']))
