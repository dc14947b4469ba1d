import { fromFloat32, toFloat32 } from '../../src/native'
import { difference, refusal } from './values'

const all = Uint16Array.from({ length: 65536 }, (_, h) => h)

/** What the bits of a 16-bit float with so many fraction bits mean. */
function meaning(h: number, fractionBits: number): number {
  const bias = 2 ** (14 - fractionBits) - 1
  const sign = h & 0x8000 ? -1 : 1
  const exponent = (h & 0x7fff) >> fractionBits
  const fraction = (h & (2 ** fractionBits - 1)) / 2 ** fractionBits
  if (exponent === 2 * bias + 1) return fraction === 0 ? sign * Infinity : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias)
}

describe.each([
  ['float16', 10],
  ['bfloat16', 7],
] as const)('%s', (type, fractionBits) => {
  test('every value means what it should', async () => {
    const want = Float32Array.from(all, (h) => meaning(h, fractionBits))
    expect(difference(await toFloat32(all, type), want)).toBeUndefined()
  })

  test('every value survives there and back', async () => {
    const isNumber = (h: number) => !Number.isNaN(meaning(h, fractionBits))
    const back = await fromFloat32(await toFloat32(all, type), type)
    expect(
      difference(
        back.filter((_, h) => isNumber(h)),
        all.filter(isNumber),
      ),
    ).toBeUndefined()
    const stillNan = back.filter((_, h) => !isNumber(h)).every((h) => !isNumber(h))
    expect(stillNan).toBe(true)
  })

  test('halfway goes to even, beyond goes to infinity', async () => {
    const step = 2 ** -fractionBits
    const x = Float32Array.of(1 + step / 2, 1 + (3 * step) / 2, 1 + step * 0.51, 3.4e38, -3.4e38)
    const even = [1, 1 + 2 * step, 1 + step]
    const back = await toFloat32(await fromFloat32(x, type), type)
    expect([...back.slice(0, 3)]).toEqual(even)
    expect([...back.slice(3)]).toEqual([Infinity, -Infinity])
  })
})

test('bad arguments', async () => {
  expect((await refusal(toFloat32(new Float32Array(1) as never, 'float16'))).message).toMatch(/a Uint16Array/)
  expect((await refusal(fromFloat32(new Float32Array(1), 'float8' as never))).message).toMatch(
    /Expected float16 or bfloat16 for type of fromFloat32, received "float8"/,
  )
})
