/** `onnxpress sensitivity model.onnx` */
import type { Command } from 'commander'
import {
  compress,
  lowRank,
  Model,
  OnnxpressError,
  type PassFactory,
  parsePattern,
  prune,
  type Sensitivity,
  sensitivity,
  simplify,
  upgradeOpset,
} from '../index'
import { interruptible } from './interruptible'
import { positiveNumber, wholeNumber } from './numbers'
import { makeProgress } from './progress'
import { samplesOf } from './samples'
import { checkReportName, saveReport } from './saveReport'

interface SensitivityFlags {
  readonly prune?: string
  readonly lowRank?: boolean
  readonly ratios?: readonly number[]
  readonly samples?: string
  readonly keep?: readonly string[]
  readonly limit?: number
  readonly seed?: number
  readonly cache: string | boolean
  readonly report?: string
  readonly json?: boolean
}

export function sensitivityCommand(program: Command): void {
  program
    .command('sensitivity')
    .summary('say how much each layer bears')
    .description(
      'Changes one layer at a time and says what the outputs lose. What was measured is kept, so that work that was ' +
        'stopped goes on where it was.',
    )
    .argument('<model>', 'model to look at (.onnx); it is cleaned first, as compress does')
    .option('-p, --prune <what>', 'leave weights out: unstructured, channels, or blocks such as 4x1')
    .option('--low-rank', 'write layers as several smaller ones')
    .option('--ratios <list>', 'shares to take away, as 0.25,0.5,0.75', ratioList)
    .option('-s, --samples <path>', 'folder of .npy, .npz or images, or a module that exports samples()')
    .option('-k, --keep <pattern...>', 'nodes not to measure: a name, an operation type, or /pattern/')
    .option('--limit <n>', 'use only the first n samples (16)', positiveNumber)
    .option('--seed <n>', 'the same seed gives the same result', wholeNumber)
    .option('--cache <folder>', "where to keep what was measured; the user's cache if left out", true)
    .option('--no-cache', 'keep nothing')
    .option('--report <file>', 'write the report to a .html, .json or .txt file too')
    .option('--json', 'one JSON document on stdout, progress as JSON events on stderr')
    .action((path: string, flags: SensitivityFlags) => run(path, flags))
}

async function run(path: string, flags: SensitivityFlags): Promise<void> {
  const progress = makeProgress(flags.json ?? false)
  const found = await interruptible((signal) =>
    work(path, flags, { signal, onProgress: progress.onProgress }),
  ).finally(progress.done)
  process.stdout.write(flags.json ? `${JSON.stringify(found, undefined, 2)}\n` : `${found}\n`)
}

async function work(
  path: string,
  flags: SensitivityFlags,
  watch: { readonly signal: AbortSignal; readonly onProgress: ReturnType<typeof makeProgress>['onProgress'] },
): Promise<Sensitivity> {
  checkReportName(flags.report)
  const factory = factoryOf(flags)
  const original = await Model.open(path)
  const cleaning = { signal: watch.signal, verify: false }
  const { model } = await compress(original, [upgradeOpset(), simplify()], cleaning)
  // `true` stands for the option that was left out.
  const cache = flags.cache === true ? undefined : flags.cache
  const found = await sensitivity(model, factory, {
    ...(await samplesOf(flags.samples, original, undefined)),
    ...watch,
    ratios: flags.ratios,
    keep: flags.keep?.map(parsePattern),
    seed: flags.seed,
    cache,
    ...(flags.limit !== undefined && { sampleLimit: flags.limit }),
  })
  if (flags.report !== undefined) await saveReport(found, flags.report)
  return found
}

function factoryOf({ prune: what, lowRank: isLowRank }: SensitivityFlags): PassFactory {
  if (what === undefined && isLowRank) return lowRankOf
  if (what === undefined || isLowRank) throw refusal('one of --prune and --low-rank', what)
  const [, rows, columns] = /^(\d+)x(\d+)$/.exec(what) ?? []
  if (rows && columns)
    return (options) => prune.block({ ...options, rows: Number(rows), columns: Number(columns) })
  if (what === 'unstructured') return prune.unstructured
  if (what === 'channels') return prune.channels
  throw refusal('unstructured, channels or blocks such as 4x1 for --prune', what)
}

/** What is measured is what layers bear, not what pays: factors that are slower count too. */
const lowRankOf: PassFactory = (options) =>
  lowRank({ ...options, scope: 'layer', advanced: { timing: false } })

function ratioList(text: string): number[] {
  const ratios = text.split(',').map(Number)
  if (ratios.every((ratio) => ratio > 0 && ratio < 1)) return ratios
  throw refusal('ratios above 0 and below 1 for --ratios, as 0.25,0.5', text)
}

function refusal(expected: string, received: unknown): OnnxpressError {
  return new OnnxpressError('BAD_ARGUMENT', `Expected ${expected}, received ${JSON.stringify(received)}`)
}
