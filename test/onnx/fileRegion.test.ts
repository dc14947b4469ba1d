import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FileRegion } from '../../src/onnx/fileRegion'
import { OpenFile } from '../../src/onnx/openFile'
import { temporaryFolder } from './support/temporaryFolder'
import { rejected } from './support/thrown'

const folder = temporaryFolder()
const content = Uint8Array.from({ length: 1000 }, (_, index) => (index * 7) % 251)
let count = 0

/** A region of a new file that holds `content`. */
function regionOf(offset: number, length: number): { region: FileRegion; path: string } {
  const path = join(folder, `${count++}.bin`)
  writeFileSync(path, content)
  return { region: new FileRegion(OpenFile.open(path), offset, length), path }
}

describe('pieces', () => {
  test.each([1, 7, 100, 899, 900, 901, 4096])('of %d bytes are the region in order', async (pieceBytes) => {
    const { region } = regionOf(50, 900)
    const pieces: number[][] = []
    for await (const piece of region.pieces(pieceBytes)) pieces.push([...piece])
    expect(pieces.flat()).toEqual([...content.subarray(50, 950)])
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(pieceBytes)
  })

  test('of an empty region are none', async () => {
    const { region } = regionOf(50, 0)
    for await (const _ of region.pieces(10)) throw new Error('a piece of nothing')
  })

  test('are not read on after the reader stops', async () => {
    const { region } = regionOf(0, 1000)
    for await (const piece of region.pieces(100)) {
      expect([...piece]).toEqual([...content.subarray(0, 100)])
      break
    }
  })

  test('end in an error when the file is changed meanwhile', async () => {
    const { region, path } = regionOf(0, 1000)
    const read = async () => {
      for await (const _ of region.pieces(100)) writeFileSync(path, 'another')
    }
    expect((await rejected(read())).code).toBe('IO')
  })
})

describe('load', () => {
  test('puts the bytes where it is told to', async () => {
    const { region } = regionOf(10, 20)
    const scratch = new Uint8Array(64).fill(255)
    const bytes = await region.load(scratch)
    expect(bytes.buffer).toBe(scratch.buffer)
    expect([...bytes]).toEqual([...content.subarray(10, 30)])
    expect(scratch[20]).toBe(255)
  })

  test('makes a new array when it is told nothing', async () => {
    const { region } = regionOf(10, 20)
    expect([...(await region.load())]).toEqual([...content.subarray(10, 30)])
  })
})
