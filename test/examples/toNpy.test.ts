import { runModule } from './runModule'

const bytesOf = (values: string, dims: string) =>
  Buffer.from(
    runModule(`import { toNpy } from './toNpy.mjs'; give([...toNpy(${values}, ${dims})])`) as number[],
  )

describe('.npy', () => {
  test('header as NumPy writes it, then the values', () => {
    const bytes = bytesOf('Float32Array.of(1, -2, 0.5, 4)', '[1, 2, 2]')
    expect(bytes.subarray(0, 8)).toEqual(Buffer.from('\x93NUMPY\x01\x00', 'latin1'))
    const start = 10 + bytes.readUInt16LE(8)
    expect(start % 64).toBe(0)
    const header = bytes.toString('latin1', 10, start)
    expect(header).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(1, 2, 2\), \} *\n$/)
    expect([0, 4, 8, 12].map((at) => bytes.readFloatLE(start + at))).toEqual([1, -2, 0.5, 4])
    expect(bytes.length).toBe(start + 16)
  })

  test('one dimension is written as a tuple of one', () => {
    expect(bytesOf('new Float32Array(3)', '[3]').toString('latin1')).toContain("'shape': (3,),")
  })

  test('a view is written, not what lies around it', () => {
    const bytes = bytesOf('Float32Array.of(1, 2, 3).subarray(1, 2)', '[1]')
    expect(bytes.readFloatLE(bytes.length - 4)).toBe(2)
    expect((bytes.length - 4) % 64).toBe(0)
  })
})
