import { parseNpy } from '../../src/samples/npy'
import { bytesOf, floatNpy, npyBytes } from './support'

describe('parseNpy', () => {
  test.each([
    ['<f4', 'float32', Float32Array.of(1.5, -2, 3, 0)],
    ['<f8', 'float64', Float64Array.of(1.5, -2, 3, 0)],
    ['<f2', 'float16', Uint16Array.of(0x3c00, 0xc000, 1, 2)],
    ['|i1', 'int8', Int8Array.of(1, -2, 3, 4)],
    ['<i2', 'int16', Int16Array.of(1, -2, 3, 4)],
    ['<i4', 'int32', Int32Array.of(1, -2, 3, 4)],
    ['<i8', 'int64', BigInt64Array.of(1n, -2n, 3n, 4n)],
    ['|u1', 'uint8', Uint8Array.of(1, 2, 3, 255)],
    ['<u2', 'uint16', Uint16Array.of(1, 2, 3, 65535)],
    ['<u4', 'uint32', Uint32Array.of(1, 2, 3, 4294967295)],
    ['<u8', 'uint64', BigUint64Array.of(1n, 2n, 3n, 2n ** 64n - 1n)],
    ['|b1', 'bool', Uint8Array.of(1, 0, 1, 1)],
  ])('%s is %s', (descr, type, elements) => {
    const found = parseNpy(npyBytes(descr, [2, 2], bytesOf(elements)), 'a.npy')
    expect(found).toEqual({ type, dims: [2, 2], data: elements })
  })

  test('swaps the bytes of big-endian arrays', () => {
    const bytes = Buffer.alloc(8)
    bytes.writeFloatBE(1.25, 0)
    bytes.writeFloatBE(-3, 4)
    expect(parseNpy(npyBytes('>f4', [2], bytes), 'a.npy').data).toEqual(Float32Array.of(1.25, -3))
  })

  test('puts Fortran order into C order', () => {
    // Element [i, j, k] is 100 i + 10 j + k; in Fortran order i runs fastest.
    const shape = [2, 3, 4]
    const elements: number[] = []
    for (let k = 0; k < 4; k++)
      for (let j = 0; j < 3; j++) for (let i = 0; i < 2; i++) elements.push(100 * i + 10 * j + k)
    const bytes = npyBytes('<f4', shape, bytesOf(Float32Array.from(elements)), { fortran: true })
    const expected = [0, 1].flatMap((i) =>
      [0, 1, 2].flatMap((j) => [0, 1, 2, 3].map((k) => 100 * i + 10 * j + k)),
    )
    expect(parseNpy(bytes, 'a.npy').data).toEqual(Float32Array.from(expected))
  })

  test.each([1, 2, 3])('version %p', (version) => {
    const bytes = npyBytes('<f4', [1], bytesOf(Float32Array.of(7)), { version })
    expect(parseNpy(bytes, 'a.npy')).toMatchObject({ dims: [1], data: Float32Array.of(7) })
  })

  test('scalars and empty arrays', () => {
    expect(parseNpy(floatNpy([], [4]), 'a.npy')).toMatchObject({ dims: [], data: Float32Array.of(4) })
    expect(parseNpy(floatNpy([0, 5], []), 'a.npy')).toMatchObject({ dims: [0, 5], data: new Float32Array(0) })
  })

  test('elements do not change with the file’s bytes', () => {
    const bytes = floatNpy([1], [1])
    const { data } = parseNpy(bytes, 'a.npy')
    bytes.fill(0)
    expect(data).toEqual(Float32Array.of(1))
  })

  test.each([
    [Buffer.from('PK\x03\x04 something'), 'does not begin with'],
    [Buffer.alloc(4), 'does not begin with'],
    [floatNpy([2], [1, 2]).subarray(0, 40), 'ends within its NumPy header'],
    [floatNpy([3], [1, 2]), 'asks for 12 bytes of float32, but 8 follow'],
    [floatNpy([1], [1, 2]), 'asks for 4 bytes of float32, but 8 follow'],
    [npyBytes('<c8', [1], new Uint8Array(8)), 'found "\'<c8\'"'],
    [npyBytes('|O', [1], new Uint8Array(8)), 'astype'],
    [npyBytes('<f4', [2 ** 40, 2 ** 40], new Uint8Array(0)), 'larger than any array'],
    [npyBytes('<f4', [1], new Uint8Array(4), { version: 4 }), 'version 1, 2 or 3'],
  ])('refuses broken file %#', (bytes, message) => {
    expect(() => parseNpy(bytes, 'folder/a.npy')).toThrow(
      expect.objectContaining({
        code: 'BAD_SAMPLES',
        message: expect.stringMatching(/^folder\/a\.npy: /),
        place: expect.objectContaining({ path: 'folder/a.npy' }),
      }),
    )
    expect(() => parseNpy(bytes, 'folder/a.npy')).toThrow(message)
  })

  test('a header that claims gigabytes is refused at once', () => {
    const bytes = Buffer.alloc(64)
    bytes.write('\x93NUMPY', 0, 'latin1')
    bytes[6] = 2
    bytes.writeUInt32LE(0xfffffff0, 8)
    expect(() => parseNpy(bytes, 'a.npy')).toThrow(/4294967280 bytes long/)
  })
})
