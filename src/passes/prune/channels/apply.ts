/** `prune.channels` at work: what can go, what matters least of it, how much of that may go, and out with it. */
import { analyzeChannels, SMALLEST_OPSET } from '../../../analysis/channels'
import type { GramStore } from '../../../calibrate/gramStore'
import { type Model, withSubgraphs } from '../../../ir'
import { keepPredicate } from '../../keep'
import type { PassContext, PassResult, Skip } from '../../pass'
import { Costs } from './costs'
import { familyDetails, givenBackSkips, sizeDetails, sizeOf, verdictDetails, wholeSkip } from './details'
import { type Consumer, consumersOf, requestOf } from './grams'
import { Groups } from './groups'
import { keepWithin } from './lessening'
import { knownMacs } from './macs'
import { type ChannelsOptions, SAMPLED } from './options'
import { prepare, type TypesOf } from './prepare'
import { applyRemoval, planRemoval } from './removal'
import { score } from './score'
import { type Choice, select } from './select'
import { type Settings, settingsOf } from './settings'
import { widthsOf } from './widths'

export async function applyChannels(context: PassContext, options: ChannelsOptions): Promise<PassResult> {
  const { model } = context
  const settings = settingsOf(context, options)
  if (model.opset < SMALLEST_OPSET) return { changed: 0, skipped: [tooOld(model.opset)] }
  const skipped: Skip[] = []
  const typesOf = await prepare(context, skipped)
  const groups = analyze(model, typesOf, options)
  for (const { wholes } of groups.analyses) skipped.push(...wholes.map(wholeSkip))
  const known = await knownMacs(context, typesOf(model), [...withSubgraphs(model.graph)])
  const macs = new Costs(groups, 'macs', known.macsOf)
  const consumers = consumersOf(model.graph, groups)
  const grams = await collect(context, consumers, settings)
  try {
    const { isRefit, by, multipleOf } = settings
    const scored = await score(groups, by, { consumers, grams, isRefit, signal: context.signal })
    const { importance } = scored
    skipped.push(...scored.skipped)
    const work = { settings, typesOf, consumers, grams: isRefit ? grams : undefined }
    return await narrow(context, options, work, skipped, {
      ...{ groups, importance, macs, known },
      widths: widthsOf(groups, multipleOf),
    })
  } finally {
    await grams?.dispose()
  }
}

interface Work {
  readonly settings: Settings
  readonly typesOf: TypesOf
  readonly consumers: readonly Consumer[]
  /** What layers read, where they are to be fitted anew. */
  readonly grams: GramStore | undefined
}

async function narrow(
  context: PassContext,
  options: ChannelsOptions,
  { settings, typesOf, ...inputs }: Work,
  skipped: Skip[],
  choice: Choice,
): Promise<PassResult> {
  const { groups, macs, known } = choice
  const sizeNow = () => sizeOf(context.model, known.unknown.length > 0 ? undefined : macs.total)
  const before = sizeNow()
  skipped.push(...select(choice, options, settings.multipleOf))
  const asked = familyDetails(groups)
  const verdict = await keepWithin(context, options, choice, {
    ...inputs,
    groupsOf: (copy) => analyze(copy, typesOf, options),
  })
  const onFit = (ratio: number) => context.progress(0.5 + ratio / 2, 'fitting layers anew')
  const removal = verdict?.removal ?? (await planRemoval(context, { groups, ...inputs }, onFit))
  applyRemoval(groups, removal)
  const families = familyDetails(groups)
  return {
    changed: groups.removedCount,
    skipped: [...skipped, ...removal.skipped, ...givenBackSkips(asked, families)],
    details: {
      ...{ score: settings.by, refitLayers: removal.fittedLayers },
      ...sizeDetails(before, sizeNow()),
      ...(verdict && verdictDetails(verdict, groups.removedCount)),
      families,
    },
  }
}

function tooOld(opset: number): Skip {
  const reason = `channels are followed from opset ${SMALLEST_OPSET} on, the model has ${opset}: put upgradeOpset() first`
  return { at: 'model', reason }
}

function analyze(model: Model, typesOf: TypesOf, { keep }: ChannelsOptions): Groups {
  const drawn = { types: typesOf(model), opset: model.opset, keeps: keepPredicate(keep) }
  return new Groups([...withSubgraphs(model.graph)].map((each) => analyzeChannels(each, drawn)))
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
