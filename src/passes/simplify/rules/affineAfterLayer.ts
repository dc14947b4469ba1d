/**
 * Constants behind a layer go into its weight and bias:
 *
 *     y = s · (W x + b) + t   ->   y = (s W) x + (s b + t)
 *
 * The layer is Conv, ConvTranspose, Gemm or MatMul (+ Add); behind it stand any number of Mul, Div, Add, Sub, Neg with
 * constants by output channel, and BatchNormalization. A MatMul has no bias: its shift stays in one Add.
 */
import { type Node, Tensor, type Value } from '../../../ir'
import {
  Decline,
  decline,
  defineRule,
  forgetIfUnused,
  graphOf,
  type RuleContext,
  replaceNode,
  takeOutput,
} from '../../../rewrite'
import { type Absorbed, absorption, commit, fitsLayer, growthOf } from '../absorb'
import {
  type Affine,
  affineChain,
  type Channels,
  compose,
  isUnitScale,
  onlyReader,
  whyNotFixed,
} from '../affine'
import { bytesFreed } from '../cone'
import { LAYER_TYPES, type Layer, layerOf } from '../layer'

interface Found {
  readonly nodes: readonly Node[]
  readonly layer: Layer
  readonly last: Node
  readonly by: Absorbed
}

export const affineAfterLayer = defineRule<Found>({
  name: 'fold constants into the layer before',
  opTypes: LAYER_TYPES,
  match(node, context) {
    const reader = onlyReader(node.output())
    if (!reader?.is('Mul', 'Div', 'Add', 'Sub', 'Neg', 'BatchNormalization')) return undefined
    const layer = layerOf(node)
    if (!layer) return undefined
    if (layer instanceof Decline) return looksAffine(reader, node) ? layer : undefined
    const chain = chainOf(layer, context)
    if (chain.length === 0) return whyNoChain(reader, context)
    return worthwhile(layer, chain, context)
  },
  async rewrite({ layer, last, by }) {
    const change = await absorption({ ...layer, bias: layer.node.is('MatMul') ? undefined : layer.bias }, by)
    if (change instanceof Decline) return change
    commit(change)
    if (layer.node.is('MatMul') && by.outputShift) addBehind(layer, last, by.outputShift)
    else takeOutput(layer.node, last)
    return undefined
  },
})

function looksAffine(reader: Node, node: Node): boolean {
  return (
    reader.is('BatchNormalization') ||
    reader.inputs.some((input) => input !== node.output() && input?.constant)
  )
}

function chainOf(layer: Layer, context: RuleContext): Affine[] {
  const rank =
    layer.output.rank ?? (layer.node.output() && context.types.rankOf(layer.node.output() as Value))
  const chain = affineChain(
    layer.node.output(),
    { ...layer.output, rank, opset: context.model.opset },
    (node) => context.keeps(node),
  )
  // Constants that broadcast the layer's channels up, or hold another number of them, end the chain.
  const end = chain.findIndex(
    ({ scale, shift }) => !fitsLayer(layer, { outputScale: scale, outputShift: shift }),
  )
  return end < 0 ? chain : chain.slice(0, end)
}

function whyNoChain(reader: Node, { model }: RuleContext): Decline | undefined {
  if (!reader.is('BatchNormalization')) return undefined
  return decline(
    reader,
    whyNotFixed(reader, model.opset) ??
      'its parameters are not constants by output channel of the layer before',
  )
}

function worthwhile(
  layer: Layer,
  chain: readonly Affine[],
  context: RuleContext,
): Found | Decline | undefined {
  const isMatMul = layer.node.is('MatMul')
  if (isMatMul && chain.length === 1 && isUnitScale(chain[0] as Affine)) return undefined
  const all = chain.slice(1).reduce(compose, chain[0] as Pick<Affine, 'scale' | 'shift'>)
  const by: Absorbed = {
    ...(all.scale.some((s) => s !== 1) ? { outputScale: all.scale } : {}),
    ...(all.shift.some((t) => t !== 0) ? { outputShift: all.shift } : {}),
  }
  const removed = chain.map(({ node }) => node)
  const growth = (isMatMul ? matMulGrowth(layer, by) : growthOf(layer, by)) - bytesFreed(removed)
  if (!context.mayGrow(growth))
    return decline(layer.node, `folding what follows would make the model ${growth} bytes larger`)
  return { nodes: [layer.node, ...removed], layer, last: removed.at(-1) as Node, by }
}

function matMulGrowth(layer: Layer, by: Absorbed): number {
  return by.outputShift ? layer.geometry.outputs * 4 : 0
}

/** Replaces the chain behind a MatMul by one Add. */
function addBehind(layer: Layer, last: Node, shift: Channels): void {
  const elements = layer.tensor.dataType === 'float64' ? shift : Float32Array.from(shift)
  const product = layer.node.output() as Value
  const constant = graphOf(last).addInitializer(
    Tensor.from(layer.tensor.dataType, [shift.length], elements),
    `${layer.weight.name}_bias`,
  )
  const middle = chainBetween(layer.node, last)
  replaceNode(last, 'Add', [product, constant])
  for (const node of middle) {
    const inputs = [...node.inputs]
    if (node.graph && node.output()?.isUnused) node.graph.remove(node)
    for (const input of inputs) forgetIfUnused(input)
  }
}

/** The nodes between two ends of a chain, last first. */
function chainBetween(first: Node, last: Node): Node[] {
  const between: Node[] = []
  for (let node = onlyReader(first.output()); node && node !== last; node = onlyReader(node.output()))
    between.unshift(node)
  return between
}
