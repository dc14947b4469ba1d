/** Where the elements of a value lie while a plan runs. */
import type { WeightSource } from './weights'

/** Memory that steps read and write; a view on another slot shares its bytes. */
export class Slot {
  private constructor(
    /** What holds the memory: of a view, what it looks at. */
    public place: 'constant' | 'arena' | 'input' | 'output',
    readonly bytes: number,
    /** Position among the stage's inputs or outputs. */
    public port: number,
    readonly constant: WeightSource | undefined,
    private readonly viewed: Slot | undefined,
    private readonly start: number,
    /** Of an image whose halves lie apart. */
    readonly half?: 'upper' | 'lower',
  ) {}

  static arena(bytes: number, half?: 'upper' | 'lower'): Slot {
    return new Slot('arena', bytes, 0, undefined, undefined, 0, half)
  }

  static input(port: number, bytes: number): Slot {
    return new Slot('input', bytes, port, undefined, undefined, 0)
  }

  static constant(source: WeightSource, bytes: number): Slot {
    return new Slot('constant', bytes, 0, source, undefined, 0)
  }

  /** `bytes` of this slot from byte `start` on. */
  view(start: number, bytes: number): Slot {
    return new Slot(this.place, bytes, this.port, this.constant, this, start)
  }

  /** The slot whose memory this is. */
  get root(): Slot {
    return this.viewed?.root ?? this
  }

  /** Where in the root's memory it begins. */
  get offset(): number {
    return this.viewed ? this.viewed.offset + this.start : 0
  }
}
