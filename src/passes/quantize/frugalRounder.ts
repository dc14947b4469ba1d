/**
 * Rounds weights of any size with little memory: scales are found and elements rounded block by block. Up to
 * {@link KEPT_BYTES} of results are kept; beyond, a weight is rounded when it is written (and each time it is read).
 */
import { type ByteSource, Tensor } from '../../ir'
import { type ChannelLayout, minMaxPerChannel, quantize } from '../../native'
import { ScratchBuffers } from './scratchBuffers'
import { channelScalesOf, roundChannels, weightLayout } from './weights'

const KEPT_BYTES = 128 * 2 ** 20
/** Larger weights are read in blocks. */
const READ_AT_ONCE = 16 * 2 ** 20
const BLOCK_ELEMENTS = 2 * 2 ** 20

/** A weight in 8 bits. */
export interface RoundedWeight {
  /** int8, of the weight's shape. */
  readonly tensor: Tensor
  /** One an output channel. */
  readonly scales: Float32Array
}

export class FrugalRounder {
  private kept = 0
  private readonly bySource = new Map<ByteSource, Map<number, Promise<RoundedWeight>>>()
  private readonly scratch = new ScratchBuffers()

  /**
   * @param levels largest magnitude: 127, or 63 where the range is reduced
   * @param keptBytes results to keep in memory
   */
  constructor(
    private readonly levels: number,
    private readonly keptBytes = KEPT_BYTES,
  ) {}

  /** Rounds a float32 weight to nearest, symmetric, one scale for each index of `axis`; the same weight once. */
  round(weight: Tensor, axis: number): Promise<RoundedWeight> {
    const byAxis = this.bySource.get(weight.byteSource) ?? new Map<number, Promise<RoundedWeight>>()
    this.bySource.set(weight.byteSource, byAxis)
    const rounded = byAxis.get(axis) ?? this.roundAnew(weight, axis)
    byAxis.set(axis, rounded)
    return rounded
  }

  private async roundAnew(weight: Tensor, axis: number): Promise<RoundedWeight> {
    const layout = weightLayout(weight.shape, axis)
    const isKept = this.kept + weight.size <= this.keptBytes
    if (isKept) this.kept += weight.size
    if (isKept && weight.byteLength <= READ_AT_ONCE) return this.roundAtOnce(weight, layout)
    if (isKept && layout.outer === 1) return roundByBlocks(weight, layout, this.levels)
    const scales = await scalesOf(weight, layout, this.levels)
    const source = new RoundedSource(weight, layout, scales, this.levels)
    return { tensor: Tensor.fromSource('int8', weight.shape, source), scales }
  }

  private roundAtOnce(weight: Tensor, layout: ChannelLayout): Promise<RoundedWeight> {
    return this.scratch.use(weight.byteLength, async (scratch) => {
      const elements = (await weight.load(scratch)) as Float32Array
      const { values, scales } = await roundChannels(elements, layout, this.levels)
      return { tensor: Tensor.from('int8', weight.shape, values), scales }
    })
  }
}

/** Channels that lie whole in a block need no second reading. */
async function roundByBlocks(weight: Tensor, layout: ChannelLayout, levels: number): Promise<RoundedWeight> {
  const values = new Int8Array(weight.size)
  const scales = new Float32Array(layout.channels)
  for await (const block of blocks(weight, layout)) {
    const rounded = await roundChannels(block.elements, block.layout, levels)
    values.set(rounded.values, block.firstChannel * layout.inner)
    scales.set(rounded.scales, block.firstChannel)
  }
  return { tensor: Tensor.from('int8', weight.shape, values), scales }
}

/** Consecutive elements of a weight that hold whole channels, or all channels several times over. */
interface Block {
  readonly elements: Float32Array
  readonly layout: ChannelLayout
  readonly firstChannel: number
}

async function* blocks(weight: Tensor, { outer, channels, inner }: ChannelLayout): AsyncIterable<Block> {
  const unit = outer > 1 ? channels * inner : inner
  const units = Math.max(1, Math.floor(BLOCK_ELEMENTS / Math.max(1, unit)))
  let firstChannel = 0
  for await (const bytes of weight.byteSource.pieces(Math.max(1, units * unit) * 4)) {
    const elements = floatsOf(bytes)
    const count = elements.length / unit
    const layout = outer > 1 ? { outer: count, channels, inner } : { outer: 1, channels: count, inner }
    yield { elements, layout, firstChannel }
    if (outer === 1) firstChannel += count
  }
}

function floatsOf(bytes: Uint8Array): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes)
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4)
}

async function scalesOf(weight: Tensor, layout: ChannelLayout, levels: number): Promise<Float32Array> {
  const min = new Float32Array(layout.channels).fill(Number.POSITIVE_INFINITY)
  const max = new Float32Array(layout.channels).fill(Number.NEGATIVE_INFINITY)
  for await (const block of blocks(weight, layout)) {
    const found = await minMaxPerChannel(block.elements, block.layout)
    found.min.forEach((low, index) => {
      const channel = block.firstChannel + index
      min[channel] = Math.min(min[channel] as number, low)
      max[channel] = Math.max(max[channel] as number, found.max[index] as number)
    })
  }
  return channelScalesOf({ min, max }, levels)
}

/** The 8-bit numbers of a weight, computed whenever they are asked for. */
class RoundedSource implements ByteSource {
  constructor(
    private readonly weight: Tensor,
    private readonly layout: ChannelLayout,
    private readonly scales: Float32Array,
    private readonly levels: number,
  ) {}

  get byteLength(): number {
    return this.weight.size
  }

  read(): Uint8Array {
    const elements = this.weight.elements as Float32Array
    const { channels, inner } = this.layout
    const rounded = new Int8Array(elements.length)
    for (let index = 0; index < elements.length; index++) {
      const scale = this.scales[Math.floor(index / inner) % channels] as number
      rounded[index] = roundOne(elements[index] as number, scale, this.levels)
    }
    return new Uint8Array(rounded.buffer)
  }

  async load(): Promise<Uint8Array> {
    const all = new Uint8Array(this.byteLength)
    let at = 0
    for await (const bytes of this.rounded()) {
      all.set(bytes, at)
      at += bytes.byteLength
    }
    return all
  }

  async *pieces(pieceBytes: number): AsyncIterable<Uint8Array> {
    for await (const bytes of this.rounded()) {
      for (let start = 0; start < bytes.byteLength; start += pieceBytes) {
        yield bytes.subarray(start, start + pieceBytes)
      }
    }
  }

  private async *rounded(): AsyncIterable<Uint8Array> {
    for await (const { elements, layout, firstChannel } of blocks(this.weight, this.layout)) {
      const scale = this.scales.slice(firstChannel, firstChannel + layout.channels)
      const range = { qmin: -this.levels, qmax: this.levels }
      const zeroPoint = new Int32Array(scale.length)
      const bytes = await quantize(elements, { scale, zeroPoint, dataType: 'int8', layout, ...range })
      yield new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
  }
}

/** As the kernel does it: float32 division, halves to even, NaN to 0. */
function roundOne(value: number, scale: number, levels: number): number {
  const quotient = Math.fround(value / scale)
  const floor = Math.floor(quotient)
  const isHalf = quotient - floor === 0.5
  const rounded = isHalf ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(quotient)
  return Number.isNaN(rounded) ? 0 : Math.min(Math.max(rounded, -levels), levels)
}
