/**
 * `prune.channels`: takes whole channels out of a model, so that it gets narrower: every constant, attribute and shape
 * that counts them is rewritten, and what is left is an ordinary dense model.
 */
import type { TypeView } from '../../../analysis'
import { analyzeChannels, SMALLEST_OPSET } from '../../../analysis/channels'
import type { GramStore } from '../../../calibrate/gramStore'
import { badArgument } from '../../../errors'
import { type Node, withSubgraphs } from '../../../ir'
import { keepPredicate } from '../../keep'
import type { Pass, PassContext, PassResult, Skip } from '../../pass'
import { selectByBudget } from './byBudget'
import { selectByRatio } from './byRatio'
import { Costs } from './costs'
import { familyDetails, sizeDetails, sizeOf, wholeSkip } from './details'
import { type Consumer, consumersOf, requestOf } from './grams'
import { Groups } from './groups'
import { type KnownMacs, knownMacs } from './macs'
import { budgetOf, type ChannelScore, type ChannelsOptions, checkChannelsOptions, SAMPLED } from './options'
import { prepare } from './prepare'
import { refit } from './refit'
import { remainderUpdates } from './remainders'
import { Kept } from './remove/kept'
import { removeChannels } from './remove/removeChannels'
import { score } from './score'
import { widthsOf } from './widths'

/** How many channels a width is a multiple of, if nobody says otherwise. */
const MULTIPLE = 8

/**
 * Removes channels: those of convolutions, linear layers and attention heads that matter least, with everything that
 * hangs together with them through the graph. Inputs and outputs of the model stay as they are, and so does whatever is
 * not understood, with the reason. With samples, layers that lose inputs are fitted anew to what they computed.
 *
 * @throws OnnxpressError `BAD_ARGUMENT` for options outside their ranges, at once; while applied, for a share of the
 *   multiply-accumulates or parameters that no removal reaches, and for scores and fits that need samples without any
 */
export function pruneChannels(options: ChannelsOptions): Pass {
  checkChannelsOptions(options)
  const { keep, ...plain } = options
  return {
    name: 'prune.channels',
    options: { ...plain, ...(keep !== undefined && { keep: String(keep) }) },
    apply: (context) => apply(context, options),
  }
}

/** The options with what they stand for when left out. */
interface Settings {
  readonly by: ChannelScore
  readonly isRefit: boolean
  readonly multipleOf: number
}

function settingsOf({ sampleCount }: PassContext, options: ChannelsOptions): Settings {
  const hasSamples = sampleCount > 0
  const by = options.score ?? (hasSamples ? 'reconstruction' : 'l1')
  const isRefit = options.refit ?? hasSamples
  if (!hasSamples && SAMPLED.has(by)) throw badArgument('samples', `score ${by} of prune.channels`, 'none')
  if (!hasSamples && isRefit) throw badArgument('samples', 'refit of prune.channels', 'none')
  return { by, isRefit, multipleOf: options.multipleOf ?? MULTIPLE }
}

async function apply(context: PassContext, options: ChannelsOptions): Promise<PassResult> {
  const { model, graph } = context
  const settings = settingsOf(context, options)
  if (model.opset < SMALLEST_OPSET) return { changed: 0, skipped: [tooOld(model.opset)] }
  const skipped: Skip[] = []
  const types = await prepare(context, skipped)
  const groups = analyze(context, types, options)
  for (const { wholes } of groups.analyses) skipped.push(...wholes.map(wholeSkip))
  const known = await knownMacs(context, types, [...withSubgraphs(graph)])
  const macs = new Costs(groups, 'macs', known.macsOf)
  const sizeNow = () => sizeOf(model, known.unknown.length > 0 ? undefined : macs.total)
  const before = sizeNow()
  const consumers = consumersOf(graph, groups)
  const grams = await collect(context, consumers, settings)
  try {
    const { importance, skipped: unscored } = await score(groups, settings.by, {
      consumers,
      grams,
      isRefit: settings.isRefit,
      signal: context.signal,
    })
    skipped.push(...unscored, ...select({ groups, importance, macs, known }, options, settings))
    const fitted = await remove(context, groups, settings.isRefit ? grams : undefined, consumers)
    skipped.push(...fitted.skipped)
    const details = { score: settings.by, refitLayers: fitted.layers, ...sizeDetails(before, sizeNow()) }
    return { changed: groups.removedCount, skipped, details: { ...details, families: familyDetails(groups) } }
  } finally {
    await grams?.dispose()
  }
}

function tooOld(opset: number): Skip {
  const reason = `channels are followed from opset ${SMALLEST_OPSET} on, the model has ${opset}: put upgradeOpset() first`
  return { at: 'model', reason }
}

function analyze({ model, graph }: PassContext, types: TypeView, { keep }: ChannelsOptions): Groups {
  const drawn = { types, opset: model.opset, keeps: keepPredicate(keep) }
  return new Groups([...withSubgraphs(graph)].map((each) => analyzeChannels(each, drawn)))
}

async function collect(
  { model, runtime, progress }: PassContext,
  consumers: readonly Consumer[],
  { by, isRefit }: Settings,
): Promise<GramStore | undefined> {
  if (consumers.length === 0 || (!isRefit && !SAMPLED.has(by))) return undefined
  progress(0.1, 'Gram matrices of what layers read')
  const kind = isRefit || by === 'reconstruction' ? 'patches' : 'channels'
  return runtime.collectGrams(
    model,
    consumers.map((consumer) => requestOf(consumer, kind)),
  )
}

interface Choice {
  readonly groups: Groups
  readonly importance: Float64Array
  readonly macs: Costs
  readonly known: KnownMacs
}

function select(
  { groups, importance, macs, known }: Choice,
  options: ChannelsOptions,
  { multipleOf }: Settings,
): Skip[] {
  const budget = budgetOf(options)
  const widths = widthsOf(groups, multipleOf)
  if (budget.of === 'ratio')
    return selectByRatio(groups, widths, importance, { ratio: budget.share, multipleOf })
  const [unknown] = known.unknown
  if (budget.of === 'macs' && unknown) throw needsSizes(unknown)
  const costs = budget.of === 'macs' ? macs : new Costs(groups, 'parameters', known.macsOf)
  selectByBudget(groups, widths, importance, { costs, budget })
  return []
}

function needsSizes(node: Node): Error {
  return badArgument(
    'samples, or inputs of known size,',
    'macs of prune.channels',
    `a model that leaves open what ${node.label} costs`,
  )
}

/** Removes what was selected from each graph; says how many layers were fitted anew. */
async function remove(
  { signal, progress }: PassContext,
  groups: Groups,
  grams: GramStore | undefined,
  consumers: readonly Consumer[],
): Promise<{ layers: number; skipped: readonly Skip[] }> {
  const skipped: Skip[] = []
  let layers = 0
  for (const analysis of groups.analyses) {
    signal.throwIfAborted()
    const kept = new Kept(analysis, groups.removedFrom(analysis))
    const updates = await remainderUpdates(kept)
    const onLayer = (ratio: number) => {
      signal.throwIfAborted()
      progress(0.5 + ratio / 2, 'fitting layers anew')
    }
    const fitted = grams && (await refit(kept, consumers, grams, onLayer))
    for (const [node, update] of fitted?.updates ?? []) updates.set(node, update)
    skipped.push(...(fitted?.skipped ?? []))
    layers += fitted?.updates.size ?? 0
    removeChannels(analysis.drawing.graph, kept, updates)
  }
  return { layers, skipped }
}
