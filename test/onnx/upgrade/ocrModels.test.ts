import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Model } from '../../../src/ir'
import { decodeModel } from '../../../src/onnx/decodeModel'
import { expectSame, opTypes, wave } from './support/runBoth'

const ASSETS = join(__dirname, '..', '..', '..', 'node_modules', '@gutenye', 'ocr-models', 'assets')

const open = (file: string) => decodeModel(readFileSync(join(ASSETS, file)))

const working = (model: Model) =>
  opTypes(model)
    .filter((opType) => opType !== 'Constant')
    .sort()

test.each([
  ['ch_PP-OCRv4_rec_infer.onnx', 48, [96, 320]],
  ['ch_PP-OCRv4_det_infer.onnx', 96, [96, 160]],
  ['ch_ppocr_mobile_v2.0_cls_infer.onnx', 48, [192, 96]],
])('%s computes the same at opset 21, and takes no more nodes', async (file, height, widths) => {
  const model = open(file)
  for (const width of widths) {
    const upgraded = await expectSame(model, 21, { x: wave([1, 3, height, width]) })
    // Constants may go: the empty ones that Resize 11 had to have.
    expect(working(upgraded)).toEqual(working(model))
  }
})
