import type { Attribute } from '../ir/attribute'
import type { ModelFunction } from '../ir/function'
import { Graph } from '../ir/graph'
import { type Context, malformed } from './context'
import type { FunctionProto, OpsetProto } from './proto'
import { toAttribute } from './toAttribute'
import { toExtras } from './toExtras'
import { addBody, declare, resolve, toGraph } from './toGraph'

/** A model-local function. Its body sees nothing but its own inputs. */
export function toFunction(proto: FunctionProto, context: Context): ModelFunction {
  const body = new Graph(proto.name ?? '')
  for (const name of proto.input) body.addInput(declare(body, name, context, proto.at))
  addBody(body, proto, context)
  for (const name of proto.output) body.addOutput(resolve(body, name, context, proto.at))
  return {
    domain: proto.domain === 'ai.onnx' ? '' : (proto.domain ?? ''),
    name: proto.name ?? '',
    overload: proto.overload ?? '',
    body,
    attributes: proto.attribute,
    defaults: toDefaults(proto, body, context),
    opsetImports: toOpsetImports(proto.opsetImport, context),
    extras: toExtras(proto),
  }
}

function toDefaults(proto: FunctionProto, body: Graph, context: Context): Map<string, Attribute> {
  return new Map(
    proto.attributeProto.map((attribute) => [
      attribute.name ?? '',
      toAttribute(attribute, context, (inner) => toGraph(inner, context, body)),
    ]),
  )
}

/** Versions of operator sets, by domain. */
export function toOpsetImports(protos: readonly OpsetProto[], context: Context): Map<string, number> {
  const imports = new Map<string, number>()
  for (const { domain = '', version = 0n, at } of protos) {
    if (version < 0n || version > 0x7fffffffn) {
      throw malformed(
        context,
        `Expected a version of operator set ${JSON.stringify(domain)}, found ${version}`,
        at,
      )
    }
    const before = imports.get(domain)
    if (before !== undefined && before !== Number(version)) {
      throw malformed(
        context,
        `Expected one version of operator set ${JSON.stringify(domain)}, found two`,
        at,
      )
    }
    imports.set(domain, Number(version))
  }
  return imports
}
