import { columns, cutToFit, printable } from '../../src/report/printable'

describe('printable', () => {
  test.each([
    ['plain name/1:0', 'plain name/1:0'],
    ['\u001b[31mred', '\\u001b[31mred'],
    ['line\nbreak\r', 'line\\u000abreak\\u000d'],
    ['\u0000\u007f\u009b', '\\u0000\\u007f\\u009b'],
    // Turns the rest of the line around on a terminal.
    ['\u202eevil', '\\u202eevil'],
    ['\u2028', '\\u2028'],
    ['\ud800', '\\ud800'],
    ['\u{e0041}', '\\u{e0041}'],
    ['層 é 😀', '層 é 😀'],
  ])('%j', (text, expected) => expect(printable(text)).toBe(expected))

  test('what is printable stays as it is', () => {
    const once = printable('\u001b[2J層')
    expect(printable(once)).toBe(once)
  })
})

describe('columns', () => {
  test.each([
    ['abc', 3],
    ['層', 2],
    ['ｆ', 2],
    ['e\u0301', 1],
    ['😀', 2],
    ['', 0],
  ])('%j takes %p', (text, expected) => expect(columns(text)).toBe(expected))
})

describe('cutToFit', () => {
  test.each([
    ['short', 10, 'short'],
    ['exactly', 7, 'exactly'],
    ['too long', 5, 'too …'],
    ['層層層', 4, '層…'],
  ])('%j in %p columns', (text, width, expected) => {
    const cut = cutToFit(text, width)
    expect(cut).toBe(expected)
    expect(columns(cut)).toBeLessThanOrEqual(width)
  })
})
