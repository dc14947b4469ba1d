// Runs a recognizer over text lines.

import { InferenceSession, Tensor } from 'onnxruntime-node'
import { decodeGreedy } from './ctc.mjs'

/**
 * Opens a model on the CPU.
 * @param {string} file
 * @param {number} threads within one operator
 */
export const openSession = (file, threads) =>
  InferenceSession.create(file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  })

/**
 * Runs one prepared line and gives the scores [steps, classes] of its only output.
 * @param {InferenceSession} session
 * @param {import('./preprocess.mjs').Array4} array
 * @returns {Promise<Float32Array>}
 */
export async function score(session, { data, dims }) {
  const results = await session.run({ [session.inputNames[0]]: new Tensor('float32', data, dims) })
  return results[session.outputNames[0]].data
}

/**
 * Reads every line. Spaces at a line's ends are margin, not text, and are left out.
 * @param {InferenceSession} session
 * @param {{ text: string, array: import('./preprocess.mjs').Array4 }[]} lines
 * @param {string[]} characters the character of each class (see `loadCharacters`)
 * @returns {Promise<{ text: string, read: string }[]>} the true text beside what was read
 */
export async function recognize(session, lines, characters) {
  const read = []
  for (const { text, array } of lines) {
    read.push({ text, read: decodeGreedy(await score(session, array), characters).trim() })
  }
  return read
}
