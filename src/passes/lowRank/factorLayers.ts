/** Factorizes layers one after the other, each on the inputs that those before it produce by then. */
import type { GramMatrix } from '../../calibrate/gramRequest'
import { OnnxpressError } from '../../errors'
import type { Graph } from '../../ir'
import { gramRequest } from '../layer/gramRequest'
import { findLayers, type Layer } from '../layer/layer'
import type { PassContext, Skip } from '../pass'
import type { Choice } from './choose'
import { type FactoredLayer, factorLayer, standIn, writeLayer } from './factored'
import { dampingOf, type LowRankOptions, weightingOf } from './options'

/** What becomes of a model; can be applied to any copy of it. */
export interface Outcome {
  readonly layers: ReadonlyMap<string, FactoredLayer>
  readonly skipped: readonly Skip[]
}

export async function factorLayers(
  context: PassContext,
  choice: Choice,
  options: LowRankOptions,
): Promise<Outcome> {
  const model = context.model.clone()
  const layers = findLayers(model.graph, () => false).layers.filter(({ key }) => choice.has(key))
  const done = new Map<string, FactoredLayer>()
  const skipped: Skip[] = []
  let count = 0
  for await (const { layer, gram, reason } of inputsOf(context, { model, layers, options })) {
    context.signal.throwIfAborted()
    const { label } = layer.node
    if (reason) skipped.push({ at: label, reason: `only its weights counted: ${reason}` })
    try {
      const point = choice.get(layer.key)
      if (!point) continue
      const factored = await factorLayer(layer, point, gram, dampingOf(options))
      done.set(layer.key, factored)
      standIn(model.graph, layer, factored)
    } catch (error) {
      if (!(error instanceof OnnxpressError) || error.code !== 'BAD_ARGUMENT') throw error
      skipped.push({ at: label, reason: `it cannot be factorized: ${error.message}` })
    }
    context.progress(++count / layers.length, 'factorizing layer by layer')
  }
  return { layers: done, skipped }
}

interface Inputs {
  readonly layer: Layer
  readonly gram?: GramMatrix
  /** Why nothing is known about its inputs, though it should be. */
  readonly reason?: string
}

async function* inputsOf(
  context: PassContext,
  {
    model,
    layers,
    options,
  }: {
    readonly model: PassContext['model']
    readonly layers: readonly Layer[]
    readonly options: LowRankOptions
  },
): AsyncGenerator<Inputs> {
  if (weightingOf(options, context) === 'plain') {
    for (const layer of layers) yield { layer }
    return
  }
  const byKey = new Map(layers.map((layer) => [layer.key, layer]))
  const { rowsPerFeature } = options.advanced ?? {}
  const answers = context.runtime.sequentialGrams(model, layers.map(gramRequest), {
    ...(rowsPerFeature !== undefined && { rowsPerFeature }),
  })
  for await (const { key, ...answer } of answers) {
    const layer = byKey.get(key)
    if (layer) yield { layer, ...answer }
  }
}

/** Puts all factors into a graph, but for the layers, by key, that are spared. */
export function applyOutcome(
  graph: Graph,
  { layers }: Outcome,
  isSpared: (key: string) => boolean = () => false,
): void {
  for (const layer of findLayers(graph, () => false).layers) {
    const factored = layers.get(layer.key)
    if (factored && !isSpared(layer.key)) writeLayer(graph, layer, factored)
  }
}
