import type { Attribute } from './attribute'
import type { Extras } from './extras'
import type { Graph } from './graph'

/** A model-local function (ONNX's `FunctionProto`): a body that nodes call by domain, name and overload. */
export interface ModelFunction {
  readonly domain: string
  readonly name: string
  readonly overload: string
  /** Inputs, outputs and nodes; its values have no initializers. */
  readonly body: Graph
  /** Attributes that a call must give. */
  readonly attributes: readonly string[]
  /** Attributes that a call may give, with what they are otherwise. */
  readonly defaults: ReadonlyMap<string, Attribute>
  readonly opsetImports: ReadonlyMap<string, number>
  readonly extras: Extras
}

/** How a function is told from the others of a model. */
export function functionKey(of: { domain: string; name: string; overload: string }): string {
  return `${of.domain}:${of.name}:${of.overload}`
}
