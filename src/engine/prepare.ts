/** Brings a model into the form that plans are made from: a copy in the newest operator set, said with less. */
import { TypeView } from '../analysis'
import { allNodes, type Model, type Node, withSubgraphs } from '../ir'
import { upgradedCopy } from '../onnx/upgrade/upgradeOpset'
import { narrowBoundary, widenHalves } from '../passes/float32/widen'
import { mergeCommonSubexpressions } from '../passes/simplify/commonSubexpressions'
import { removeDeadCode } from '../passes/simplify/deadCode'
import { moveTransposes } from '../passes/simplify/layout/moveTransposes'
import { constantRules, fusions, recognizers } from '../passes/simplify/rules'
import { rewrite } from '../rewrite'
import { expansions } from './expansions'
import { learnTypes } from './inferredTypes'
import { quickGelu } from './quickGelu'
import { rmsNorm } from './rmsNorm'
import { rowProduct } from './rowProduct'

/** Operator set of prepared models: one that has Gelu and LayerNormalization. */
const OPSET = 21

/** A round of recognizing and one of moving constants may feed each other. */
const MOST_ROUNDS = 4

/** A copy of a model, which shares its weights, ready to be planned. The original stays as it is. */
export async function prepare(model: Model): Promise<Model> {
  const copy = upgradedCopy(model, OPSET)
  const widened = widenHalves(copy)
  const context = { model: copy, types: new TypeView(), keeps: () => false, mayGrow: () => true }
  await rewrite(copy.graph, constantRules, context)
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = nodeCount(copy)
    for (const graph of withSubgraphs(copy.graph)) learnTypes(graph, context.types)
    mergeCommonSubexpressions(copy.graph, { keeps: (node) => !isOfShapes(node, context.types) })
    await rewrite(copy.graph, expansions, context)
    await rewrite(copy.graph, [...recognizers, quickGelu, rmsNorm, rowProduct], context)
    await rewrite(copy.graph, [moveTransposes], context)
    await rewrite(copy.graph, fusions, context)
    removeDeadCode(copy, context)
    if (nodeCount(copy) === before) break
  }
  if (typeof widened === 'object') narrowBoundary(copy, widened.boundary)
  return copy
}

/** Arithmetic on shapes is spelled out wherever somebody needs it, and every plan does it; other nodes may end layers. */
function isOfShapes(node: Node, types: TypeView): boolean {
  const output = node.output()
  return output !== undefined && types.dataTypeOf(output) === 'int64'
}

const nodeCount = (model: Model) => [...allNodes(model.graph)].length
