import { withPatterns } from '../../src/recipe/makePasses'
import { parsePattern } from '../../src/recipe/parsePattern'

test.each([
  ['/head/', /head/],
  ['/a\\/b/i', /a\/b/i],
  ['/model/layer', '/model/layer'],
  ['Conv', 'Conv'],
  ['//', '//'],
  ['/', '/'],
  // ONNX names often look like paths; only a slash at the end makes a pattern of one.
  ['/encoder/layer.0/MatMul', '/encoder/layer.0/MatMul'],
])('%s', (text, expected) => expect(parsePattern(text)).toEqual(expected))

test('patterns are found wherever they stand', () => {
  expect(withPatterns({ keep: ['/a/', 'b', { deep: '/c/' }], n: 1, no: null })).toEqual({
    keep: [/a/, 'b', { deep: /c/ }],
    n: 1,
    no: null,
  })
})
