/** Layers and their factors side by side in onnxruntime. */
import type { PassContext } from '../pass'
import { type Candidate, type Choice, choose } from './choose'
import { costOf } from './frontier'
import type { LowRankOptions } from './options'
import { factoredProbe, probeOf } from './probe'
import type { RankPoint } from './rankPoint'

/** Median seconds of one run, one thread. */
export interface Times {
  readonly dense: number
  readonly factored: number
}

export interface TimedChoice {
  readonly choice: Choice
  /** Of the layers that were timed, by key; of those left whole, with the last factors that were tried. */
  readonly times: ReadonlyMap<string, Times>
  /** Layers that stay whole because their factors are slower, by key. */
  readonly slow: ReadonlySet<string>
}

/** Factors are tried at most so often with ever lower ranks. */
const ROUNDS = 4
/** A layer whose factors are slower is tried next with at most this share of their cost. */
const NEXT_COST = 0.75

/**
 * Chooses ranks, times what was chosen, and chooses again where factors are slower than the layer: those get lower ranks
 * or, in the end, stay whole, and the budget is spent elsewhere. Layers of unknown sizes are not timed.
 */
export async function chooseTimed(
  stopwatch: Stopwatch,
  candidates: readonly Candidate[],
  options: LowRankOptions,
  progress: (ratio: number) => void,
): Promise<TimedChoice> {
  const { budget = 'parameters' } = options
  const times = new Map<string, Times>()
  let open = candidates
  for (let round = 1; ; round++) {
    const choice = choose(open, options)
    const slow = new Map<string, RankPoint>()
    for (const [index, candidate] of open.entries()) {
      const { key } = candidate.layer
      const point = choice.get(key)
      const found = point && (await stopwatch.time(candidate, point))
      if (found) times.set(key, found)
      if (found && found.factored > found.dense) slow.set(key, point)
      progress(Math.min(1, (round - 1 + index / open.length) / ROUNDS))
    }
    if (slow.size === 0) return { choice, times, slow: wholeOnes(candidates, open, times) }
    open = open.map((candidate) => {
      const point = slow.get(candidate.layer.key)
      if (!point) return candidate
      const most = round < ROUNDS ? NEXT_COST * costOf(point, budget) : 0
      return { ...candidate, points: candidate.points.filter((each) => costOf(each, budget) <= most) }
    })
  }
}

/** Those that have no points left. */
function wholeOnes(
  candidates: readonly Candidate[],
  open: readonly Candidate[],
  times: ReadonlyMap<string, Times>,
): Set<string> {
  const keys = candidates.flatMap(({ layer }, index) =>
    open[index]?.points.length === 0 && times.has(layer.key) ? [layer.key] : [],
  )
  return new Set(keys)
}

/** Times layers and factors; of the same kind and sizes once. */
export class Stopwatch {
  private readonly known = new Map<string, Times>()

  /** @param inputShapes of what layers read, by key */
  constructor(
    private readonly context: PassContext,
    private readonly inputShapes: ReadonlyMap<string, readonly number[]>,
  ) {}

  /** Undefined where the layer's sizes are not known. */
  async time({ layer }: Candidate, point: RankPoint): Promise<Times | undefined> {
    this.context.signal.throwIfAborted()
    const { key, node, weight, bias } = layer
    const shape = this.inputShapes.get(key)
    if (!shape) return undefined
    const settings = [...node.attributes].map(([name, { type, ...rest }]) => [
      name,
      'value' in rest ? String(rest.value) : type,
    ])
    const kind = [node.opType, weight.constant?.shape, bias !== undefined, shape, settings]
    const id = JSON.stringify([kind, point.scheme, point.ranks])
    const known = this.known.get(id) ?? (await this.measure(probeOf(layer, shape, this.opset), point))
    this.known.set(id, known)
    return known
  }

  private async measure(probe: ReturnType<typeof probeOf>, point: RankPoint): Promise<Times> {
    const [dense = 0, factored = 0] = await this.context.runtime.timeAlone([
      probe,
      factoredProbe(probe, point),
    ])
    return { dense, factored }
  }

  private get opset(): number {
    return this.context.model.opset
  }
}
