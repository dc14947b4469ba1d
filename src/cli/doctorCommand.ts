/** `onnxpress doctor` */
import type { Command } from 'commander'
import { doctor } from '../index'
import { CHECK_FAILED } from './exitCodes'

/** @param exit takes the exit status: 1 when something that is needed is missing */
export function doctorCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('doctor')
    .summary('say what this machine has')
    .description('Says what this machine has: processor, kernels and why they were chosen, runtimes.')
    .option('--json', 'one JSON document on stdout')
    .action(async ({ json = false }: { json?: boolean }) => {
      const found = await doctor()
      process.stdout.write(json ? `${JSON.stringify(found, undefined, 2)}\n` : `${found}\n`)
      exit(found.isSound ? 0 : CHECK_FAILED)
    })
}
