/** Runs in the host: reads scalar outputs, which say how many elements each value has. */
import type { Reducer } from '../runtime'

/** @returns the numbers of elements by output name, of the last sample */
export function createReducer(): Reducer<Record<string, number>> {
  let sizes: Record<string, number> = {}
  return {
    add([outputs = {}]) {
      const numbers = Object.entries(outputs).map(([name, { data }]) => [
        name,
        Number((data as BigInt64Array)[0]),
      ])
      sizes = Object.fromEntries(numbers)
    },
    finish: () => sizes,
  }
}
