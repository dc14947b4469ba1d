import { ScratchBuffers } from '../../../src/passes/quantize/scratchBuffers'

test('a buffer is lent again once it is back', async () => {
  const buffers = new ScratchBuffers()
  const first = await buffers.use(100, async (buffer) => buffer)
  expect(await buffers.use(60, async (buffer) => buffer)).toBe(first)
})

test('nobody gets a buffer that is in use, nor one that is too small', async () => {
  const buffers = new ScratchBuffers()
  await buffers.use(100, async (outer) => {
    await buffers.use(100, async (inner) => expect(inner).not.toBe(outer))
  })
  await buffers.use(101, async (buffer) => expect(buffer.byteLength).toBeGreaterThanOrEqual(101))
})

test('a buffer comes back when the work fails', async () => {
  const buffers = new ScratchBuffers()
  let lent: Uint8Array | undefined
  const failing = buffers.use(100, async (buffer) => {
    lent = buffer
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await buffers.use(100, async (buffer) => buffer)).toBe(lent)
})

test('a buffer that is too small makes room for a larger one', async () => {
  const buffers = new ScratchBuffers()
  const small = await buffers.use(10, async (buffer) => buffer)
  const large = await buffers.use(20, async (buffer) => buffer)
  expect(await buffers.use(10, async (buffer) => buffer)).toBe(large)
  expect(large).not.toBe(small)
})
