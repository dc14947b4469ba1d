import { toJson } from '../../src/report/toJson'

test.each([
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
  [12n, '12'],
  [/a/g, '/a/g'],
  [new Float32Array([1, Number.POSITIVE_INFINITY]), [1, 'Infinity']],
  [new Map([['k', 1]]), { k: 1 }],
  [
    { a: undefined, b: null, c: [{ d: 1 }] },
    { b: null, c: [{ d: 1 }] },
  ],
  [{ toJSON: () => 'own' }, 'own'],
])('%p', (value, expected) => expect(toJson(value)).toEqual(expected))

test('names such as __proto__ are names', () => {
  const parsed = JSON.parse(JSON.stringify(toJson(JSON.parse('{"__proto__": {"polluted": 1}}'))))
  expect(Object.keys(parsed)).toEqual(['__proto__'])
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})
