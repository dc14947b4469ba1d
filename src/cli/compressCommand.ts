/** `onnxpress compress in.onnx out.onnx` */
import { type Command, Option } from 'commander'
import { compress, Model, type Report } from '../index'
import { checkOutput } from './checkOutput'
import { interruptible } from './interruptible'
import type { Lean } from './leanPass'
import { PRUNE_FORMS } from './leanPass'
import { number, openShare, positiveNumber, share, wholeNumber } from './numbers'
import { type Ordered, ordering } from './ordered'
import { passesFor, planOf } from './plan'
import { makeProgress } from './progress'
import { samplesOf } from './samples'
import { checkReportName, saveReport } from './saveReport'

export interface CompressFlags {
  readonly prune?: readonly Ordered<Lean>[]
  readonly lowRank?: readonly Ordered<Lean>[]
  readonly quantize?: 'int8' | 'dynamic' | 'weights'
  readonly samples?: string
  readonly recipe?: string
  readonly keep?: string[]
  readonly maxDrop?: number
  readonly minSnr?: number
  readonly report?: string
  readonly json?: boolean
  readonly seed?: number
  readonly verify: boolean
  /** False spares no layer, whatever the passes cost. */
  readonly accuracy: boolean
  readonly reduceRange?: boolean
  readonly range?: 'minMax' | 'movingAverage' | 'percentile' | 'entropy' | 'mse'
  readonly limit?: number
  readonly equalize?: boolean
  readonly rank?: boolean
}

export function compressCommand(program: Command): void {
  const ordered = ordering()
  program
    .command('compress')
    .summary('make a model smaller')
    .description('Makes a model smaller and reports what was kept and what was lost.')
    .argument('<in>', 'model to compress (.onnx)')
    .argument('<out>', 'where to write the result; may be <in>')
    .addOption(
      new Option(
        '-q, --quantize <how>',
        'int8: weights and activations, needs samples; dynamic: weights, activations at run time, needs none; ' +
          'weights: weights in the file, float arithmetic, better with samples',
      ).choices(['int8', 'dynamic', 'weights']),
    )
    .option(
      '-p, --prune <what>',
      `leave weights out before: ${PRUNE_FORMS}; several in the order given`,
      ordered((text): Lean => ({ prune: text })),
    )
    .option(
      '--low-rank <energy>',
      'write layers as several smaller ones before, which keep this share of their outputs, as 0.95; ' +
        'in the order given, among --prune',
      ordered((text): Lean => ({ lowRank: openShare(text) })),
    )
    .option('-s, --samples <path>', 'folder of .npy, .npz or images, or a module that exports samples()')
    .option('-r, --recipe <file>', 'passes as YAML or JSON, instead of --quantize')
    .option('-k, --keep <pattern...>', 'nodes to leave alone: a name, an operation type, or /pattern/')
    .option('--max-drop <share>', 'largest loss of the metric, from 0 to 1', share)
    .option('--min-snr <dB>', 'smallest signal-to-noise ratio of the outputs', number)
    .addOption(
      new Option('--range <method>', 'how ranges are taken from the samples').choices([
        'minMax',
        'movingAverage',
        'percentile',
        'entropy',
        'mse',
      ]),
    )
    .option('--equalize', 'even out channels between layers first (exact)')
    .option('--rank', 'measure the loss of each layer alone even where all together lose little')
    .option('--reduce-range', '7-bit weights, for processors without VNNI')
    .option('--limit <n>', 'use only the first n samples', positiveNumber)
    .option('--seed <n>', 'the same seed gives the same result', wholeNumber)
    .option('--no-accuracy', 'spare no layer, whatever the passes cost')
    .option('--no-verify', 'do not hold the result against the original')
    .option('--report <file>', 'write the report to a .html, .json or .txt file too')
    .option('--json', 'one JSON document on stdout, progress as JSON events on stderr')
    .action((input: string, output: string, flags: CompressFlags) => run(input, output, flags))
}

async function run(input: string, output: string, flags: CompressFlags): Promise<void> {
  const progress = makeProgress(flags.json ?? false)
  const report = await interruptible((signal) =>
    work(input, output, flags, { signal, onProgress: progress.onProgress }),
  ).finally(progress.done)
  process.stdout.write(flags.json ? `${JSON.stringify(report, undefined, 2)}\n` : `${report}\n`)
}

async function work(
  input: string,
  output: string,
  flags: CompressFlags,
  watch: { readonly signal: AbortSignal; readonly onProgress: ReturnType<typeof makeProgress>['onProgress'] },
): Promise<Report> {
  checkReportName(flags.report)
  await checkOutput(output)
  const plan = await planOf(flags)
  const original = await Model.open(input)
  const samples = await samplesOf(plan.samples, original, plan.preprocess)
  const { model, report } = await compress(original, passesFor(plan, original), {
    ...samples,
    ...watch,
    seed: plan.seed,
    accuracy: plan.accuracy,
    sampleLimit: flags.limit,
    verify: flags.verify,
  })
  await model.save(output, { signal: watch.signal })
  if (flags.report !== undefined) await saveReport(report, flags.report)
  return report
}
