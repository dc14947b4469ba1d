/** The 8-bit weights of all layers, rounded once and shared by every candidate that accuracy control builds. */

import type { Statistics } from '../../calibrate/statistics'
import { OnnxpressError } from '../../errors'
import type { Layer } from '../layer/layer'
import { ScratchBuffers } from './scratchBuffers'
import { type QuantizedWeight, roundToNearest } from './weights'

export class WeightStore {
  private readonly byLayer = new Map<string, QuantizedWeight>()
  private readonly scratch = new ScratchBuffers()
  private readonly pending = new Map<string, Promise<QuantizedWeight>>()

  /** @param levels largest magnitude: 127, or 63 where the range is reduced */
  constructor(
    readonly levels: number,
    private readonly statistics: Statistics,
  ) {}

  /** Rounds the weights of layers, one layer after the other so that memory stays at one float weight. */
  async prepare(layers: readonly Layer[], onLayer: (done: number) => void): Promise<void> {
    for (const [index, layer] of layers.entries()) {
      this.byLayer.set(layer.key, await this.round(layer))
      onLayer(index + 1)
    }
  }

  /** Replaces a layer's weight by one that was rounded another way. */
  set(layer: Layer, weight: QuantizedWeight): void {
    this.byLayer.set(layer.key, weight)
  }

  of(layer: Layer): QuantizedWeight {
    const found = this.byLayer.get(layer.key)
    if (found) return found
    throw new OnnxpressError('INVALID_GRAPH', `No weight was prepared for ${layer.node.label}`, {
      at: layer.key,
    })
  }

  meansOf(layer: Layer): Float64Array | undefined {
    return this.statistics.of(layer.input.name)?.channelMeans
  }

  private round(layer: Layer): Promise<QuantizedWeight> {
    const key = `${layer.weight.name} ${layer.channelAxis} ${layer.input.name}`
    const known = this.pending.get(key)
    if (known) return known
    const rounded = this.scratch.use(layer.weight.constant?.byteLength ?? 0, (buffer) =>
      roundToNearest(layer, this.levels, this.meansOf(layer), buffer),
    )
    this.pending.set(key, rounded)
    return rounded
  }
}
