import { columns } from '../../src/report/printable'
import { textTable } from '../../src/report/textTable'

test('aligns text to the left and numbers to the right', () => {
  expect(
    textTable(
      ['name', 'bytes'],
      [
        ['a', '1.00 kB'],
        ['longer', '12 B'],
      ],
    ),
  ).toBe(['  name      bytes', '  a       1.00 kB', '  longer     12 B'].join('\n'))
})

test('wide characters and control characters keep the columns straight', () => {
  const lines = textTable(
    ['name', 'x'],
    [
      ['層層', '1'],
      ['\u001b[2J', '22'],
    ],
    '',
  ).split('\n')
  expect(new Set(lines.map(columns)).size).toBe(1)
  expect(lines.join('')).not.toContain('\u001b')
})

test('long cells are cut', () => {
  const [, row = ''] = textTable(['name'], [['x'.repeat(500)]]).split('\n')
  expect(columns(row)).toBeLessThan(70)
})

test('a table without rows is its header', () => expect(textTable(['a', 'b'], [])).toBe('  a  b'))
