// A samples module: calibration lines, and the metric that accuracy control then guards, characters right.
//   onnxpress compress rec.onnx rec.int8.onnx --quantize int8 --samples examples/ocr/evaluate.mjs

import { Tensor } from 'onnxruntime-node'
import { accuracyOf } from './accuracy.mjs'
import { loadCharacters } from './ctc.mjs'
import { loadLines } from './lines.mjs'
import { dictionary } from './models.mjs'
import { prepareLine } from './preprocess.mjs'
import { recognize } from './recognize.mjs'
import { samplesOf } from './samples.mjs'

/** Feeds of the recognizer: its input `x`, float32 [1, 3, 48, width], one line each. */
export async function* samples() {
  for await (const { array } of samplesOf('rec', 'calibration')) {
    yield { x: new Tensor('float32', array.data, array.dims) }
  }
}

/**
 * Characters read right on the calibration lines, a ratio: higher is better.
 * @param {import('onnxruntime-node').InferenceSession} session
 */
export async function evaluate(session) {
  const lines = await loadLines('calibration')
  const prepared = await Promise.all(
    lines.map(async (line) => ({ ...line, array: await prepareLine(line.file) })),
  )
  return accuracyOf(await recognize(session, prepared, await loadCharacters(dictionary))).charactersRight
}
