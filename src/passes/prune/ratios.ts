/** The share of weights that each layer is to lose. */
import type { GramRequest } from '../../calibrate/gramRequest'
import type { Layer } from '../layer/layer'
import { matrixShape } from '../layer/weightMatrix'
import type { PassContext } from '../pass'
import { allocate, countWorths } from './allocation'
import type { MaskMethod } from './maskMethod'
import { checkLayerRatio, type LayerRatios } from './maskOptions'

/**
 * By layer key. What the caller gave for single layers holds; the others share what the method asks for.
 * @throws OnnxpressError `BAD_ARGUMENT` for a given ratio out of range.
 */
export async function layerRatios(
  context: PassContext,
  layers: readonly Layer[],
  method: MaskMethod,
  given: LayerRatios | undefined,
): Promise<Map<string, number>> {
  const ratios = new Map<string, number>()
  for (const layer of layers) ratios.set(layer.key, givenRatio(layer, given, method.name) ?? method.ratio)
  if (!method.isGlobal) return ratios
  const others = layers.filter((layer) => givenRatio(layer, given, method.name) === undefined)
  return new Map([...ratios, ...(await shared(context, others, method.ratio))])
}

async function shared(
  context: PassContext,
  layers: readonly Layer[],
  ratio: number,
): Promise<Map<string, number>> {
  const meanSquares = context.sampleCount > 0 ? await inputMeanSquares(context, layers) : new Map()
  const counts = []
  for (const layer of layers) counts.push(await countWorths(layer, meanSquares.get(layer.key)))
  return allocate(counts, ratio)
}

/** Mean squares of the layers' input channels, by layer key, over the samples of the dense model. */
async function inputMeanSquares(
  { runtime, model }: PassContext,
  layers: readonly Layer[],
): Promise<Map<string, Float64Array>> {
  const requests = layers.map((layer): GramRequest => {
    const { groups, channels } = matrixShape(layer)
    return {
      kind: 'channels',
      key: layer.key,
      value: layer.input.name,
      channels: groups * channels,
      axis: layer.inputAxis,
    }
  })
  const grams = await runtime.collectGrams(model, requests)
  try {
    const found = new Map<string, Float64Array>()
    for (const key of grams.keys) {
      const { gram, rows } = await grams.read(key)
      found.set(
        key,
        gram.map((sum) => sum / rows),
      )
    }
    return found
  } finally {
    await grams.dispose()
  }
}

/** The share that the caller gave for a layer. */
function givenRatio(
  { node, weight }: Layer,
  given: LayerRatios | undefined,
  where: string,
): number | undefined {
  if (given === undefined) return undefined
  const { label, opType } = node
  const ratio = lookUp(given, { name: label, opType, weights: weight.constant?.size ?? 0 })
  if (ratio !== undefined) checkLayerRatio(ratio, where)
  return ratio
}

function lookUp(
  given: LayerRatios,
  facts: { name: string; opType: string; weights: number },
): number | undefined {
  if (typeof given === 'function') return given(facts)
  if (given instanceof Map) return given.get(facts.name)
  return Object.hasOwn(given, facts.name)
    ? (given as Readonly<Record<string, number>>)[facts.name]
    : undefined
}
