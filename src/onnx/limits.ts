import { OnnxpressError } from '../errors'

/** What a model may ask for before it is refused with `LIMIT_EXCEEDED`. */
export interface Limits {
  /** How deeply messages may nest; protobuf's own limit is 100. */
  depth: number
  /** Memory for everything but weights, in bytes (estimated): names, nodes, attributes, unknown fields. */
  heapBytes: number
  /** Nodes after all calls of functions are expanded, as runtimes do. */
  expandedNodes: number
  /** Bytes of all sparse tensors in dense form, which runtimes make of them. */
  sparseBytes: number
}

export const defaultLimits: Limits = {
  depth: 100,
  heapBytes: 2 ** 30,
  expandedNodes: 1_000_000,
  sparseBytes: 2 ** 30,
}

/** Tiny files can blow up a thousandfold below the absolute limits; past these ratios they are taken for bombs. */
export const BOMB_RATIO = 1000

/** Counts memory before it is taken, so that a few bytes cannot declare their way to gigabytes. */
export class Budget {
  private spent = 0

  constructor(private readonly heapBytes: number) {}

  /** @throws OnnxpressError `LIMIT_EXCEEDED` when `bytes` more would pass the limit. */
  spend(bytes: number): void {
    this.spent += bytes
    if (this.spent <= this.heapBytes) return
    throw new OnnxpressError(
      'LIMIT_EXCEEDED',
      `Expected a model whose nodes, names and attributes fit in ${this.heapBytes} bytes of memory, weights aside; ` +
        'raise limits.heapBytes if the file can be trusted',
    )
  }
}
