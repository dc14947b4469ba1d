import type { ModelFunction } from '../ir/function'
import type { Model } from '../ir/model'
import { fromAttribute } from './fromAttribute'
import { fromGraph, fromNodes, fromValues } from './fromGraph'
import { type PlaceTensor, placeInside } from './fromTensor'
import { neededIrVersion } from './neededIrVersion'
import type { FunctionProto, ModelProto, OpsetProto } from './proto'
import { fromExtras } from './toExtras'

/** A model as a message; weights are referred to, not copied. */
export function fromModel(model: Model, place: PlaceTensor): ModelProto {
  const irVersion = Math.max(model.irVersion, neededIrVersion(model))
  return {
    at: 0,
    ...fromExtras(model.extras),
    irVersion: irVersion ? BigInt(irVersion) : undefined,
    producerName: model.producerName || undefined,
    producerVersion: model.producerVersion || undefined,
    domain: model.domain || undefined,
    modelVersion: model.modelVersion ? BigInt(model.modelVersion) : undefined,
    graph: fromGraph(model.graph, place),
    opsetImport: fromOpsetImports(model.opsetImports),
    functions: model.functions.map(fromFunction),
  }
}

function fromOpsetImports(imports: ReadonlyMap<string, number>): OpsetProto[] {
  return [...imports].map(([domain, version]) => ({
    at: 0,
    // Written even when empty, as onnx itself does.
    domain,
    version: BigInt(version),
  }))
}

function fromFunction(each: ModelFunction): FunctionProto {
  return {
    at: 0,
    ...fromExtras(each.extras),
    name: each.name,
    domain: each.domain || undefined,
    overload: each.overload || undefined,
    input: each.body.inputs.map(({ name }) => name),
    output: each.body.outputs.map(({ name }) => name),
    node: fromNodes(each.body, placeInside),
    valueInfo: fromValues(each.body),
    attribute: [...each.attributes],
    attributeProto: [...each.defaults].map(([name, attribute]) =>
      fromAttribute(name, attribute, placeInside, (graph) => fromGraph(graph, placeInside)),
    ),
    opsetImport: fromOpsetImports(each.opsetImports),
  }
}
