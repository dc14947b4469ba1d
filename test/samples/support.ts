/** Shared by the tests of this room: files of samples made by hand, byte for byte. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'

/** The bytes of a `.npy` file, as NumPy lays them out. */
export function npyBytes(
  descr: string,
  shape: readonly number[],
  elements: Uint8Array,
  { fortran = false, version = 1 } = {},
): Buffer {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${tuple}), }`
  const prefix = version === 1 ? 10 : 12
  const length = Math.ceil((prefix + dict.length + 1) / 64) * 64 - prefix
  const header = Buffer.alloc(prefix + length, ' ')
  header.write('\x93NUMPY', 0, 'latin1')
  header[6] = version
  header[7] = 0
  if (version === 1) header.writeUInt16LE(length, 8)
  else header.writeUInt32LE(length, 8)
  header.write(dict, prefix)
  header[prefix + length - 1] = 10
  return Buffer.concat([header, elements])
}

export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

/** A `.npy` file of float32. */
export function floatNpy(shape: readonly number[], elements: readonly number[]): Buffer {
  return npyBytes('<f4', shape, bytesOf(Float32Array.from(elements)))
}

export interface Entry {
  readonly name: string
  readonly bytes: Buffer
  readonly isDeflated?: boolean
  /** What the directory is to say instead of the truth. */
  readonly claims?: Partial<Record<'bytes' | 'packed' | 'crc' | 'method' | 'flags' | 'offset', number>>
}

/** The bytes of a ZIP file, with local headers as NumPy writes them: with an extra field for ZIP64. */
export function zipBytes(entries: readonly Entry[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, bytes, isDeflated = false, claims = {} } of entries) {
    const packed = isDeflated ? deflateRawSync(bytes) : bytes
    const local = Buffer.alloc(30 + name.length + 20)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(name.length, 26)
    local.writeUInt16LE(20, 28)
    local.write(name, 30)
    const central = Buffer.alloc(46 + name.length)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(claims.flags ?? 0, 8)
    central.writeUInt16LE(claims.method ?? (isDeflated ? 8 : 0), 10)
    central.writeUInt32LE(claims.crc ?? crc32(bytes), 16)
    central.writeUInt32LE(claims.packed ?? packed.length, 20)
    central.writeUInt32LE(claims.bytes ?? bytes.length, 24)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(claims.offset ?? offset, 42)
    central.write(name, 46)
    parts.push(local, packed)
    directory.push(central)
    offset += local.length + packed.length
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, ...directory, end])
}

const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A folder of files that goes when the tests of the file are done. */
export function folderOf(files: Readonly<Record<string, Buffer | string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'onnxpress-test-'))
  folders.push(folder)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}
