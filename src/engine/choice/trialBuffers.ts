/** Memory for the values of steps that are timed one after the other. */
import { freeScratch, takeScratch } from '../../native'
import type { Step } from '../plan/step'

/** Steps share it: as in a run, what one of them reads another has just written, and is not far away. */
export class TrialBuffers {
  private readonly buffers: Uint8Array<ArrayBuffer>[]

  constructor(steps: readonly Step[]) {
    const sizes: number[] = []
    for (const { inputs, outputs } of steps)
      for (const [position, { bytes }] of [...inputs, ...outputs].entries())
        sizes[position] = Math.max(sizes[position] ?? 0, bytes)
    // Bytes of 60 are ordinary numbers, as floats too: zeros might be computed with faster than numbers are.
    this.buffers = sizes.map((bytes) => takeScratch(bytes).fill(60))
  }

  /** Of the value at a position among a step's inputs, then outputs. */
  at(position: number, bytes: number): Uint8Array {
    return (this.buffers[position] as Uint8Array).subarray(0, bytes)
  }

  free(): void {
    this.buffers.forEach(freeScratch)
  }
}
