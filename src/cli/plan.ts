/** What `compress` is to do, from its flags and recipe. */
import {
  loadRecipe,
  OnnxpressError,
  type Pass,
  type Preprocess,
  parsePattern,
  quantize,
  simplify,
  upgradeOpset,
} from '../index'
import type { CompressFlags } from './compressCommand'

export interface Plan {
  readonly passes: readonly Pass[]
  readonly samples: string | undefined
  readonly preprocess: Preprocess | undefined
  readonly seed: number | undefined
}

/** Flags that are options of quantization, which a recipe gives itself. */
const QUANTIZE_FLAGS = ['keep', 'maxDrop', 'minSnr', 'range', 'rank', 'equalize', 'reduceRange'] as const
const STATIC_ONLY = ['maxDrop', 'minSnr', 'range', 'rank', 'equalize'] as const

/** @throws OnnxpressError `BAD_ARGUMENT` for flags that contradict each other */
export async function planOf(flags: CompressFlags): Promise<Plan> {
  if (flags.recipe !== undefined) return recipePlan(flags.recipe, flags)
  const { samples, seed } = flags
  return { passes: passesOf(flags), samples, preprocess: undefined, seed }
}

async function recipePlan(path: string, flags: CompressFlags): Promise<Plan> {
  refuse(flags, ['quantize', ...QUANTIZE_FLAGS], 'a recipe says itself what to do: drop')
  const { passes, samples, preprocess, seed } = await loadRecipe(path)
  return { passes, samples: flags.samples ?? samples, preprocess, seed: flags.seed ?? seed }
}

/** Without --quantize the graph is only cleaned. */
function passesOf(flags: CompressFlags): Pass[] {
  const keep = flags.keep?.map(patternOf)
  const shared = { ...(keep && { keep }), ...(flags.reduceRange && { reduceRange: true }) }
  if (flags.quantize === 'int8')
    return [
      upgradeOpset(),
      simplify(),
      ...(flags.equalize ? [quantize.equalize(keep ? { keep } : {})] : []),
      quantize.static({ ...shared, ...staticOptions(flags) }),
    ]
  refuse(flags, STATIC_ONLY, 'without --quantize int8 there is no use for')
  if (flags.quantize === 'dynamic') return [upgradeOpset(), simplify(), quantize.dynamic(shared)]
  refuse(flags, ['reduceRange'], 'only --quantize int8 and dynamic have a use for')
  if (flags.quantize === 'weights') {
    const correctBias = flags.samples !== undefined
    return [upgradeOpset(), simplify(), quantize.weights({ correctBias, ...(keep && { keep }) })]
  }
  return [simplify(keep ? { keep } : {})]
}

function staticOptions({ range, maxDrop, minSnr, rank }: CompressFlags) {
  const accuracy = {
    ...(maxDrop === undefined ? {} : { maxDrop }),
    ...(minSnr === undefined ? {} : { minSnrDb: minSnr }),
    ...(rank && { rank }),
  }
  return { ...(range && { range }), ...(Object.keys(accuracy).length > 0 && { accuracy }) }
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
