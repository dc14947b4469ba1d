// Latency of models side by side: one thread, the models take turns on each line, medians.

import { performance } from 'node:perf_hooks'
import { openSession, score } from './recognize.mjs'

/** The middle value; the mean of the two middle ones if their number is even. */
export function median(values) {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

async function millisecondsOf(session, array) {
  const start = performance.now()
  await score(session, array)
  return performance.now() - start
}

/** One turn: every model once on this line; who goes first changes, so that none always finds warm caches. */
async function takeTurns(sessions, array, turn) {
  const times = []
  for (let step = 0; step < sessions.length; step++) {
    const index = (turn + step) % sessions.length
    times[index] = await millisecondsOf(sessions[index], array)
  }
  return times
}

/**
 * Times models on the same lines, interleaved, so that a busy machine slows all of them alike.
 * @param {string[]} files the first is what the others are held against
 * @param {import('./preprocess.mjs').Array4[]} arrays one line each
 * @param {number} repeats turns on each line
 * @returns {Promise<{ milliseconds: number, ratio: number }[]>} of each model: the median over lines of a line's median
 *   time, and the median over all turns of its time divided by the first model's in that turn
 */
export async function timeInterleaved(files, arrays, repeats) {
  const sessions = await Promise.all(files.map((file) => openSession(file, 1)))
  const perLine = files.map(() => [])
  const ratios = files.map(() => [])
  for (const array of arrays) {
    // The first run at a new width allocates its buffers and is not counted.
    for (const session of sessions) await score(session, array)
    const turns = []
    for (let turn = 0; turn < repeats; turn++) turns.push(await takeTurns(sessions, array, turn))
    for (const index of files.keys()) {
      perLine[index].push(median(turns.map((times) => times[index])))
      ratios[index].push(...turns.map((times) => times[index] / times[0]))
    }
  }
  await Promise.all(sessions.map((session) => session.release()))
  return files.map((_, index) => ({ milliseconds: median(perLine[index]), ratio: median(ratios[index]) }))
}
