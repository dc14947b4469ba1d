// What models make of held-out samples of PP-OCRv4, beside what the original makes of them.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { accuracyOf } from '../../examples/ocr/accuracy.mjs'
import { decodeGreedy, loadCharacters } from '../../examples/ocr/ctc.mjs'
import { loadLines } from '../../examples/ocr/lines.mjs'
import { dictionary, models } from '../../examples/ocr/models.mjs'
import { openSession, score } from '../../examples/ocr/recognize.mjs'
import { samplesOf } from '../../examples/ocr/samples.mjs'
import { writeNpyFolder } from '../../examples/ocr/toNpy.mjs'

/** The calibration samples of a model as a folder of `.npy`. */
export async function sampleFolder(name) {
  const folder = fileURLToPath(new URL(`../.samples/${name}`, import.meta.url))
  if (!existsSync(folder)) await writeNpyFolder(folder, samplesOf(name, 'calibration'))
  return folder
}

/** What a model gives for every sample. */
async function outputsOf(file, arrays) {
  const session = await openSession(file, 2)
  const outputs = []
  for (const array of arrays) outputs.push(await score(session, array))
  await session.release()
  return outputs
}

/** Length of the difference over the length of the original, all samples together. */
function relativeError(original, result) {
  let [noise, signal] = [0, 0]
  for (const [sample, wanted] of original.entries()) {
    for (let at = 0; at < wanted.length; at++) {
      noise += (result[sample][at] - wanted[at]) ** 2
      signal += wanted[at] ** 2
    }
  }
  return Math.sqrt(noise / signal)
}

/** Reads held-out lines out of the recognizer's outputs. */
async function lineReader() {
  const [lines, characters] = [await loadLines('held-out'), await loadCharacters(dictionary)]
  return (outputs) =>
    accuracyOf(
      outputs.map((output, at) => ({ text: lines[at].text, read: decodeGreedy(output, characters).trim() })),
    ).charactersRight
}

/**
 * What is right of the original, and a function that holds a file against it: `{ error, charactersRight }`.
 * `charactersRight` is undefined for all but the recognizer.
 * @param {'rec' | 'det' | 'cls'} name
 */
export async function heldOut(name) {
  const arrays = []
  for await (const { array } of samplesOf(name, 'held-out')) arrays.push(array)
  const original = await outputsOf(models[name], arrays)
  const charactersRight = name === 'rec' ? await lineReader() : undefined
  return {
    charactersRight: charactersRight?.(original),
    holdAgainst: async (file) => {
      const outputs = await outputsOf(file, arrays)
      return { error: relativeError(original, outputs), charactersRight: charactersRight?.(outputs) }
    },
  }
}
