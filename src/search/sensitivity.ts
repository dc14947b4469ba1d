/** How much each layer bears: what the outputs lose when a pass changes one layer alone, over ratios. */

import type { Evaluate } from '../compress/evaluate'
import { type Ground, withGround } from '../compress/ground'
import { passRuntime } from '../compress/passRuntime'
import { runPasses } from '../compress/runPasses'
import type { SampleSourceOptions } from '../compress/sampleSource'
import { stageProgress, type WatchOptions } from '../compress/watch'
import { badArgument } from '../errors'
import type { Model } from '../ir'
import { type Keep, keepPredicate } from '../passes/keep'
import type { Pass } from '../passes/pass'
import { noiseOf, Sensitivity, type SensitivityCurve, type SensitivityPoint } from '../report/sensitivity'
import type { SampleStore } from '../runtime'
import { type Outcome, PointStore } from './pointStore'
import { defaultCacheFolder } from './resultCache'
import { layerUnits, type Unit } from './unit'

/** Makes the pass to measure, as `prune.unstructured` and `lowRank` do. */
export type PassFactory = (options: {
  readonly ratio: number
  /** Everything but the layer under test. */
  readonly keep: Keep
  /** What is measured is the loss, so nothing may be spared because of it. */
  readonly accuracy: false
}) => Pass

export interface SensitivityOptions extends SampleSourceOptions, WatchOptions {
  /** Ratios to try, each between 0 and 1; 0.25, 0.5 and 0.75 if left out. */
  readonly ratios?: readonly number[] | undefined
  /** Layers not to measure. */
  readonly keep?: Keep | undefined
  /** The caller's own metric; points with it are measured anew each time, since nobody knows what it depends on. */
  readonly evaluate?: Evaluate | undefined
  /**
   * Folder in which measured points are kept; a folder of the user's cache if left out, none if false. Points of passes
   * without `options` are not kept.
   */
  readonly cache?: string | false | undefined
}

const RATIOS = [0.25, 0.5, 0.75] as const
/** Enough to rank layers. */
const SAMPLES = 16

/**
 * Measures the loss curve of every layer: for each ratio the pass changes that layer alone, and the outputs are held
 * against the original's. Points are kept on disk by the content of model, samples and options, so that work that was
 * stopped goes on where it was.
 *
 *     const found = await sensitivity(model, prune.unstructured, { samples })
 *     const found = await sensitivity(model, (options) => prune.block({ ...options, rows: 4, columns: 1 }), { samples })
 *
 * @param model cleaned before, as by `simplify()`
 * @param pass makes the pass for a ratio and a `keep`
 * @throws OnnxpressError `BAD_ARGUMENT` for ratios out of range, `BAD_SAMPLES`, `RUNTIME`, `ABORTED`, `IO`, and what the
 *   pass throws.
 */
export async function sensitivity(
  model: Model,
  pass: PassFactory,
  options: SensitivityOptions = {},
): Promise<Sensitivity> {
  const ratios = checkRatios(options.ratios ?? RATIOS)
  if (typeof pass !== 'function') throw badArgument('a function that makes a pass', 'sensitivity', pass)
  return withGround(model, { sampleLimit: SAMPLES, ...options }, (ground) =>
    new Survey(model, pass, { ...options, ratios }, ground).run(),
  )
}

class Survey {
  private cachedPoints = 0
  private done = 0

  constructor(
    private readonly model: Model,
    private readonly pass: PassFactory,
    private readonly options: SensitivityOptions & { readonly ratios: readonly number[] },
    private readonly ground: Ground,
  ) {}

  async run(): Promise<Sensitivity> {
    const { ratios, keep } = this.options
    const units = layerUnits(this.model, keep)
    const store = await this.ground.source.store()
    const points = await this.openPoints(store)
    const layers: SensitivityCurve[] = []
    for (const unit of units) layers.push(await this.curveOf(unit, points, units.length))
    return new Sensitivity({
      pass: this.make(ratios[0] as number, () => true).name,
      ratios,
      sampleCount: store.count,
      isSynthetic: this.ground.source.isSynthetic,
      cachedPoints: this.cachedPoints,
      layers: layers.sort((a, b) => worstNoise(b) - worstNoise(a)),
    })
  }

  private openPoints(store: SampleStore): Promise<PointStore> {
    const { cache = defaultCacheFolder(), seed = 0, evaluate } = this.options
    return PointStore.open(evaluate ? false : cache, this.model, store, seed)
  }

  private async curveOf(unit: Unit, points: PointStore, unitCount: number): Promise<SensitivityCurve> {
    const { ratios } = this.options
    const progress = stageProgress(this.options, 'sensitivity')
    const found: SensitivityPoint[] = []
    let reason: string | undefined
    for (const ratio of ratios) {
      progress(this.done++ / (unitCount * ratios.length), unit.name)
      const outcome = await this.outcomeOf(unit, ratio, points)
      if ('reason' in outcome) reason = outcome.reason
      else found.push(outcome)
    }
    const { key, name, opType, parameters } = unit
    return { key, name, opType, parameters, points: found, ...(reason !== undefined && { reason }) }
  }

  private async outcomeOf(unit: Unit, ratio: number, points: PointStore): Promise<Outcome> {
    const pass = this.make(ratio, this.allBut(unit))
    const known = await points.get(pass, unit, ratio)
    if (known) {
      this.cachedPoints++
      return known
    }
    const outcome = await this.measure(pass, unit, ratio)
    await points.set(pass, unit, ratio, outcome)
    return outcome
  }

  private async measure(pass: Pass, unit: Unit, ratio: number): Promise<Outcome> {
    const { seed = 0, signal } = this.options
    const candidate = this.model.clone()
    const { source, reference } = this.ground
    const runtime = passRuntime(source, reference, { signal })
    const [report] = await runPasses(candidate, [pass], { source, runtime, seed, signal })
    if (!report || report.changed === 0) {
      const skip = report?.skipped.find(({ at }) => at === unit.name)
      return { ratio, reason: skip?.reason ?? 'the pass changed nothing' }
    }
    const { snrDb, agreement, metric } = await reference.measure(candidate)
    return {
      ratio,
      snrDb,
      ...(agreement !== undefined && { agreement }),
      ...(metric !== undefined && { metric }),
    }
  }

  private make(ratio: number, keep: Keep): Pass {
    return this.pass({ ratio, keep, accuracy: false })
  }

  private allBut(unit: Unit): Keep {
    const isKept = keepPredicate(this.options.keep)
    return (node) => !unit.has(node) || isKept(node)
  }
}

/** At the largest ratio that was measured. */
function worstNoise({ points }: SensitivityCurve): number {
  return Math.max(0, ...points.map(noiseOf))
}

function checkRatios(ratios: readonly number[]): readonly number[] {
  const isFine = Array.isArray(ratios) && ratios.length > 0 && ratios.every((ratio) => ratio > 0 && ratio < 1)
  if (!isFine) throw badArgument('ratios above 0 and below 1', 'sensitivity', ratios)
  return [...new Set(ratios)].sort((a, b) => a - b)
}
