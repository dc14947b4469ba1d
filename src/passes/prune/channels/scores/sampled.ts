/**
 * What channels do to the layers that read them, over the samples:
 *
 * - activation: E[x²], the energy of the channel
 * - reconstruction: E‖W[:, F] x[F]‖² = Σ over a, b in F of G[a, b] · (WᵀW)[a, b], what the outputs lose when the columns F
 *   of a group's channels go (Luo et al. 2017, "ThiNet", §3.2). G is the Gram matrix of the inputs, or their covariance
 *   where a bias will take over the mean.
 *
 * In units of the layer's mean, so that layers can be compared.
 */
import type { GramMatrix } from '../../../../calibrate/gramRequest'
import { centeredGram } from '../../../../native'
import { type WeightMatrix, weightMatrix } from '../../../layer/weightMatrix'
import type { Consumer } from '../grams'
import type { Groups } from '../groups'
import type { Importance } from './importance'

/** Adds the energy of each channel. */
export function addActivation(importance: Importance, { place }: Consumer, matrix: GramMatrix): void {
  const { features, gram, rows } = matrix
  const energy = new Float64Array(place.size ?? 0)
  const perChannel = features / energy.length
  for (let at = 0; at < features; at++) {
    const channel = Math.floor(at / perChannel)
    energy[channel] = (energy[channel] as number) + (gram[at * features + at] as number) / rows
  }
  importance.addChannels(place, energy)
}

/** Adds what the layer's outputs lose with each group. */
export async function addReconstruction(
  importance: Importance,
  groups: Groups,
  { layer, place }: Consumer,
  matrix: GramMatrix & { readonly isCentered: boolean },
): Promise<void> {
  const rows = await weightMatrix(layer)
  const gram = matrix.isCentered ? centeredGram(matrix) : matrix.gram
  const losses = new Map<number, number>()
  for (const [group, columns] of columnsByGroup(groups.of(place) ?? new Int32Array(), rows.taps))
    losses.set(group, lossOf(rows, gram, columns))
  const mean = [...losses.values()].reduce((sum, loss) => sum + loss, 0) / losses.size
  for (const [group, loss] of losses) if (mean > 0) importance.add(group, loss / mean)
}

function columnsByGroup(groups: Int32Array, perChannel: number): Map<number, number[]> {
  const columns = new Map<number, number[]>()
  for (const [channel, group] of groups.entries()) {
    if (group < 0) continue
    const own = columns.get(group) ?? []
    columns.set(group, own)
    for (let tap = 0; tap < perChannel; tap++) own.push(channel * perChannel + tap)
  }
  return columns
}

/** Σ C[a, b] · Σₒ W[o, a] · W[o, b] */
function lossOf(
  { values, rows, columns: width }: WeightMatrix,
  gram: Float64Array,
  columns: readonly number[],
): number {
  let loss = 0
  const part = new Float64Array(columns.length)
  for (let row = 0; row < rows; row++) {
    for (const [at, column] of columns.entries()) part[at] = values[row * width + column] as number
    loss += quadratic(part, gram, columns, width)
  }
  return loss
}

function quadratic(w: Float64Array, gram: Float64Array, columns: readonly number[], width: number): number {
  let sum = 0
  for (let a = 0; a < columns.length; a++) {
    const start = (columns[a] as number) * width
    let inner = 0
    for (let b = 0; b < columns.length; b++)
      inner += (w[b] as number) * (gram[start + (columns[b] as number)] as number)
    sum += (w[a] as number) * inner
  }
  return sum
}
