// Reads text out of a recognizer's output: CTC greedy decoding (Graves et al. 2006, section 3.2, best path).

import { readFile } from 'node:fs/promises'

/**
 * Loads the recognizer's characters. Class 0 is CTC's blank; then come the characters of the file, one a line; the last
 * class is the space, which a file of lines can't hold.
 * @param {string} file a PP-OCR dictionary such as ppocr_keys_v1.txt
 * @returns {Promise<string[]>} the character of each class, '' for the blank
 */
export async function loadCharacters(file) {
  const keys = (await readFile(file, 'utf8')).replace(/\r?\n$/, '').split(/\r?\n/)
  return ['', ...keys, ' ']
}

/**
 * The likeliest class of each time step.
 * @param {Float32Array} scores [steps, classes], row by row
 * @param {number} classes
 * @returns {Int32Array} [steps]
 */
export function argMax(scores, classes) {
  const best = new Int32Array(scores.length / classes)
  for (let step = 0; step < best.length; step++) {
    const row = step * classes
    let winner = 0
    for (let index = 1; index < classes; index++)
      if (scores[row + index] > scores[row + winner]) winner = index
    best[step] = winner
  }
  return best
}

/**
 * Text of a path: repeats are one character, blanks are none. A blank between two equal classes keeps both.
 * @param {ArrayLike<number>} path the class of each time step
 * @param {string[]} characters the character of each class, '' for the blank
 */
export function decodePath(path, characters) {
  let text = ''
  let previous = 0
  for (let step = 0; step < path.length; step++) {
    const index = path[step]
    if (index !== previous) text += characters[index]
    previous = index
  }
  return text
}

/**
 * Decodes one line's scores.
 * @param {Float32Array} scores [steps, characters.length]
 * @param {string[]} characters
 */
export const decodeGreedy = (scores, characters) => decodePath(argMax(scores, characters.length), characters)
