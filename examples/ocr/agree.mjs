// Holds a compressed detector or angle classifier against its original, on the held-out set:
//   node examples/ocr/agree.mjs <det|cls> <original.onnx> <result.onnx>

import { statSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { timeInterleaved } from './latency.mjs'
import { openSession, score } from './recognize.mjs'
import { samplesOf } from './samples.mjs'

/** PaddleOCR takes a pixel for text from this probability on. */
const textFrom = 0.3

/** Pixels that both call text, over pixels that either does: intersection over union. */
function overlap(original, result) {
  let both = 0
  let either = 0
  for (let pixel = 0; pixel < original.length; pixel++) {
    const one = original[pixel] >= textFrom
    const other = result[pixel] >= textFrom
    if (one && other) both++
    if (one || other) either++
  }
  return either ? both / either : 1
}

/** 1 where both choose the same of the two angles. */
const sameAngle = (original, result) => Number(original[1] > original[0] === result[1] > result[0])

const agreements = { det: overlap, cls: sameAngle }

/**
 * Mean agreement over the held-out samples, a ratio, and latencies on one thread.
 * @param {'det' | 'cls'} model
 * @param {[original: string, result: string]} files
 */
export async function agree(model, files) {
  const arrays = []
  for await (const { array } of samplesOf(model, 'held-out')) arrays.push(array)
  const [original, result] = await Promise.all(files.map((file) => openSession(file, 2)))
  let sum = 0
  for (const array of arrays)
    sum += agreements[model](await score(original, array), await score(result, array))
  await Promise.all([original.release(), result.release()])
  const times = await timeInterleaved(files, arrays.slice(0, 40), 5)
  return { samples: arrays.length, agreement: sum / arrays.length, times }
}

async function main([model, ...files]) {
  if (!Object.hasOwn(agreements, model ?? '') || files.length !== 2) {
    console.error('node examples/ocr/agree.mjs <det|cls> <original.onnx> <result.onnx>')
    process.exitCode = 2
    return
  }
  const { samples, agreement, times } = await agree(model, files)
  console.table(
    files.map((file, index) => ({
      file,
      bytes: statSync(file).size,
      'ms/sample': times[index].milliseconds.toFixed(2),
      'of its time': times[index].ratio.toFixed(3),
    })),
  )
  const what = model === 'det' ? 'overlap of the text pixels (intersection over union)' : 'same angle chosen'
  console.log(`${what}: ${(100 * agreement).toFixed(2)}% over ${samples} held-out samples`)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await main(process.argv.slice(2))
