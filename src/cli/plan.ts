/** What `compress` is to do, from its flags and recipe. */
import {
  type AccuracyOptions,
  type Keep,
  loadRecipe,
  type Model,
  OnnxpressError,
  type Pass,
  type Preprocess,
  parsePattern,
  quantize,
  simplify,
  storeFloat16,
  toFloat32,
  upgradeOpset,
} from '../index'
import type { CompressFlags } from './compressCommand'
import { leanPass } from './leanPass'
import { inOrder } from './ordered'

export interface Plan {
  readonly passes: readonly Pass[]
  /** Else by a recipe, which says all that is done. */
  readonly isByFlags: boolean
  readonly samples: string | undefined
  readonly preprocess: Preprocess | undefined
  readonly seed: number | undefined
  /** What all passes together may lose. */
  readonly accuracy?: AccuracyOptions
}

/** Flags that are options of passes, which a recipe gives itself. */
const PASS_FLAGS = ['keep', 'maxDrop', 'minSnr', 'range', 'rank', 'equalize', 'reduceRange'] as const
/** Flags that only passes have a use for that can spare layers. */
const BUDGET_FLAGS = ['maxDrop', 'minSnr'] as const
const STATIC_ONLY = ['range', 'rank', 'equalize'] as const

/** @throws OnnxpressError `BAD_ARGUMENT` for flags that contradict each other */
export async function planOf(flags: CompressFlags): Promise<Plan> {
  if (flags.recipe !== undefined) return recipePlan(flags.recipe, flags)
  const { samples, seed } = flags
  const passes = passesOf(flags)
  return { passes, isByFlags: true, samples, preprocess: undefined, seed, accuracy: accuracyOf(flags) }
}

async function recipePlan(path: string, flags: CompressFlags): Promise<Plan> {
  refuse(flags, ['quantize', 'prune', 'lowRank', ...PASS_FLAGS], 'a recipe says itself what to do: drop')
  if (!flags.accuracy)
    throw new OnnxpressError('BAD_ARGUMENT', 'a recipe says itself what may be lost: drop --no-accuracy')
  const { passes, samples, preprocess, seed } = await loadRecipe(path)
  const given = { samples: flags.samples ?? samples, seed: flags.seed ?? seed }
  return { passes, isByFlags: false, preprocess, ...given }
}

/**
 * The passes of a plan for a model: where its floats have 16 bits, with one that makes them those that passes change, and one that
 * stores what stays floats as before.
 */
export function passesFor({ passes, isByFlags }: Plan, { graph }: Model): readonly Pass[] {
  const hasHalves = graph.initializers.some(({ initializer }) => initializer?.dataType === 'float16')
  const at = passes.findIndex(({ name }) => name === 'simplify')
  if (!isByFlags || !hasHalves || at === passes.length - 1) return passes
  return [...passes.slice(0, at), toFloat32(), ...passes.slice(at), storeFloat16()]
}

/** Without --quantize, --prune and --low-rank the graph is only cleaned. */
function passesOf(flags: CompressFlags): Pass[] {
  const keep = flags.keep?.map(patternOf)
  const kept = keep ? { keep } : {}
  const setting = { ...kept, ...(flags.accuracy ? {} : { accuracy: false as const }) }
  const lean = inOrder(flags.prune, flags.lowRank).map((each) => leanPass(each, setting))
  const lossy = [...lean, ...quantizing(flags, kept)]
  return lossy.length > 0 ? [upgradeOpset(), simplify(), ...lossy] : [simplify(kept)]
}

function quantizing(flags: CompressFlags, kept: { keep?: Keep }): Pass[] {
  const { quantize: how, reduceRange, samples } = flags
  const shared = { ...kept, ...(reduceRange && { reduceRange: true }) }
  if (how === 'int8')
    return [
      ...(flags.equalize ? [quantize.equalize(kept)] : []),
      quantize.static({ ...shared, ...staticOptions(flags) }),
    ]
  refuse(flags, STATIC_ONLY, 'without --quantize int8 there is no use for')
  if (!flags.prune && !flags.lowRank)
    refuse(flags, BUDGET_FLAGS, 'without --quantize int8, --prune or --low-rank there is no use for')
  if (how === 'dynamic') return [quantize.dynamic(shared)]
  refuse(flags, ['reduceRange'], 'only --quantize int8 and dynamic have a use for')
  return how === 'weights' ? [quantize.weights({ correctBias: samples !== undefined, ...kept })] : []
}

function staticOptions({ range, rank, accuracy }: CompressFlags) {
  const spares = accuracy ? (rank ? { accuracy: { rank } } : {}) : { accuracy: false as const }
  return { ...(range && { range }), ...spares }
}

function accuracyOf({ maxDrop, minSnr }: CompressFlags): AccuracyOptions {
  return {
    ...(maxDrop === undefined ? {} : { maxDrop }),
    ...(minSnr === undefined ? {} : { minSnrDb: minSnr }),
  }
}

function refuse(flags: CompressFlags, names: readonly (keyof CompressFlags)[], why: string): void {
  const given = names.filter((name) => flags[name] !== undefined)
  if (given.length === 0) return
  const options = given.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
  throw new OnnxpressError('BAD_ARGUMENT', `${why} ${options.join(', ')}`)
}

/** @throws OnnxpressError `BAD_ARGUMENT` for a pattern that is none */
function patternOf(text: string): string | RegExp {
  try {
    return parsePattern(text)
  } catch (cause) {
    throw new OnnxpressError('BAD_ARGUMENT', `--keep ${text}: ${(cause as Error).message}`, { cause })
  }
}
