/**
 * Constants in front of layers go into their weights and biases, if every reader of the result is a layer that can
 * take them:
 *
 *     W (s · x) + b         ->   (W s) x + b
 *     W (x + t) + b         ->   W x + (b + W t)          where the layer does not pad with zeros
 *     W (s · x + t) + b     ->   (W s) (x + t / s) + b    where it does: zeros stay zeros, one node less
 */
import { broadcastsInto } from '../../../analysis'
import { type Node, Tensor, type Value } from '../../../ir'
import {
  Decline,
  decline,
  defineRule,
  graphOf,
  type RuleContext,
  removeUnused,
  replaceNode,
} from '../../../rewrite'
import { type Absorbed, absorption, commit, fitsLayer, growthOf } from '../absorb'
import { type Affine, at, isUnitScale, isZeroShift, onlyReader, readAffine } from '../affine'
import { bytesFreed } from '../cone'
import { LAYER_TYPES, type Layer, layerOf, whyNoShift } from '../layer'

interface Found {
  readonly nodes: readonly Node[]
  readonly affine: Affine
  readonly layers: readonly Layer[]
  readonly by: Absorbed
  /** The shift that has to stay, and the multiplication in front of it that goes. */
  readonly left?: { readonly input: Value; readonly shift: Float64Array; readonly shape: readonly number[] }
}

export const affineBeforeLayer = defineRule<Found>({
  name: 'fold constants into the layers behind',
  opTypes: ['Mul', 'Div', 'Add', 'Sub', 'Neg', 'BatchNormalization'],
  match(node, context) {
    const layers = layersBehind(node)
    if (!layers && node.is('BatchNormalization') && !node.input(0)?.producer?.is(...LAYER_TYPES))
      return decline(node, 'no layer before it or behind it can take over its constants')
    if (!layers || layers instanceof Decline) return layers && isCandidate(node) ? layers : undefined
    const [first] = layers as [Layer]
    const affine = readAffine(node, layoutOf(first, node, context))
    if (!affine) return undefined
    if (!keepsShape(affine, context))
      return decline(node, 'its constant may broadcast its input to another shape')
    const by: Absorbed = {
      ...(isUnitScale(affine) ? {} : { inputScale: affine.scale }),
      ...(isZeroShift(affine) ? {} : { inputShift: affine.shift }),
    }
    if (!layers.every((layer) => fitsLayer(layer, by))) return undefined
    const reason = by.inputShift && layers.map(whyNoShift).find((each) => each !== undefined)
    if (reason) return scaleThroughShift(affine, layers, reason, context)
    return affordable({ nodes: [node, ...layers.map((layer) => layer.node)], affine, layers, by }, context)
  },
  rewrite: absorbAll,
})

function isCandidate(node: Node): boolean {
  return node.is('BatchNormalization') || node.inputs.some((input) => input?.constant)
}

/** The layers that read a node's output as their input, if nobody else reads it. */
function layersBehind(node: Node): Layer[] | Decline | undefined {
  const output = node.output()
  if (!output || output.isGraphOutput || output.uses.length === 0) return undefined
  const layers: Layer[] = []
  for (const { node: reader, index } of output.uses) {
    const layer = index === 0 && reader.graph === node.graph ? layerOf(reader) : undefined
    if (layer instanceof Decline) return decline(node, `${layer.at}: ${layer.reason}`)
    if (!layer) return undefined
    layers.push(layer)
  }
  return layers
}

function layoutOf(layer: Layer, node: Node, context: RuleContext) {
  const rank = layer.input.rank ?? (node.output() && context.types.rankOf(node.output() as Value))
  return { ...layer.input, rank, opset: context.model.opset }
}

function affordable(found: Found, context: RuleContext): Found | Decline {
  const growth =
    found.layers.reduce((sum, layer) => sum + growthOf(layer, found.by), 0) - bytesFreed([found.affine.node])
  if (context.mayGrow(growth)) return found
  return decline(found.affine.node, `folding it would make the model ${growth} bytes larger`)
}

/** Whether the result surely has the shape of the input: a layer can only take over what broadcasts nothing. */
function keepsShape({ node, input }: Affine, { types }: RuleContext): boolean {
  if (node.is('BatchNormalization', 'Neg')) return true
  const shape = types.shapeOf(input)
  return node.inputs.every(
    (each) => each === input || !each?.constant || broadcastsInto(each.constant, shape),
  )
}

/** The third form above: the multiplication in front of a shift that must stay. */
function scaleThroughShift(
  shift: Affine,
  layers: readonly Layer[],
  reason: string,
  context: RuleContext,
): Found | Decline {
  const why = decline(shift.node, reason)
  const producer = shift.input.producer
  if (!producer || !isUnitScale(shift) || onlyReader(shift.input) !== shift.node) return why
  const scale = readAffine(producer, layoutOf(layers[0] as Layer, producer, context))
  if (
    !scale ||
    !keepsShape(scale, context) ||
    !isZeroShift(scale) ||
    isUnitScale(scale) ||
    scale.scale.some((s) => s === 0)
  )
    return why
  const by = { inputScale: scale.scale }
  const length = Math.max(scale.scale.length, shift.shift.length)
  const divided = new Float64Array(length).map((_, c) => at(shift.shift, c) / at(scale.scale, c))
  if (!divided.every((t) => Number.isFinite(Math.fround(t)))) return why
  if (!layers.every((layer) => fitsLayer(layer, by)) || context.keeps(producer)) return why
  const shape = shapeOfShift(shift, scale, length)
  const left = { input: scale.input, shift: divided, shape }
  return {
    nodes: [shift.node, producer, ...layers.map((each) => each.node)],
    affine: shift,
    layers,
    by,
    left,
  }
}

/** The shape in which one of the two constants already broadcasts as the quotient has to. */
function shapeOfShift(shift: Affine, scale: Affine, length: number): readonly number[] {
  const constants = [...shift.node.inputs, ...scale.node.inputs].flatMap((input) => input?.constant ?? [])
  const fitting = constants.filter((tensor) => tensor.size === length)
  return fitting.reduce(
    (best, tensor) => (tensor.shape.length > best.length ? tensor.shape : best),
    [] as readonly number[],
  )
}

async function absorbAll({ affine, layers, by, left }: Found): Promise<Decline | undefined> {
  const changes = []
  for (const layer of layers) {
    const change = await absorption(layer, by)
    if (change instanceof Decline) return change
    changes.push(change)
  }
  for (const change of changes) commit(change)
  if (left) shiftInstead(affine, left)
  else {
    graphOf(affine.node).replaceUses(affine.node.output() as Value, affine.input)
    removeUnused([affine.node])
  }
  return undefined
}

function shiftInstead({ node }: Affine, { input, shift, shape }: NonNullable<Found['left']>): void {
  const producers = [...node.inputs].flatMap((each) => each?.producer ?? [])
  const dataType = node.inputs.find((each) => each?.constant)?.constant?.dataType
  const elements = dataType === 'float64' ? shift : Float32Array.from(shift)
  const old = node.inputs.find((each) => each?.constant)
  const constant = graphOf(node).addInitializer(
    Tensor.from(dataType === 'float64' ? 'float64' : 'float32', shape, elements),
    `${old?.name ?? 'shift'}`,
  )
  replaceNode(node, 'Add', [input, constant])
  removeUnused(producers)
}
