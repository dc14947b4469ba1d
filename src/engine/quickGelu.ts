/**
 * Swish, spelled out by ONNX up to operator set 23, as one node that may end a layer:
 *
 *     x · Sigmoid(x)            ->   com.microsoft.QuickGelu(x) {alpha=1}
 *     x · Sigmoid(alpha · x)    ->   com.microsoft.QuickGelu(x) {alpha}
 *
 * It is onnxruntime's operator, so that nodes which are left to onnxruntime run there. (Hendrycks and Gimpel,
 * arXiv:1606.08415, section 2.)
 */
import { broadcastsInto, scalarOf } from '../analysis'
import { attribute, type Node, type Value } from '../ir'
import { decline, defineRule, leakOf, type RuleContext, removeUnused, replaceNode } from '../rewrite'
import { isFloat32 } from './expansions/float32'

const DOMAIN = 'com.microsoft'
const VERSION = 1

interface Found {
  /** The last first. */
  readonly nodes: readonly Node[]
  readonly x: Value
  readonly alpha: number
}

export const quickGelu = defineRule<Found>({
  name: 'QuickGelu',
  opTypes: ['Mul'],
  match(node, context) {
    const [first, second] = node.inputs
    const found = gated(node, first, second) ?? gated(node, second, first)
    if (!found) return undefined
    const reason = whyNot(found, context)
    return reason ? decline(node, `QuickGelu: ${reason}`) : found
  },
  rewrite({ nodes, x, alpha }, { model }) {
    const [root, ...others] = nodes as [Node, ...Node[]]
    if (!model.opsetImports.has(DOMAIN)) model.opsetImports.set(DOMAIN, VERSION)
    replaceNode(root, 'QuickGelu', [x], { alpha: attribute.float(alpha) }, DOMAIN)
    removeUnused(others)
  },
})

/** x times its gate. */
function gated(root: Node, x: Value | undefined, gate: Value | undefined): Found | undefined {
  const sigmoid = gate?.producer
  const inner = sigmoid?.is('Sigmoid') ? sigmoid.input(0) : undefined
  if (!x || !sigmoid || !inner) return undefined
  if (inner === x) return { nodes: [root, sigmoid], x, alpha: 1 }
  const scaling = inner.producer
  const factor = scaling?.is('Mul') && scaling.inputs.includes(x) && scaling.inputs.find((each) => each !== x)
  const alpha = factor ? scalarOf(factor) : undefined
  return scaling && alpha !== undefined ? { nodes: [root, sigmoid, scaling], x, alpha } : undefined
}

function whyNot({ nodes, x }: Found, { model, types }: RuleContext): string | undefined {
  const leak = leakOf(nodes, nodes[0] as Node)
  if (leak) return `${JSON.stringify(leak.name)} is read elsewhere too`
  const dataType = types.dataTypeOf(x) ?? (isFloat32(model) ? 'float32' : 'unknown')
  if (dataType !== 'float32') return `its input is of type ${dataType}`
  const factor = nodes[2]?.inputs.find((each) => each !== x)?.constant
  if (factor && !broadcastsInto(factor, types.shapeOf(x)))
    return 'its factor may have more axes than its input'
  return undefined
}
