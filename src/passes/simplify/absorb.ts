/**
 * Lets a layer take over constants from around it:
 *
 *     s₂ · (f · W (s₁ · x + t₁) + g · b) + t₂   ->   f · W′ x + b′
 *     W′[i, o] = s₂[o] · s₁[i] · W[i, o]
 *     b′[o]    = s₂[o] · (f · Σᵢ W[i, o] · t₁[i] + g · b[o]) + t₂[o]
 *
 * in float64, rounded once. f and g are Gemm's alpha and beta, 1 elsewhere.
 */
import { Tensor } from '../../ir'
import { type Decline, decline, setConstant } from '../../rewrite'
import { at, type Channels, floatsOf } from './affine'
import { derivedTensor } from './derivedTensor'
import type { Layer } from './layer'

export interface Absorbed {
  readonly inputScale?: Channels
  readonly inputShift?: Channels
  readonly outputScale?: Channels
  readonly outputShift?: Channels
}

/** The change, computed but not made yet. */
export interface Absorption {
  readonly layer: Layer
  readonly weight: Tensor | undefined
  readonly bias: Tensor | undefined
}

/** Whether scales and shifts have as many channels as the layer. */
export function fitsLayer({ geometry }: Layer, by: Absorbed): boolean {
  const fits = (channels: Channels | undefined, count: number) =>
    !channels || channels.length === 1 || channels.length === count
  return (
    fits(by.inputScale, geometry.inputs) &&
    fits(by.inputShift, geometry.inputs) &&
    fits(by.outputScale, geometry.outputs) &&
    fits(by.outputShift, geometry.outputs)
  )
}

/** Bytes that the layer's constants would grow by. */
export function growthOf(layer: Layer, by: Absorbed): number {
  const changesBias = by.inputShift || by.outputShift || (layer.bias?.value && by.outputScale)
  const ownsBias =
    layer.bias?.value?.uses.length === 1 && layer.bias.value.constant?.size === layer.geometry.outputs
  return changesBias && !ownsBias ? layer.geometry.outputs * elementBytes(layer) : 0
}

function elementBytes(layer: Layer): number {
  return layer.tensor.dataType === 'float64' ? 8 : 4
}

type Floats = Float32Array | Float64Array

/** Computes the new weight and bias; declines where a number would not be finite any more. */
export async function absorption(layer: Layer, by: Absorbed): Promise<Absorption | Decline> {
  const isScaled = by.inputScale !== undefined || by.outputScale !== undefined
  const before = isScaled || by.inputShift ? await elementsOf(layer.tensor) : undefined
  const bias = newBias(layer, before, by)
  const weight = before && isScaled ? scaledWeight(layer, before, by) : undefined
  if (![weight, bias].every((numbers) => !numbers || areFinite(numbers)))
    return decline(layer.node, 'the constants multiplied would not be finite numbers any more')
  const { tensor } = layer
  return {
    layer,
    weight:
      weight && derivedTensor(tensor, weight, (elements) => scaledWeight(layer, elements as Floats, by)),
    bias: bias && Tensor.from(tensor.dataType, [bias.length], bias),
  }
}

/** Weights of up to this size are read on the spot: most are, and to wait for each takes longer. */
const SMALL_BYTES = 2 ** 22

async function elementsOf(tensor: Tensor): Promise<Floats> {
  return (tensor.byteLength <= SMALL_BYTES ? tensor.elements : await tensor.load()) as Floats
}

/** An array for a layer's numbers: float64 sums and products are rounded once, when they are stored. */
function floatsFor(layer: Layer, length: number): Floats {
  return layer.tensor.dataType === 'float64' ? new Float64Array(length) : new Float32Array(length)
}

/** Makes the change. */
export function commit({ layer, weight, bias }: Absorption): void {
  if (weight) setConstant(layer.node, 1, weight, 'weight')
  if (!bias || !layer.bias) return
  setConstant(layer.bias.node, layer.bias.index, bias, biasName(layer))
  if (layer.node.is('Gemm')) layer.node.removeAttribute('beta')
}

function biasName(layer: Layer): string {
  return `${layer.weight.name}_bias`
}

/** By plain loops: a call for each row takes longer than all else about opening a model. */
function scaledWeight(layer: Layer, weight: Floats, by: Absorbed): Floats {
  const { geometry } = layer
  const { a: rows, b: columns, inner, isOutputFirst } = geometry
  const [near, far] = isOutputFirst ? [by.outputScale, by.inputScale] : [by.inputScale, by.outputScale]
  const scaled = floatsFor(layer, weight.length)
  // Runs of elements with one factor, as long as can be.
  const isEven = !far || far.length === 1
  const [runs, run] = isEven ? [1, columns * inner] : [columns, inner]
  for (let a = 0, k = 0; a < rows; a++) {
    const first = geometry.farFrom(a)
    const scale = near ? at(near, a) : 1
    for (let b = 0; b < runs; b++) {
      const factor = far ? scale * at(far, first + b) : scale
      for (const end = k + run; k < end; k++) scaled[k] = (weight[k] as number) * factor
    }
  }
  return scaled
}

function areFinite(numbers: Floats): boolean {
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) return false
  return true
}

function newBias(layer: Layer, weight: Floats | undefined, by: Absorbed): Floats | undefined {
  const old = layer.bias?.value?.constant
  if (!layer.bias || !(by.inputShift || by.outputShift || (old && by.outputScale))) return undefined
  const sums = by.inputShift && weight ? shiftedSums(layer, weight, by.inputShift) : undefined
  const oldBias = old && floatsOf(old)
  const { factor } = layer.bias
  return floatsFor(layer, layer.geometry.outputs).map((_: number, o: number) => {
    const inner = (sums?.[o] ?? 0) * layer.factor + (oldBias ? factor * at(oldBias, o) : 0)
    return inner * (by.outputScale ? at(by.outputScale, o) : 1) + (by.outputShift ? at(by.outputShift, o) : 0)
  })
}

/** Σᵢ W[i, o] · t[i] for each output. */
function shiftedSums({ geometry }: Layer, weight: Floats, shift: Channels): Float64Array {
  const { a: rows, b: columns, inner, isOutputFirst } = geometry
  const sums = new Float64Array(geometry.outputs)
  for (let a = 0, k = 0; a < rows; a++) {
    const first = geometry.farFrom(a)
    for (let b = 0; b < columns; b++) {
      let sum = 0
      for (const end = k + inner; k < end; k++) sum += weight[k] as number
      const output = isOutputFirst ? a : first + b
      sums[output] = (sums[output] as number) + sum * at(shift, isOutputFirst ? first + b : a)
    }
  }
  return sums
}
