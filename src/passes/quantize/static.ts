/** `quantize.static`: 8-bit weights and activations with ranges from samples, as standard QDQ. */
import type { RangeMethod, StatisticRequest } from '../../calibrate/statistics'
import type { Model, Node } from '../../ir'
import { budgetOf } from '../accuracy/allowance'
import { type Budget, describeBudget } from '../accuracy/budget'
import { keepPredicate } from '../keep'
import { findLayers, type Layer } from '../layer/layer'
import type { Pass, PassContext, PassResult, Skip } from '../pass'
import { AccuracyControl, type Verdict } from './accuracyControl'
import { Candidates } from './candidates'
import { allInt8 } from './decisions'
import { makePlan } from './plan'
import { reconstruct } from './reconstruct'
import { opsetRefusal } from './requirements'
import type { Rewritten } from './rewrite'
import { checkStaticOptions, type StaticOptions } from './staticOptions'
import { isClipping } from './tail'
import { WeightStore } from './weightStore'

/**
 * Quantizes weights and activations to 8 bits, as QuantizeLinear and DequantizeLinear pairs that onnxruntime fuses into
 * integer kernels. Weights are int8, one symmetric scale an output channel; activations uint8 (or int8), one range a
 * tensor; biases int32. What rounding shifts is corrected in the biases. Layers whose 8-bit arithmetic would cost more
 * than the budget compute in float, their weights still stored in 8 bits.
 * @throws OnnxpressError `BAD_ARGUMENT` for options out of range.
 */
export function quantizeStatic(options: StaticOptions = {}): Pass {
  checkStaticOptions(options)
  return {
    name: 'quantize.static',
    options: { ...options, keep: options.keep === undefined ? undefined : String(options.keep) },
    needs: (model) => requestsOf(model, options),
    apply: (context) => apply(context, options),
  }
}

/** Ranges of all values that may be quantized, and the means of the layers' input channels. */
function requestsOf({ graph }: Model, { keep }: StaticOptions): StatisticRequest[] {
  const { layers } = findLayers(graph, keepPredicate(keep))
  const plan = makePlan(graph, layers, () => true)
  const inputs = layers.map((layer) => ({ value: layer.input.name, channelAxis: layer.inputAxis }))
  // Where fewer layers run in 8 bits, less is absorbed, and what stands before it is quantized instead. Clipping is
  // absorbed always, and watching what stands before it would slow a convolutional network's sweep by a quarter.
  const absorbed = [...plan.tails.values()].filter(({ nodes }) => !isClipping(nodes[0] as Node))
  const sources = absorbed.map((tail) => tail.source)
  return [...inputs, ...[...plan.quantized, ...sources].map((value) => ({ value: value.name }))]
}

async function apply(context: PassContext, options: StaticOptions): Promise<PassResult> {
  const refusal = opsetRefusal(context.model)
  if (refusal) return { changed: 0, skipped: [refusal] }
  const { layers } = findLayers(context.graph, keepPredicate(options.keep))
  const weights = new WeightStore(options.reduceRange ? 63 : 127, context.statistics)
  await weights.prepare(layers, (done) => context.progress((0.2 * done) / layers.length, 'rounding weights'))
  const candidates = new Candidates(context, options, weights)
  const control = await decide(context, options, candidates, layers)
  const range = control?.verdict.chosen.range ?? options.range ?? 'minMax'
  const written = await candidates.write(context.model, control?.verdict.chosen.decisions ?? allInt8, range)
  return {
    changed: written.int8.length + written.stored.length + written.embeddings,
    skipped: [...written.skipped, ...storedSkips(layers, written)],
    details: details(layers, written, range, control),
  }
}

interface Control {
  readonly verdict: Verdict
  readonly budget: Budget
  readonly measuredCandidates: number
}

async function decide(
  context: PassContext,
  options: StaticOptions,
  candidates: Candidates,
  layers: readonly Layer[],
): Promise<Control | undefined> {
  if (options.accuracy === false || context.sampleCount === 0 || layers.length === 0) return undefined
  const accuracy = options.accuracy ?? {}
  const budget = await budgetOf(context, accuracy)
  const searchSamples = Math.min(accuracy.searchSamples ?? 64, context.sampleCount)
  const control = new AccuracyControl(context, candidates, budget, {
    searchSamples,
    rank: accuracy.rank ?? false,
  })
  const ranges: RangeMethod[] = options.range ? [options.range] : ['minMax', 'percentile']
  const verdict = await control.run(layers, ranges, () => reconstruct(context, layers, candidates.weights))
  return { verdict, budget, measuredCandidates: candidates.count }
}

function storedSkips(layers: readonly Layer[], { stored }: Rewritten): Skip[] {
  return layers
    .filter((layer) => stored.includes(layer.key))
    .map((layer) => ({ at: layer.node.label, reason: storedReason(layer) }))
}

function storedReason(layer: Layer): string {
  if (layer.kind === 'convTranspose')
    return 'onnxruntime has no 8-bit ConvTranspose: float activations, 8-bit weights'
  return '8-bit activations would cost more than the budget: float activations, 8-bit weights'
}

function details(
  layers: readonly Layer[],
  written: Rewritten,
  range: RangeMethod,
  control: Control | undefined,
) {
  const noise = new Map(control?.verdict.ranking.map((each) => [each.layer.key, each.noise]))
  return {
    range,
    int8Layers: written.int8.length,
    storedLayers: written.stored.length,
    ...(control && {
      budget: describeBudget(control.budget),
      withinBudget: control.verdict.isWithinBudget,
      measured: control.verdict.chosen.measured,
      measuredCandidates: control.measuredCandidates,
    }),
    layers: layers
      .map((layer) => ({
        name: layer.node.label,
        ...precisionOf(layer, written),
        ...lossOf(noise.get(layer.key)),
      }))
      .sort((a, b) => (a.snrDb ?? Number.POSITIVE_INFINITY) - (b.snrDb ?? Number.POSITIVE_INFINITY)),
  }
}

function precisionOf(layer: Layer, { int8 }: Rewritten) {
  return { opType: layer.node.opType, precision: int8.includes(layer.key) ? 'int8' : 'stored' }
}

/** What this layer alone leaves of the outputs, in dB. */
function lossOf(noise: number | undefined): { snrDb?: number } {
  return noise === undefined ? {} : { snrDb: -10 * Math.log10(noise) }
}
