/** `onnxpress inspect model.onnx` */
import type { Command } from 'commander'
import { inspect, Model, OnnxpressError } from '../index'

interface InspectFlags {
  readonly layers?: boolean
  readonly shape?: string[]
  readonly json?: boolean
}

export function inspectCommand(program: Command): void {
  program
    .command('inspect')
    .summary('say what a model is made of')
    .description('Says what a model is made of: operations, inputs and outputs, weights and their types.')
    .argument('<model>', 'model to look at (.onnx)')
    .option(
      '-l, --layers',
      'list the weights one by one: parameters, bytes, multiply-accumulates, zeros, patterns',
    )
    .option('--shape <input=sizes...>', 'sizes of an input that the model leaves open, as x=1,3,48,320')
    .option('--json', 'one JSON document on stdout')
    .action(async (path: string, { layers = false, json = false, shape = [] }: InspectFlags) => {
      const shapes = Object.fromEntries(shape.map(shapeOf))
      const found = await inspect(await Model.open(path), { layers: layers || shape.length > 0, shapes })
      process.stdout.write(json ? `${JSON.stringify(found, undefined, 2)}\n` : `${found}\n`)
    })
}

/** @throws OnnxpressError `BAD_ARGUMENT` for a text that is no shape */
function shapeOf(text: string): [string, number[]] {
  const [, name = '', sizes = ''] = /^(.+)=(\d+(?:,\d+)*)$/.exec(text) ?? []
  if (name) return [name, sizes.split(',').map(Number)]
  throw new OnnxpressError(
    'BAD_ARGUMENT',
    `Expected an input's name and sizes for --shape, as x=1,3,48,320, received ${JSON.stringify(text)}`,
  )
}
