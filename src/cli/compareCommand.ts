/** `onnxpress compare in.onnx out.onnx` */
import type { Command } from 'commander'
import { type Comparison, compare, loadRecipe, Model } from '../index'
import { CHECK_FAILED } from './exitCodes'
import { interruptible } from './interruptible'
import { number, positiveNumber, wholeNumber } from './numbers'
import { makeProgress } from './progress'
import { samplesOf } from './samples'

interface CompareFlags {
  readonly samples?: string
  readonly recipe?: string
  readonly minSnr?: number
  readonly limit?: number
  readonly seed?: number
  readonly latency: boolean
  readonly json?: boolean
}

/** @param exit takes the exit status */
export function compareCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('compare')
    .summary('hold a model against its original')
    .description(
      'Runs two models on the same samples and says how far apart their outputs and latencies are.',
    )
    .argument('<original>', 'model to compare with (.onnx)')
    .argument('<result>', 'model made of it (.onnx)')
    .option('-s, --samples <path>', 'folder of .npy, .npz or images, or a module that exports samples()')
    .option('-r, --recipe <file>', 'recipe whose samples and preprocess block to use')
    .option('--min-snr <dB>', 'exit with 1 when the signal-to-noise ratio is below', number)
    .option('--limit <n>', 'use only the first n samples', positiveNumber)
    .option('--seed <n>', 'seed of made-up samples', wholeNumber)
    .option('--no-latency', 'leave the latency out')
    .option('--json', 'one JSON document on stdout, progress as JSON events on stderr')
    .action(async (original: string, result: string, flags: CompareFlags) =>
      exit(await run(original, result, flags)),
    )
}

async function run(original: string, result: string, flags: CompareFlags): Promise<number> {
  const progress = makeProgress(flags.json ?? false)
  const comparison = await interruptible((signal) =>
    work(original, result, flags, { signal, onProgress: progress.onProgress }),
  ).finally(progress.done)
  process.stdout.write(flags.json ? `${JSON.stringify(comparison, undefined, 2)}\n` : `${comparison}\n`)
  const { minSnr } = flags
  // Written so that NaN fails too.
  if (minSnr === undefined || comparison.snrDb >= minSnr) return 0
  process.stderr.write(
    `The signal-to-noise ratio is ${comparison.snrDb.toFixed(2)} dB, below the ${minSnr} dB asked for.\n`,
  )
  return CHECK_FAILED
}

async function work(
  originalPath: string,
  resultPath: string,
  flags: CompareFlags,
  watch: { readonly signal: AbortSignal; readonly onProgress: ReturnType<typeof makeProgress>['onProgress'] },
): Promise<Comparison> {
  const recipe = flags.recipe === undefined ? undefined : await loadRecipe(flags.recipe)
  const original = await Model.open(originalPath)
  const result = await Model.open(resultPath)
  const samples = await samplesOf(flags.samples ?? recipe?.samples, original, recipe?.preprocess)
  const { seed, limit, latency } = flags
  return compare(original, result, { ...samples, ...watch, seed, sampleLimit: limit, latency })
}
