/** What the rules that recognize spelled-out operations all have to ask. */
import { broadcastsInto } from '../../analysis'
import type { Node, Value } from '../../ir'
import { leakOf, type RuleContext } from '../../rewrite'

/**
 * Why nodes that look like one operation on `x` cannot be replaced by it: somebody reads what lies between, another
 * element type than float32 (for which runtimes have no kernels), or constants that broadcast x to another shape.
 */
export function whyNotOne(nodes: readonly Node[], x: Value, context: RuleContext): string | undefined {
  const leak = leakOf(nodes, nodes[0] as Node)
  if (leak) return `${JSON.stringify(leak.name)} is read elsewhere too`
  const constants = nodes.flatMap((node) =>
    node.inputs.flatMap((input) => (input === x ? [] : (input?.constant ?? []))),
  )
  const dataType = context.types.dataTypeOf(x) ?? constants[0]?.dataType
  if (dataType !== 'float32') return `its input is ${dataType ?? 'of unknown type'}, not float32`
  const shape = context.types.shapeOf(x)
  const broadcasts = constants.some((constant) => constant.size === 1 && !broadcastsInto(constant, shape))
  if (!broadcasts) return undefined
  return shape
    ? 'its constants have more axes than its input'
    : 'the number of axes of its input is not known'
}
