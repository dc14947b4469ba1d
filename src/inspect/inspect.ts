/** What a model is made of. */
import { formatType, type Model, type Tensor } from '../ir'
import { type DataTypeFacts, Inspection } from '../report/inspection'
import { constantsOf, modelFacts } from '../report/modelFacts'
import { listLayers } from './layers'
import { countMacs, type InputShapes } from './macs'
import { type WeightFacts, weighModel } from './weights'

export { type DataTypeFacts, Inspection, type LayerFacts, type PortFacts } from '../report/inspection'

export interface InspectOptions {
  /** Whether to list the weights one by one, and count multiply-accumulates, for which onnxruntime infers shapes. */
  readonly layers?: boolean
  /** Shapes of inputs, by name, where the model leaves them open: multiply-accumulates depend on them. */
  readonly shapes?: InputShapes
}

/**
 * Counts a model; every weight is read once, one after the other.
 * @throws OnnxpressError `IO` when a weight cannot be read, `BAD_ARGUMENT` for shapes that contradict the model.
 */
export async function inspect(
  model: Model,
  { layers = false, shapes = {} }: InspectOptions = {},
): Promise<Inspection> {
  const weights = await weighModel(model, layers)
  const macs = layers ? await countMacs(model, shapes) : undefined
  const { inputs, outputs } = model.graph
  return new Inspection({
    ...modelFacts(model),
    irVersion: model.irVersion,
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    opsets: Object.fromEntries(model.opsetImports),
    inputs: inputs.map(({ name, type }) => ({ name, type: formatType(type) })),
    outputs: outputs.map(({ name, type }) => ({ name, type: formatType(type) })),
    dataTypes: countTypes(model),
    zeroRatio: zeroRatioOf(model, weights),
    ...(macs && { macs: macs.total, layers: listLayers(model, weights, macs) }),
  })
}

function zeroRatioOf(model: Model, weights: ReadonlyMap<Tensor, WeightFacts>): number | undefined {
  let [zero, all] = [0, 0]
  for (const { tensor } of constantsOf(model)) {
    const weight = weights.get(tensor)
    if (!weight) continue
    zero += weight.zeros
    all += tensor.size
  }
  return all > 0 ? zero / all : undefined
}

function countTypes(model: Model): Record<string, DataTypeFacts> {
  const types = new Map<string, DataTypeFacts>()
  for (const { tensor } of constantsOf(model)) {
    const { tensors, elements, bytes } = types.get(tensor.dataType) ?? { tensors: 0, elements: 0, bytes: 0 }
    types.set(tensor.dataType, {
      tensors: tensors + 1,
      elements: elements + tensor.size,
      bytes: bytes + tensor.byteLength,
    })
  }
  return Object.fromEntries([...types].sort(([, a], [, b]) => b.bytes - a.bytes))
}
