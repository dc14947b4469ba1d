#!/usr/bin/env node
/** The command `onnxpress`. */
import { Command, CommanderError } from 'commander'
import { closeRuntime, packageVersion } from '../index'
import { compareCommand } from './compareCommand'
import { compressCommand } from './compressCommand'
import { doctorCommand } from './doctorCommand'
import { BAD_INPUT } from './exitCodes'
import { explain } from './explain'
import { inspectCommand } from './inspectCommand'
import { sensitivityCommand } from './sensitivityCommand'

async function main(): Promise<number> {
  const program = new Command('onnxpress')
    .description(
      'Presses ONNX models smaller and faster, and proves against onnxruntime what was kept and what was lost',
    )
    .version(packageVersion())
    .showHelpAfterError('(onnxpress --help says more)')
    .exitOverride()
  let exitCode = 0
  for (const add of [compressCommand, compareCommand, inspectCommand, sensitivityCommand, doctorCommand])
    add(program, (code) => {
      exitCode = code
    })
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program)
  try {
    await program.parseAsync()
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_INPUT
    return explain(error)
  }
}

// A pipe that is closed early, as by `head`, is no mistake.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
})

main()
  .catch(explain)
  .then((exitCode) => {
    closeRuntime()
    process.exitCode = exitCode
  })
