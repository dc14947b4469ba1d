/** The bits of the float16 nearest to a number, ties to even; beyond its range the infinities. */
export function float16Bits(number: number): number {
  if (Number.isNaN(number)) return 0x7e00
  const sign = number < 0 || Object.is(number, -0) ? 0x8000 : 0
  const size = Math.abs(number)
  if (size >= 65520) return sign | 0x7c00
  const exponent = Math.max(Math.floor(Math.log2(size)), -14)
  const fraction = roundToEven((size / 2 ** exponent) * 1024)
  // A normal number's fraction holds the hidden bit, which adding (rather than or-ing) carries into the exponent.
  return sign | (size === 0 ? 0 : ((exponent + 14) << 10) + fraction)
}

function roundToEven(number: number): number {
  const low = Math.floor(number)
  const rest = number - low
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low
}
