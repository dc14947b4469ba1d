import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readNpz } from '../../src/samples/readNpz'
import { type Entry, floatNpy, folderOf, zipBytes } from './support'

const folder = folderOf({})

function read(bytes: Buffer) {
  const path = join(folder, 'sample.npz')
  writeFileSync(path, bytes)
  return readNpz(path)
}

const entry = (fields: Partial<Entry> = {}): Entry => ({
  name: 'x.npy',
  bytes: floatNpy([2], [1, 2]),
  ...fields,
})
const zeros = floatNpy([100_000], new Array(100_000).fill(0))

describe('readNpz', () => {
  test.each([false, true])('reads arrays by name (deflated: %p)', async (isDeflated) => {
    const feeds = await read(
      zipBytes([entry({ isDeflated }), { name: 'mask.npy', bytes: floatNpy([1, 1], [3]), isDeflated }]),
    )
    expect(feeds).toEqual({
      x: { type: 'float32', dims: [2], data: Float32Array.of(1, 2) },
      mask: { type: 'float32', dims: [1, 1], data: Float32Array.of(3) },
    })
  })

  test('what packs very well is no bomb', async () => {
    const { x } = await read(zipBytes([entry({ bytes: zeros, isDeflated: true })]))
    expect(x?.dims).toEqual([100_000])
  })

  test.each<[string, Buffer, string]>([
    ['no ZIP', Buffer.from('nothing of the kind, but long enough to hold an end'), 'no ZIP directory'],
    ['empty', Buffer.alloc(0), 'no ZIP directory'],
    ['not an array inside', zipBytes([entry({ name: 'evil.txt' })]), 'expected arrays'],
    ['wrong checksum', zipBytes([entry({ claims: { crc: 1 } })]), 'checksum differs'],
    [
      'more bytes than promised',
      zipBytes([entry({ bytes: zeros, isDeflated: true, claims: { bytes: 1000 } })]),
      'cannot be unpacked',
    ],
    [
      'fewer bytes than promised',
      zipBytes([entry({ isDeflated: true, claims: { bytes: 5000 } })]),
      'its directory says 5000',
    ],
    [
      'a bomb by its promise',
      zipBytes([entry({ isDeflated: true, claims: { bytes: 2 ** 31 } })]),
      'more than',
    ],
    [
      'more than deflate can',
      zipBytes([entry({ isDeflated: true, claims: { bytes: 2 ** 28 } })]),
      'more than deflate can',
    ],
    ['encrypted', zipBytes([entry({ claims: { flags: 1 } })]), 'encrypted'],
    ['another method', zipBytes([entry({ claims: { method: 12 } })]), 'packed by method 12'],
    ['ZIP64', zipBytes([entry({ claims: { bytes: 0xffffffff } })]), 'ZIP64'],
    ['an entry beyond the file', zipBytes([entry({ claims: { packed: 1 << 20 } })]), 'beyond the file'],
    ['an entry elsewhere', zipBytes([entry({ claims: { offset: 7 } })]), 'not where its directory says'],
    ['a broken array', zipBytes([entry({ bytes: Buffer.from('not numpy') })]), 'does not begin with'],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'BAD_SAMPLES',
      message: expect.stringContaining(message),
    })
  })

  test('truncated at any length: a typed error', async () => {
    const whole = zipBytes([entry({ isDeflated: true }), entry({ name: 'y.npy' })])
    for (let length = 0; length < whole.length; length += 3)
      await expect(read(whole.subarray(0, length))).rejects.toMatchObject({ code: 'BAD_SAMPLES' })
  })

  test('any byte changed: a typed error or the same names', async () => {
    const whole = zipBytes([entry({ isDeflated: true })])
    for (let at = 0; at < whole.length; at++) {
      const broken = Buffer.from(whole)
      broken[at] = (broken[at] ?? 0) ^ 0xff
      const outcome = await read(broken).catch((error) => error.code)
      expect(typeof outcome === 'object' || outcome === 'BAD_SAMPLES').toBe(true)
    }
  })

  test('names such as __proto__ pollute nothing', async () => {
    const feeds = await read(zipBytes([entry({ name: '__proto__.npy' })]))
    expect(Object.keys(feeds)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
  })
})
