// Renders the whole set: node render.mjs [folder]. Without a folder it writes over the set beside it.

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { degrade, toJpeg, toPng } from './degrade.mjs'
import { loadFonts } from './fonts.mjs'
import { drawLine } from './line.mjs'
import { drawLook } from './looks.mjs'
import { drawPage } from './page.mjs'
import { createRandom } from './random.mjs'
import { createTexts } from './texts.mjs'

const sets = {
  calibration: { lines: 64, pages: 12, seed: 20240611 },
  'held-out': { lines: 320, pages: 12, seed: 977002843 },
}

/** Every so many lines one is Chinese. */
const chineseEvery = 8

const nameOf = (index, ending) => `${String(index).padStart(3, '0')}.${ending}`

/** Opens an empty folder. */
async function emptyFolder(...parts) {
  const folder = join(...parts)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  return folder
}

const writeLabels = (folder, labels) =>
  writeFile(join(folder, 'labels.json'), `${JSON.stringify(labels, null, 2)}\n`)

async function renderLines(set, folder) {
  const random = createRandom(sets[set].seed)
  const draw = createTexts(random, set)
  const fonts = loadFonts(set)
  const labels = {}
  for (let index = 0; index < sets[set].lines; index++) {
    const chinese = index % chineseEvery === chineseEvery - 1
    const font = random.pick(chinese ? fonts.chinese : fonts.latin)
    const text = draw(chinese)
    const look = drawLook(random, set)
    const picture = drawLine(text, font, look)
    const pixels = await degrade(picture, look, random)
    await writeFile(join(folder, nameOf(index, 'png')), await toPng(pixels, picture, look))
    labels[nameOf(index, 'png')] = text
  }
  await writeLabels(folder, labels)
}

async function renderPages(set, folder) {
  const random = createRandom(sets[set].seed + 1)
  const draw = createTexts(random, set)
  const fonts = loadFonts(set)
  const labels = {}
  for (let index = 0; index < sets[set].pages; index++) {
    const { picture, look, lines } = drawPage(random, draw, fonts, set)
    const pixels = await degrade(picture, look, random)
    await writeFile(join(folder, nameOf(index, 'jpg')), await toJpeg(pixels, picture, 72))
    labels[nameOf(index, 'jpg')] = lines
  }
  await writeLabels(folder, labels)
}

const target = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url))
for (const set of Object.keys(sets)) {
  await renderLines(set, await emptyFolder(target, 'lines', set))
  await renderPages(set, await emptyFolder(target, 'pages', set))
}
