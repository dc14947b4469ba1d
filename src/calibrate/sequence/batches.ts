/** Requests of one stage: equal ones are summed up once, and as many at a time as memory allows. */
import { signature, splitByGramBytes } from '../collectGrams'
import { type GramRequest, gramBytes } from '../gramRequest'

/** One matrix alone may take this much. */
export const LARGEST_BYTES = 2 ** 30

export class Batches {
  /** In each group, requests that are summed up in one sweep. */
  readonly groups: readonly (readonly GramRequest[])[]
  /** Requests whose matrix would not fit into memory even alone. */
  readonly tooLarge: readonly GramRequest[]
  private readonly keys = new Map<string, string[]>()

  /** @param memoryBytes that the matrices of one group take together, unless one alone takes more */
  constructor(requests: readonly GramRequest[], memoryBytes: number) {
    const first = new Map<string, GramRequest>()
    for (const request of requests) {
      const kept = first.get(signature(request)) ?? request
      first.set(signature(request), kept)
      this.keys.set(kept.key, [...(this.keys.get(kept.key) ?? []), request.key])
    }
    const unique = [...first.values()]
    const fits = (request: GramRequest) => gramBytes(request) <= LARGEST_BYTES
    this.groups = splitByGramBytes(unique.filter(fits), memoryBytes)
    this.tooLarge = unique.filter((request) => !fits(request))
  }

  /** All keys that one answer is for. */
  keysOf(key: string): readonly string[] {
    return this.keys.get(key) ?? []
  }
}
