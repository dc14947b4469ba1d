/** Constants of a session in the forms that kernels read; each is made once and shared by all plans. */
import { createHash } from 'node:crypto'
import type { Tensor } from '../../ir'
import {
  type EngineConstant,
  engineConstant,
  engineConstantNow,
  engineRawConstant,
  engineRelease,
} from '../../native'
import { Lanes } from './lanes'
import { Turns } from './turns'

/** A tensor in a form: `raw`, or packed for a kernel (see cpp/engine/constant.cc) by these parameters. */
export interface WeightSource {
  readonly tensor: Tensor
  readonly form: string
  readonly parameters: readonly number[]
}

export function rawSource(tensor: Tensor): WeightSource {
  return { tensor, form: 'raw', parameters: [] }
}

/**
 * Constants up to this size are made on the spot: that takes less than to have it done. They are told by what they hold,
 * since plans make many small ones anew.
 */
const SMALL_BYTES = 1 << 16

/** Raw constants larger than this come piece by piece from where they lie. */
const PIECE_BYTES = 1 << 22

export class WeightStore {
  private readonly made = new Map<Tensor | string, Map<string, Promise<EngineConstant>>>()
  /** While so many are being packed, one more is being read. */
  private readonly lanes: Lanes
  private readonly packers: Turns
  private released = false

  /** @param threads that may pack at once */
  constructor(threads: number) {
    this.lanes = new Lanes(threads + 1)
    this.packers = new Turns(threads)
  }

  /** The constant of a source; made now if no plan has needed it yet. */
  get(source: WeightSource): Promise<EngineConstant> {
    const { tensor, form, parameters } = source
    const key = `${form}(${parameters})`
    const identity = tensor.byteLength <= SMALL_BYTES ? contentOf(tensor) : tensor
    const forms = this.made.get(identity) ?? new Map<string, Promise<EngineConstant>>()
    this.made.set(identity, forms)
    const found = forms.get(key) ?? this.make(source)
    if (!forms.has(key)) found.catch(() => forms.delete(key))
    forms.set(key, found)
    if (this.released) this.release()
    return found
  }

  /** Lets go of a constant that no plan uses after all. */
  drop({ tensor, form, parameters }: WeightSource): void {
    const forms = this.made.get(tensor)
    const key = `${form}(${parameters})`
    forms?.get(key)?.then(engineRelease, () => {})
    forms?.delete(key)
  }

  /** Bytes of all constants. */
  async bytes(): Promise<number> {
    const all = await Promise.all([...this.made.values()].flatMap((forms) => [...forms.values()]))
    return all.reduce((sum, constant) => sum + constant.bytes, 0)
  }

  private async make({ tensor, form, parameters }: WeightSource): Promise<EngineConstant> {
    const { byteLength, byteSource } = tensor
    if (byteLength <= SMALL_BYTES) return engineConstantNow(form, tensor.elements, parameters)
    if (form === 'raw' && byteLength > PIECE_BYTES)
      return this.packers.take(() => engineRawConstant(byteLength, byteSource.pieces(PIECE_BYTES)))
    return this.lanes.use(byteLength, async (buffer) => {
      const elements = await tensor.load(buffer)
      return this.packers.take(() => engineConstant(form, elements, parameters))
    })
  }

  release(): void {
    this.released = true
    for (const forms of this.made.values())
      for (const each of forms.values()) each.then(engineRelease, () => {})
    this.made.clear()
  }
}

function contentOf(tensor: Tensor): string {
  return createHash('sha256').update(tensor.bytes).digest('base64')
}
