/**
 * Lets a layer take over constants from around it:
 *
 *     s₂ · (f · W (s₁ · x + t₁) + g · b) + t₂   ->   f · W′ x + b′
 *     W′[i, o] = s₂[o] · s₁[i] · W[i, o]
 *     b′[o]    = s₂[o] · (f · Σᵢ W[i, o] · t₁[i] + g · b[o]) + t₂[o]
 *
 * in float64, rounded once. f and g are Gemm's alpha and beta, 1 elsewhere.
 */
import { SpareMemory, settle, Tensor } from '../../ir'
import { type Decline, decline, setConstant } from '../../rewrite'
import { at, type Channels, floatsOf } from './affine'
import { type Change, derivedTensor, type Floats, floatsIn, staysOnDisk } from './derivedTensor'
import type { Geometry, Layer } from './layer'

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

/** What weights are read into that stay on disk: small ones, and those that are waited for. */
const memory = new SpareMemory()
const memoryOfLarge = new SpareMemory()

/** Weights of up to this size are read on the spot: most are, and to wait for each takes longer. */
const SMALL_BYTES = 2 ** 22

/** Computes the new weight and bias; declines where a number would not be finite any more. */
export async function absorption(layer: Layer, by: Absorbed): Promise<Absorption | Decline> {
  const { tensor } = layer
  const { byteLength, byteSource, dataType } = tensor
  if (!isScaled(by) && !by.inputShift) return absorbed(layer, by, undefined)
  if (!staysOnDisk(tensor)) return absorbed(layer, by, (tensor.elements as Floats).slice())
  if (byteLength <= SMALL_BYTES) {
    const place = memory.take(byteLength)
    return absorbed(layer, by, floatsIn(settle(byteSource.read(place), place), dataType))
  }
  return memoryOfLarge.lend(byteLength, async (place) =>
    absorbed(layer, by, floatsIn(settle(await byteSource.load(place), place), dataType)),
  )
}

const isScaled = ({ inputScale, outputScale }: Absorbed) =>
  inputScale !== undefined || outputScale !== undefined

/** @param weight the layer's elements, which may be changed, where they are needed */
function absorbed(layer: Layer, by: Absorbed, weight: Floats | undefined): Absorption | Decline {
  const { tensor, geometry } = layer
  const bias = newBias(layer, weight, by)
  const scaled = isScaled(by) ? weight : undefined
  const change: Change = (elements, start) => scale(geometry, elements, start, by)
  if (scaled) change(scaled, 0)
  if (![scaled, bias].every((numbers) => !numbers || areFinite(numbers)))
    return decline(layer.node, 'the constants multiplied would not be finite numbers any more')
  return {
    layer,
    weight: scaled && changedTensor(tensor, change, scaled),
    bias: bias && Tensor.from(tensor.dataType, [bias.length], bias),
  }
}

function changedTensor(tensor: Tensor, change: Change, elements: Floats): Tensor {
  if (staysOnDisk(tensor)) return derivedTensor(tensor, change)
  return Tensor.from(tensor.dataType, tensor.shape, elements)
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

/**
 * Scales elements of a weight, those from index `start` on. By plain loops: a call for each row takes longer than all
 * else about opening a model.
 */
function scale(geometry: Geometry, weight: Floats, start: number, by: Absorbed): void {
  const { b: columns, inner, isOutputFirst } = geometry
  const [near, far] = isOutputFirst ? [by.outputScale, by.inputScale] : [by.inputScale, by.outputScale]
  const row = columns * inner
  // Runs of elements with one factor, as long as can be.
  const run = !far || far.length === 1 ? row : inner
  const end = start + weight.length
  for (let a = Math.floor(start / row), k = start; k < end; a++) {
    const first = geometry.farFrom(a)
    const scaleOfRow = near ? at(near, a) : 1
    const rowEnd = Math.min((a + 1) * row, end)
    for (let b = Math.floor((k - a * row) / run); k < rowEnd; b++) {
      const factor = far ? scaleOfRow * at(far, first + b) : scaleOfRow
      const runEnd = Math.min(a * row + (b + 1) * run, rowEnd)
      for (; k < runEnd; k++) weight[k - start] = (weight[k - start] as number) * factor
    }
  }
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
