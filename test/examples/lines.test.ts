import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exampleFolder, runModule } from './runModule'

const sets = ['calibration', 'held-out'] as const
const folderOf = (kind: string, set: string) => join(exampleFolder, kind, set)
const labelsOf = (kind: string, set: string) =>
  JSON.parse(readFileSync(join(folderOf(kind, set), 'labels.json'), 'utf8'))
const textsOf = (set: string) => Object.values(labelsOf('lines', set) as Record<string, string>)

/** Width and height out of a PNG's first chunk. */
function pngSize(file: string): [number, number] {
  const bytes = readFileSync(file)
  expect(bytes.toString('latin1', 1, 4)).toBe('PNG')
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
}

describe.each(sets)('%s', (set) => {
  test.each(['lines', 'pages'])('every picture of %s has its label and every label its picture', (kind) => {
    const pictures = readdirSync(folderOf(kind, set)).filter((name) => name !== 'labels.json')
    expect(pictures.sort()).toEqual(Object.keys(labelsOf(kind, set)).sort())
  })

  test('lines use only characters the recognizer knows, and no space at an end', () => {
    const characters = new Set(
      runModule(`
        import { loadCharacters } from './ctc.mjs'
        import { dictionary } from './models.mjs'
        give(await loadCharacters(dictionary))
      `) as string[],
    )
    const unknown = textsOf(set).flatMap((text) =>
      [...text].filter((character) => !characters.has(character)),
    )
    expect(unknown).toEqual([])
    expect(textsOf(set).filter((text) => text !== text.trim() || !text)).toEqual([])
  })

  test('lines are 38 to 60 pixels high and 120 to 640 wide', () => {
    for (const name of Object.keys(labelsOf('lines', set))) {
      const [width, height] = pngSize(join(folderOf('lines', set), name))
      expect(width).toBeGreaterThanOrEqual(120)
      expect(width).toBeLessThanOrEqual(640)
      expect(height).toBeGreaterThanOrEqual(38)
      expect(height).toBeLessThanOrEqual(60)
    }
  })

  test('boxes of a page lie inside it, one under another', () => {
    const pages = Object.values(labelsOf('pages', set)) as {
      text: string
      box: [number, number, number, number]
    }[][]
    for (const lines of pages) {
      expect(lines.length).toBeGreaterThan(2)
      let floor = 0
      for (const { box } of lines) {
        expect(box[0]).toBeLessThan(box[2])
        expect(box[1]).toBeGreaterThanOrEqual(floor)
        floor = box[3]
      }
    }
  })
})

test('64 lines to calibrate on, at least 256 held out, and no text in both', () => {
  const [calibration, heldOut] = sets.map(textsOf) as [string[], string[]]
  expect(calibration).toHaveLength(64)
  expect(heldOut.length).toBeGreaterThanOrEqual(256)
  expect(heldOut.filter((text) => calibration.includes(text))).toEqual([])
  expect(new Set(heldOut).size).toBe(heldOut.length)
})

test('a set that is not there is named in the error', () => {
  const message = runModule(`
    import { loadLines } from './lines.mjs'
    give(await loadLines('nowhere').catch(({ message }) => message))
  `)
  expect(message).toMatch(/calibration, held-out.*nowhere/)
})
