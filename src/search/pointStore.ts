/** Points of sensitivity curves, kept by all that they depend on. */
import type { Model } from '../ir'
import { packageVersion } from '../packageVersion'
import type { Pass } from '../passes/pass'
import type { SensitivityPoint } from '../report/sensitivity'
import { toJson } from '../report/toJson'
import { about, type SampleStore } from '../runtime'
import { dataDigest, modelDigest, samplesDigest } from './contentDigest'
import { ResultCache } from './resultCache'
import type { Unit } from './unit'

/** What a layer lost at a ratio, or why the pass left it alone. */
export type Outcome = SensitivityPoint | { readonly ratio: number; readonly reason: string }

export class PointStore {
  /** @param ground what all points have in common */
  private constructor(
    private readonly cache: ResultCache | undefined,
    private readonly ground: unknown,
  ) {}

  /** @param folder where points are kept; false keeps none */
  static async open(
    folder: string | false,
    model: Model,
    store: SampleStore,
    seed: number,
  ): Promise<PointStore> {
    if (folder === false) return new PointStore(undefined, undefined)
    const { onnxruntime } = await about()
    const versions = { onnxpress: packageVersion(), onnxruntime }
    const ground = { versions, seed, model: await modelDigest(model), samples: await samplesDigest(store) }
    return new PointStore(new ResultCache(folder), ground)
  }

  async get(pass: Pass, unit: Unit, ratio: number): Promise<Outcome | undefined> {
    const digest = this.digestOf(pass, unit, ratio)
    const found = digest && (await this.cache?.get(digest))
    return found ? revived(found, ratio) : undefined
  }

  async set(pass: Pass, unit: Unit, ratio: number, outcome: Outcome): Promise<void> {
    const digest = this.digestOf(pass, unit, ratio)
    if (digest) await this.cache?.set(digest, toJson(outcome))
  }

  /**
   * Undefined for a pass that does not say its options: nobody could tell it from another of its name. `keep` tells
   * layers apart, which the unit does better.
   */
  private digestOf({ name, options }: Pass, { key }: Unit, ratio: number): string | undefined {
    if (!options) return undefined
    const { keep: _, ...rest } = options
    return dataDigest([this.ground, name, toJson(rest), key, ratio])
  }
}

/** As it was stored: JSON knows no infinity. Undefined for what nobody here has written. */
function revived(found: unknown, ratio: number): Outcome | undefined {
  if (typeof found !== 'object' || found === null) return undefined
  const { snrDb, reason, agreement } = found as Record<string, unknown>
  if (typeof reason === 'string') return { ratio, reason }
  const isNumber =
    typeof snrDb === 'number' || snrDb === 'Infinity' || snrDb === '-Infinity' || snrDb === 'NaN'
  if (!isNumber) return undefined
  return { ratio, snrDb: Number(snrDb), ...(typeof agreement === 'number' && { agreement }) }
}
