import { filledBlocks } from '../../src/native'

describe('filledBlocks', () => {
  const grid = { outputs: 4, inputs: 4, taps: 1, rows: 2, columns: 2 }

  test('counts blocks that hold something', () => {
    const elements = Float32Array.of(0, -0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, Number.NaN)
    expect(filledBlocks(elements, grid)).toBe(3)
    expect(filledBlocks(Int8Array.from(elements), grid)).toBe(2)
    expect(filledBlocks(Uint8Array.from(elements), { ...grid, rows: 4, columns: 4 })).toBe(1)
  })

  test('refuses sizes and elements that do not fit', () => {
    const refused = expect.objectContaining({ code: 'BAD_ARGUMENT' })
    expect(() => filledBlocks(new Float32Array(16), { ...grid, rows: 0 })).toThrow(refused)
    expect(() => filledBlocks(new Float32Array(15), grid)).toThrow(refused)
    expect(() => filledBlocks(new Float64Array(16) as never, grid)).toThrow(refused)
  })
})
