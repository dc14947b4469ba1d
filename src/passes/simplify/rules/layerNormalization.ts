/**
 * A spelled-out layer normalization over the last axis:
 *
 *     d = x − ReduceMean(x);   y = d / √(ReduceMean(d²) + ε) · γ + β     ->   LayerNormalization(x, γ, β) {epsilon=ε}
 *
 * d² may be Pow(d, 2) or d · d, the quotient a product with an inverse; γ and β may be missing. ONNX has the operator
 * since opset 17. (Ba, Kiros and Hinton, arXiv:1607.06450, eq. 4.)
 */
import { attribute, type Node, Tensor, type Value } from '../../../ir'
import {
  any,
  type Decline,
  decline,
  defineRule,
  graphOf,
  type Match,
  matchPattern,
  op,
  type RuleContext,
  removeUnused,
  replaceNode,
} from '../../../rewrite'
import { channelsOf, onlyReader } from '../affine'
import { whyNotOne } from '../recognition'
import { isOverLastAxis, mean, quotients } from './byDeviation'

interface Found {
  /** Last first. */
  readonly nodes: readonly Node[]
  readonly x: Value
  readonly epsilon: number
  readonly size: number
  readonly gamma: Value | undefined
  readonly beta: Value | undefined
}

const centered = op('Sub', [any('x'), mean(any('x'), 'mean')])

export const layerNormalization = defineRule<Found>({
  name: 'LayerNormalization',
  opTypes: ['Div', 'Mul'],
  match(node, context) {
    for (const quotient of quotients) {
      const match = matchPattern(quotient, node)
      const producer = match?.value('d').producer
      const center = producer && matchPattern(centered, producer)
      if (match && center) return complete(node, match, center, context)
    }
    return undefined
  },
  rewrite({ nodes, x, epsilon, size, gamma, beta }) {
    const [root] = nodes as [Node]
    const scale = gamma ? flat(root, gamma, size) : ones(root, size)
    replaceNode(root, 'LayerNormalization', [x, scale, beta && flat(root, beta, size)], {
      axis: attribute.int(-1),
      epsilon: attribute.float(Math.fround(epsilon)),
    })
    removeUnused(nodes.slice(1))
  },
})

function complete(quotient: Node, match: Match, center: Match, context: RuleContext): Found | Decline {
  const x = center.value('x')
  const shape = context.types.shapeOf(x)
  const reason = whyNot(match, center, context)
  if (reason) return decline(quotient, `LayerNormalization: ${reason}`)
  const gammaStep = scaledBy(quotient, 'Mul', context)
  const size = sizeOf(shape?.at(-1), gammaStep?.constant.constant?.size)
  const layout = { trailing: 0, rank: shape?.length }
  const fits = (step: Step | undefined) =>
    step?.constant.constant && channelsOf(step.constant.constant, layout)?.length === size ? step : undefined
  const gamma = fits(gammaStep)
  const beta = fits(scaledBy(gamma?.node ?? quotient, 'Add', context))
  if (size === undefined)
    return decline(quotient, 'LayerNormalization: the size of the last axis is not known')
  const steps = [beta?.node, gamma?.node].flatMap((node) => node ?? [])
  const nodes = [...steps, ...match.nodes, ...center.nodes.filter((node) => !match.nodes.includes(node))]
  const against = whyNotOne(nodes, x, context)
  if (against) return decline(quotient, `LayerNormalization: ${against}`)
  if (!gamma && !context.mayGrow(size * 4))
    return decline(quotient, 'LayerNormalization: a scale of ones would make the model larger')
  return { nodes, x, epsilon: match.number('epsilon'), size, gamma: gamma?.constant, beta: beta?.constant }
}

/** The last axis; where it is not known, the scale tells it: one of several elements broadcasts only against as many. */
function sizeOf(last: unknown, gammaSize: number | undefined): number | undefined {
  if (typeof last === 'number') return last
  return gammaSize !== undefined && gammaSize > 1 ? gammaSize : undefined
}

function whyNot(match: Match, center: Match, context: RuleContext): string | undefined {
  if (context.model.opset < 17) return `needs opset 17, the model has ${context.model.opset}`
  const rank = context.types.rankOf(center.value('x'))
  const means = [center.node('mean'), match.node('variance')]
  return means.every((node) => isOverLastAxis(node, rank))
    ? undefined
    : 'the mean is not over the last axis alone'
}

interface Step {
  readonly node: Node
  readonly constant: Value
}

function scaledBy(node: Node, opType: string, context: RuleContext): Step | undefined {
  const reader = onlyReader(node.output())
  if (!reader?.is(opType) || context.keeps(reader)) return undefined
  const constant = reader.inputs.find((input) => input !== node.output())
  return constant?.constant && reader.inputs.length === 2 ? { node: reader, constant } : undefined
}

/** A constant of one axis. */
function flat(root: Node, value: Value, size: number): Value {
  const tensor = value.constant as Tensor
  return tensor.shape.length === 1
    ? value
    : graphOf(root).addInitializer(tensor.withShape([size]), value.name)
}

function ones(root: Node, size: number): Value {
  return graphOf(root).addInitializer(Tensor.float32(new Float32Array(size).fill(1), [size]), 'ones')
}
