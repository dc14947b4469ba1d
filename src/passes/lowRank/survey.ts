/** Looks at every layer once: how its inputs go together, what it loses over its ranks, what it costs. */
import { TypeView } from '../../analysis'
import type { GramMatrix } from '../../calibrate/gramRequest'
import type { GramStore } from '../../calibrate/gramStore'
import { OnnxpressError } from '../../errors'
import { gramRequest } from '../layer/gramRequest'
import type { Layer } from '../layer/layer'
import type { PassContext, Skip } from '../pass'
import type { Candidate } from './choose'
import { dampingOf, type LowRankOptions, weightingOf } from './options'
import { makeProblem } from './problem'
import { type RankChoice, rankPoints, type Spectrum, spectraOf } from './rankPoint'
import { fullRanks, type Positions, product, type SchemeKind, schemesOf, sizesOf } from './scheme'

/** What was found out about the layers. */
export interface Survey {
  readonly candidates: readonly Candidate[]
  /** Shapes of what layers read, in a sample of usual size; by layer key. */
  readonly inputShapes: ReadonlyMap<string, readonly number[]>
  readonly skipped: readonly Skip[]
}

/** @param grams of the original model; undefined where only weights count */
export async function surveyLayers(
  context: PassContext,
  layers: readonly Layer[],
  options: LowRankOptions,
  grams: GramStore | undefined,
): Promise<Survey> {
  const types = await sampleTypes(context)
  const candidates: Candidate[] = []
  const inputShapes = new Map<string, readonly number[]>()
  const skipped: Skip[] = []
  for (const [index, layer] of layers.entries()) {
    context.signal.throwIfAborted()
    const skip = (reason: string) => skipped.push({ at: layer.node.label, reason })
    const shape = types.staticShapeOf(layer.input)
    if (shape) inputShapes.set(layer.key, shape)
    const positions = positionsOf(layer, types)
    if (!positions && options.budget === 'macs')
      skip('its sizes are not known, so its work cannot be counted')
    else {
      const found = await candidateOf(layer, positions, options, await gramOf(layer, grams))
      if (typeof found === 'string') skip(found)
      else candidates.push(found)
    }
    context.progress((index + 1) / layers.length, 'looking at spectra')
  }
  return { candidates, inputShapes, skipped }
}

/** What is asked of Gram matrices, where activations count. */
export async function collectGrams(
  context: PassContext,
  layers: readonly Layer[],
  options: LowRankOptions,
): Promise<GramStore | undefined> {
  if (weightingOf(options, context) === 'plain') return undefined
  return context.runtime.collectGrams(context.model, layers.map(gramRequest))
}

/** What is known about a layer's inputs, if that was asked for and could be told. */
export async function gramOf(layer: Layer, grams: GramStore | undefined): Promise<GramMatrix | undefined> {
  return grams?.has(layer.key) ? grams.read(layer.key) : undefined
}

async function candidateOf(
  layer: Layer,
  positions: Positions | undefined,
  options: LowRankOptions,
  gram: GramMatrix | undefined,
): Promise<Candidate | string> {
  const { rank, advanced = {} } = options
  const allowed = advanced.schemes
  const schemes = schemesOf(layer, sizesOf(layer)).filter((each) => !allowed || allowed.includes(each))
  if (schemes.length === 0) return `none of the schemes ${allowed?.join(', ')} is for such a layer`
  const choice: RankChoice = rank === undefined ? { multipleOf: advanced.multipleOf ?? 8 } : { rank }
  const spectra = await spectraUnlessBroken(layer, schemes, options, gram)
  if (typeof spectra === 'string') return spectra
  const points = rankPoints(layer, spectra, choice, positions)
  return points.length > 0 ? { layer, positions, points, importance: 1 } : noPoints(layer, schemes, choice)
}

async function spectraUnlessBroken(
  layer: Layer,
  schemes: readonly SchemeKind[],
  options: LowRankOptions,
  gram: GramMatrix | undefined,
): Promise<Spectrum[] | string> {
  try {
    return await spectraOf(await makeProblem(layer, gram, dampingOf(options)), schemes)
  } catch (error) {
    if (!(error instanceof OnnxpressError) || error.code !== 'BAD_ARGUMENT') throw error
    return `it cannot be factorized: ${error.message}`
  }
}

function noPoints(layer: Layer, schemes: readonly SchemeKind[], choice: RankChoice): string {
  if ('multipleOf' in choice)
    return `factors of rank ${choice.multipleOf} and more are larger than the layer itself`
  const full = Math.max(...schemes.map((scheme) => Math.min(...fullRanks(layer, scheme))))
  return choice.rank > full
    ? `rank ${choice.rank} is above its full rank, ${full}`
    : `factors of rank ${choice.rank} are larger than the layer itself`
}

async function sampleTypes({ model, runtime }: PassContext): Promise<TypeView> {
  const types = new TypeView()
  types.learn(model, await runtime.sampleTypes(model))
  return types
}

/** How often a layer's weights are used, where the sizes of its inputs and outputs are known. */
function positionsOf({ node, kind, input }: Layer, types: TypeView): Positions | undefined {
  const before = types.staticShapeOf(input)
  const output = node.output()
  const after = output && types.staticShapeOf(output)
  if (!before || !after) return undefined
  if (kind === 'gemm' || kind === 'matmul') {
    const rows = product(before.slice(0, -1))
    return { input: rows, output: rows, between: rows }
  }
  const [batch = 1] = before
  const between = batch * (after[2] ?? 1) * product(before.slice(3))
  return { input: batch * product(before.slice(2)), output: batch * product(after.slice(2)), between }
}
