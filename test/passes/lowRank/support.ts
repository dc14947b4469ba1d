/** Small graphs factorized, and matrices done the slow way. */
import type { Model } from '../../../src/ir'
import { findLayers, type Layer } from '../../../src/passes/layer/layer'
import { type LowRankOptions, lowRank } from '../../../src/passes/lowRank'
import type { PassResult, PassRuntime } from '../../../src/passes/pass'
import { contextFor, type Feeds, type LayerBuilder, runtimeOver, samplesFor } from '../quantize/support'

export interface Factorized {
  readonly model: Model
  readonly result: PassResult
  /** What was passed over, by node. */
  readonly reasons: Readonly<Record<string, string>>
}

/** All factors take so much of the layer's time. */
export const taking =
  (share: number): PassRuntime['timeAlone'] =>
  async (models) =>
    models.map((_, index) => (index === 0 ? 1 : share))

/** Applies the pass to a model and checks the graph's own rules. */
export async function lowRankNow(
  { model }: Pick<LayerBuilder, 'model'>,
  options: LowRankOptions,
  samples: readonly Feeds[] = samplesFor(model),
  more: Partial<PassRuntime> = {},
): Promise<Factorized> {
  const runtime = { ...runtimeOver(model.clone(), samples), timeAlone: taking(0.5), ...more }
  const pass = lowRank(options)
  const result = await pass.apply(await contextFor(pass, model, samples, runtime))
  model.verify()
  return { model, result, reasons: Object.fromEntries(result.skipped.map(({ at, reason }) => [at, reason])) }
}

export function onlyLayer({ graph }: Model): Layer {
  const { layers } = findLayers(graph, () => false)
  return layers[0] as Layer
}

/** A · B for A[rows, inner], term by term. */
export function times(a: ArrayLike<number>, b: ArrayLike<number>, inner: number): number[] {
  const [rows, columns] = [a.length / inner, b.length / inner]
  return Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns]
    let sum = 0
    for (let k = 0; k < inner; k++)
      sum += (a[row * inner + k] as number) * (b[k * columns + column] as number)
    return sum
  })
}

export function flipped(matrix: ArrayLike<number>, columns: number): number[] {
  const rows = matrix.length / columns
  return Array.from(
    { length: matrix.length },
    (_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)] as number,
  )
}

/** tr(D · C · Dᵀ) */
export function energyOf(
  difference: ArrayLike<number>,
  covariance: ArrayLike<number>,
  columns: number,
): number {
  const product = times(difference, covariance, columns)
  return product.reduce((sum, each, at) => sum + each * (difference[at] as number), 0)
}

export function minus(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  return Array.from(a, (each, at) => each - (b[at] as number))
}
