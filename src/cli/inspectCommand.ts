/** `onnxpress inspect model.onnx` */
import type { Command } from 'commander'
import { inspect, Model } from '../index'

interface InspectFlags {
  readonly layers?: boolean
  readonly json?: boolean
}

export function inspectCommand(program: Command): void {
  program
    .command('inspect')
    .summary('say what a model is made of')
    .description('Says what a model is made of: operations, inputs and outputs, weights and their types.')
    .argument('<model>', 'model to look at (.onnx)')
    .option('-l, --layers', 'list the weights one by one')
    .option('--json', 'one JSON document on stdout')
    .action(async (path: string, { layers = false, json = false }: InspectFlags) => {
      const found = await inspect(await Model.open(path), { layers })
      process.stdout.write(json ? `${JSON.stringify(found, undefined, 2)}\n` : `${found}\n`)
    })
}
