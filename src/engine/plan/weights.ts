/** Constants of a session in the forms that kernels read; each is made once and shared by all plans. */
import { createHash } from 'node:crypto'
import { SpareMemory, type Tensor } from '../../ir'
import {
  type EngineConstant,
  engineConstant,
  engineConstantNow,
  engineRawConstant,
  engineRelease,
} from '../../native'
import { Lanes } from './lanes'
import { Latest } from './latest'
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

/** What small ones are read into. */
const memory = new SpareMemory()

/** Raw constants larger than this come piece by piece from where they lie. */
const PIECE_BYTES = 1 << 22

/** A constant in a form, how many plans it is in, and its memory, once it is made. */
export interface Kept {
  readonly key: string
  /** Large ones that are computed for a plan are held, so that another gets the same. */
  readonly tensor: Tensor | undefined
  readonly constant: Promise<EngineConstant>
  holders: number
  bytes: number
}

export class WeightStore {
  /** By tensor and form. */
  private readonly made = new Map<string, Kept>()
  /** Plans that are being made. */
  private planning = 0
  /** What no plan holds any more, until another is made that does not want it either. */
  private readonly idle = new Set<Kept>()
  /** While so many are being packed, one more is being read. */
  private readonly lanes: Lanes
  private readonly packers: Turns
  private released = false

  /** @param threads that may pack at once */
  constructor(threads: number) {
    this.lanes = new Lanes(threads + 1)
    this.packers = new Turns(threads)
  }

  /** The constant of a source, to be tried; made now if there is none yet. */
  get(source: WeightSource): Promise<EngineConstant> {
    return this.keptFor(source).constant
  }

  /** The constants of a plan, until it lets them go. */
  hold(sources: readonly WeightSource[]): readonly Kept[] {
    const held = sources.map((source) => this.keptFor(source))
    for (const kept of held) kept.holders++
    return held
  }

  letGo(held: readonly Kept[]): void {
    for (const kept of held) {
      kept.holders--
      if (kept.holders === 0) this.idle.add(kept)
    }
  }

  /** Lets go of a constant that was only tried. */
  drop(source: WeightSource): void {
    const kept = this.made.get(keyOf(source))
    if (kept && kept.holders === 0) this.forget(kept)
  }

  /** Keeps all there is while a plan is made, which may need what others have just let go. */
  async whilePlanning<T>(body: () => Promise<T>): Promise<T> {
    this.planning++
    try {
      return await body()
    } finally {
      this.planning--
      this.sweep()
    }
  }

  /** Bytes of all constants that are made. */
  get bytes(): number {
    return bytesOf([...this.made.values()])
  }

  private keptFor(source: WeightSource): Kept {
    const key = keyOf(source)
    const found = this.made.get(key)
    if (found) return found
    const tensor = isSmall(source.tensor) ? undefined : source.tensor
    const kept: Kept = { key, tensor, constant: this.make(source), holders: 0, bytes: 0 }
    this.made.set(key, kept)
    kept.constant.then(
      ({ bytes }) => {
        kept.bytes = bytes
      },
      () => this.forget(kept),
    )
    if (this.released) this.release()
    return kept
  }

  private sweep(): void {
    if (this.planning > 0) return
    for (const kept of this.idle) if (kept.holders === 0) this.forget(kept)
    this.idle.clear()
  }

  private forget(kept: Kept): void {
    if (this.made.get(kept.key) !== kept) return
    this.made.delete(kept.key)
    kept.constant.then(engineRelease, () => {})
  }

  private async make({ tensor, form, parameters }: WeightSource): Promise<EngineConstant> {
    const { byteLength, byteSource } = tensor
    if (isSmall(tensor)) return engineConstantNow(form, tensor.read(memory.take(byteLength)), parameters)
    if (form === 'raw' && byteLength > PIECE_BYTES)
      return this.packers.take(() => engineRawConstant(byteLength, byteSource.pieces(PIECE_BYTES)))
    return this.lanes.use(byteLength, async (buffer) => {
      const elements = await tensor.load(buffer)
      return this.packers.take(() => engineConstant(form, elements, parameters))
    })
  }

  release(): void {
    this.released = true
    for (const kept of [...this.made.values()]) this.forget(kept)
  }
}

export function bytesOf(all: readonly Kept[]): number {
  return all.reduce((sum, { bytes }) => sum + bytes, 0)
}

const isSmall = ({ byteLength }: Tensor) => byteLength <= SMALL_BYTES

const keys = new Latest<WeightSource, string>()

function keyOf(source: WeightSource): string {
  const { tensor, form, parameters } = source
  return keys.get(source, [], () => `${identityOf(tensor)} ${form}(${parameters})`)
}

const identities = new Latest<Tensor, string>()
let count = 0

/** What a small tensor holds, or a number for a large one. */
function identityOf(tensor: Tensor): string {
  return identities.get(tensor, [], () =>
    isSmall(tensor)
      ? createHash('sha256')
          .update(tensor.read(memory.take(tensor.byteLength)))
          .digest('base64')
      : `${count++}`,
  )
}
