import { engineConstant, engineRelease, freeScratch, minMax, takeScratch } from '../../src/native'

test('native work reads scratch memory until it is freed', async () => {
  const scratch = takeScratch(1 << 20)
  const floats = new Float32Array(scratch.buffer, 16, 4)
  floats.set([3, -1, 2, 0])
  expect(await minMax(floats)).toMatchObject({ min: -1, max: 3 })
  const constant = await engineConstant('raw', floats)
  expect(constant.bytes).toBe(16)
  engineRelease(constant)
  freeScratch(scratch)
  expect([scratch.byteLength, floats.length]).toEqual([0, 0])
})

test('memory of others is neither taken for scratch nor freed', async () => {
  const other = new Uint8Array(new ArrayBuffer(64, { maxByteLength: 64 }))
  freeScratch(other)
  expect(other.byteLength).toBe(64)
  await expect(minMax(new Float32Array(other.buffer))).rejects.toThrow(/fixed length/)
})
