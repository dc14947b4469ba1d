import { badArgument, describe, OnnxpressError } from '../../errors'
import { functionKey, type ModelFunction } from '../../ir/function'
import type { Model } from '../../ir/model'
import type { Node } from '../../ir/node'
import { allNodes } from '../../ir/traverse'
import { dropInitializerInputs } from './dropInitializerInputs'
import { irVersionFor } from './irVersionFor'
import { type Scope, upgradeGraph } from './upgradeGraph'
import { NEWEST_OPSET } from './versions'

/** A node or function that was left as it is, and why. */
export interface LeftAlone {
  readonly at: string
  readonly reason: string
}

/** What {@link upgradeOpset} did. */
export interface UpgradeResult {
  /** Nodes that had to be rewritten. */
  readonly changed: number
  /** Functions that already import a newer opset. */
  readonly skipped: LeftAlone[]
}

/** The opset that models are brought to when nothing else is asked for. */
export const DEFAULT_OPSET = 21

/** As many reasons as a message lists before it counts the rest. */
const LISTED_REASONS = 8

/**
 * Brings a model to a newer version of ONNX's own operator set: rewrites every node whose operator changed on the way,
 * in the main graph, in subgraphs and in functions, so that the model computes what it did. A model that is at
 * `target` or beyond stays as it is; other domains are left alone.
 *
 * The file format's version rises to what the opset needs. From format 4 on an initializer that is also listed as a
 * graph input could be overridden, which no runtime allowed before, so such inputs leave the list.
 *
 * @param target an opset from 1 to {@link NEWEST_OPSET}
 * @throws OnnxpressError `UNSUPPORTED` that lists the nodes that have no equal there; the model is then untouched.
 * @throws OnnxpressError `BAD_ARGUMENT` for a target outside that range.
 */
export function upgradeOpset(model: Model, target: number = DEFAULT_OPSET): UpgradeResult {
  const reasons = canUpgrade(model, target)
  if (reasons.length > 0) throw refusal(model, target, reasons)
  return apply(model, target)
}

/**
 * Why a model cannot be brought to an opset: one entry for each node that has no equal there; empty where it can.
 * @throws OnnxpressError `BAD_ARGUMENT` for a target that is no opset from 1 to {@link NEWEST_OPSET}.
 */
export function canUpgrade(model: Model, target: number = DEFAULT_OPSET): LeftAlone[] {
  return rehearse(model, target).refused
}

/**
 * A copy of a model, which shares its weights, at an opset; as the model is where a node has no equal there.
 * @throws OnnxpressError `BAD_ARGUMENT` for a target that is no opset from 1 to {@link NEWEST_OPSET}.
 */
export function upgradedCopy(model: Model, target: number = DEFAULT_OPSET): Model {
  const { copy, refused } = rehearse(model, target)
  return refused.length === 0 ? copy : model.clone()
}

/** Adapters find out on the way what has no equal, so they work on a copy, which shares the weights. */
function rehearse(model: Model, target: number): { copy: Model; refused: LeftAlone[] } {
  if (!Number.isInteger(target) || target < 1 || target > NEWEST_OPSET)
    throw badArgument(`an opset from 1 to ${NEWEST_OPSET}`, 'upgradeOpset', target)
  const refused: LeftAlone[] = []
  const copy = model.clone()
  apply(copy, target, refused)
  return { copy, refused }
}

function apply(model: Model, target: number, refused: LeftAlone[] = []): UpgradeResult {
  const run: Run = { target, refused, skipped: [], calls: new Set(model.functions.map(functionKey)) }
  const changed = upgradeMain(model, run)
  const counts: number[] = []
  model.functions = model.functions.map((each) => {
    const { upgraded, changed } = upgradeFunction(each, run)
    counts.push(changed)
    return upgraded
  })
  return { changed: counts.reduce((sum, count) => sum + count, changed), skipped: run.skipped }
}

interface Run extends Pick<Scope, 'target' | 'refused' | 'calls'> {
  readonly skipped: LeftAlone[]
}

function upgradeMain(model: Model, run: Run): number {
  const isSpoken = importedOpset(model.opsetImports) !== undefined || [...allNodes(model.graph)].some(isOnnx)
  if (!isSpoken || model.opset >= run.target) return 0
  if (model.irVersion < 4) dropInitializerInputs(model.graph)
  const changed = upgradeGraph(model.graph, { ...run, opset: model.opset, isFunction: false })
  model.opset = run.target
  model.irVersion = Math.max(model.irVersion, irVersionFor(run.target))
  return changed
}

function upgradeFunction(each: ModelFunction, run: Run): { upgraded: ModelFunction; changed: number } {
  const opset = importedOpset(each.opsetImports)
  if (opset === undefined || opset >= run.target) {
    if (opset !== undefined && opset > run.target)
      run.skipped.push({ at: functionKey(each), reason: `the function imports opset ${opset} already` })
    return { upgraded: each, changed: 0 }
  }
  const changed = upgradeGraph(each.body, { ...run, opset, isFunction: true })
  const others = [...each.opsetImports].filter(([domain]) => domain !== '' && domain !== 'ai.onnx')
  return { upgraded: { ...each, opsetImports: new Map([['', run.target], ...others]) }, changed }
}

function importedOpset(imports: ReadonlyMap<string, number>): number | undefined {
  return imports.get('') ?? imports.get('ai.onnx')
}

function isOnnx(node: Node): boolean {
  return node.domain === ''
}

function refusal(model: Model, target: number, reasons: readonly LeftAlone[]): OnnxpressError {
  const listed = reasons.slice(0, LISTED_REASONS).map(({ at, reason }) => `${describe(at)}: ${reason}`)
  const more = reasons.length - listed.length
  return new OnnxpressError(
    'UNSUPPORTED',
    `Cannot bring the model from opset ${model.opset} to ${target}; ${listed.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    { at: reasons[0]?.at ?? '' },
  )
}
