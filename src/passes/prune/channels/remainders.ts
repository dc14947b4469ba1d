/** What channels that are gone would still have added: a bias takes it over. */
import type { Node } from '../../../ir'
import { weightMatrix } from '../../layer/weightMatrix'
import { factorOf, summingLayer } from './layer'
import type { Kept } from './remove/kept'
import type { Update } from './remove/removeChannels'

/** shift[o] = Σ W[o, c] · held[c] over the channels c that are gone, for each output o that is kept. */
export async function remainderUpdates(kept: Kept): Promise<Map<Node, Update>> {
  const updates = new Map<Node, Update>()
  for (const { node, place, held } of kept.analysis.remainders) {
    const layer = summingLayer(node)
    const left = kept.of(place)
    if (!layer || !left) continue
    const gone = held.slice()
    for (const channel of left) gone[channel] = 0
    const { values, columns, taps } = await weightMatrix(layer)
    const { weight, channelAxis } = layer
    const outputs = keptRows(weight.constant?.shape[channelAxis] ?? 0, kept.input(node, 1)[channelAxis])
    const shift = Float64Array.from(outputs, (output) => {
      let sum = 0
      for (let column = 0; column < columns; column++)
        sum += (values[output * columns + column] as number) * (gone[Math.floor(column / taps)] as number)
      return sum * factorOf(layer)
    })
    updates.set(node, { shift })
  }
  return updates
}

function keptRows(count: number, kept: Int32Array | undefined): Int32Array {
  return kept ?? Int32Array.from({ length: count }, (_, row) => row)
}
