/** Runs ES-module code in the bench's folder. */
import { join } from 'node:path'
import { runModuleIn } from './runModule'

const benchFolder = join(__dirname, '..', '..', 'bench')

/** @param code as `runModuleIn` takes it */
export const runModule = (code: string) => runModuleIn(benchFolder, code)
