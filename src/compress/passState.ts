/** What a model has become after each pass, so that the report can give each pass its share. */
import type { Model } from '../ir'
import type { Pass } from '../passes/pass'
import { modelFacts } from '../report/modelFacts'
import type { PassState } from '../report/reportData'
import type { Ground } from './ground'

/** Looks at a model after the pass at `index` has changed it. */
export type LookAfter = (model: Model, index: number) => Promise<PassState>

/** @param sampleCount samples over which outputs are compared */
export function lookAfter(passes: readonly Pass[], ground: Ground, sampleCount: number): LookAfter {
  const { source, reference } = ground
  const lastLossy = passes.findLastIndex((pass) => !pass.lossless)
  const canMeasure = source.givenCount > 0 || reference.hasMetric
  return async (model, index) => {
    const { bytes, parameters, nodes } = modelFacts(model)
    const isOpen = !passes[index]?.lossless && index !== lastLossy && canMeasure
    const count = isOpen ? Math.min(sampleCount, (await source.store()).count) : 0
    return { bytes, parameters, nodes, ...(isOpen && { measured: await reference.measure(model, count) }) }
  }
}
