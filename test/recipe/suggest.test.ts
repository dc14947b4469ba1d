import { didYouMean, editDistance } from '../../src/recipe/suggest'

test.each([
  ['', '', 0],
  ['abc', '', 3],
  ['kitten', 'sitting', 3],
  ['same', 'same', 0],
])('from %j to %j: %p', (a, b, expected) => {
  expect(editDistance(a, b)).toBe(expected)
  expect(editDistance(b, a)).toBe(expected)
})

test('suggests only what is near', () => {
  expect(didYouMean('SIMPLFY', ['simplify', 'quantize.static'])).toBe(' (did you mean "simplify"?)')
  expect(didYouMean('prune', ['simplify', 'quantize.static'])).toBe('')
})
