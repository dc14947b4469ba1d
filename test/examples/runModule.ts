/** Runs ES-module code against the OCR example. */
import { join } from 'node:path'
import { runModuleIn } from '../support/runModule'

/** The example's folder; the code's relative imports start here. */
export const exampleFolder = join(__dirname, '..', '..', 'examples', 'ocr')

/** @param code as `runModuleIn` takes it */
export const runModule = (code: string) => runModuleIn(exampleFolder, code)
