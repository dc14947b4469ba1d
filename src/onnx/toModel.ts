import { functionKey } from '../ir/function'
import type { Graph } from '../ir/graph'
import type { Model, ModelFields } from '../ir/model'
import { type Context, malformed } from './context'
import { checkExpansion } from './expandedNodes'
import type { ModelProto } from './proto'
import { toExtras } from './toExtras'
import { toFunction, toOpsetImports } from './toFunction'
import { toGraph } from './toGraph'

/** Makes the model object; the public `Model` class is made this way without this room knowing it. */
export type CreateModel<M extends Model> = (graph: Graph, fields: ModelFields) => M

/** Builds the IR of a whole model, and checks what the parts together ask for. */
export function toModel<M extends Model>(proto: ModelProto, context: Context, create: CreateModel<M>): M {
  if (!proto.graph) throw malformed(context, 'Expected an ONNX model, found bytes without a graph', proto.at)
  const model = create(toGraph(proto.graph, context), {
    irVersion: toVersion(proto.irVersion ?? 0n, 'IR version', proto, context),
    opsetImports: toOpsetImports(proto.opsetImport, context),
    producerName: proto.producerName ?? '',
    producerVersion: proto.producerVersion ?? '',
    domain: proto.domain ?? '',
    modelVersion: toVersion(proto.modelVersion ?? 0n, 'model version', proto, context),
    functions: proto.functions.map((each) => toFunction(each, context)),
    extras: toExtras(proto),
  })
  checkFunctions(model, proto, context)
  checkExpansion(model, context.limits)
  return model
}

function checkFunctions(model: Model, proto: ModelProto, context: Context): void {
  const keys = new Set<string>()
  for (const each of model.functions) {
    const key = functionKey(each)
    if (keys.has(key))
      throw malformed(context, `Expected one function ${JSON.stringify(key)}, found two`, proto.at, key)
    keys.add(key)
  }
}

/** Model versions may be any 64-bit integer; only what numbers hold exactly is let pass. */
function toVersion(version: bigint, what: string, proto: ModelProto, context: Context): number {
  const number = Number(version)
  if (Number.isSafeInteger(number)) return number
  throw malformed(context, `Expected ${what} within 2^53, found ${version}`, proto.at)
}
