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
  context: PassContext,
  candidates: readonly Candidate[],
  inputShapes: ReadonlyMap<string, readonly number[]>,
  options: LowRankOptions,
): Promise<TimedChoice> {
  const stopwatch = new Stopwatch(context, inputShapes)
  const { budget = 'parameters' } = options
  let open = candidates
  for (let round = 1; ; round++) {
    const choice = choose(open, options)
    const slow = await stopwatch.slowOnes(open, choice, round)
    if (slow.size === 0)
      return { choice, times: stopwatch.times, slow: wholeOnes(candidates, open, stopwatch.times) }
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

class Stopwatch {
  readonly times = new Map<string, Times>()
  private readonly known = new Map<string, Times>()

  constructor(
    private readonly context: PassContext,
    private readonly inputShapes: ReadonlyMap<string, readonly number[]>,
  ) {}

  /** The chosen points that are slower than their layers, by layer key. */
  async slowOnes(
    candidates: readonly Candidate[],
    choice: Choice,
    round: number,
  ): Promise<Map<string, RankPoint>> {
    const slow = new Map<string, RankPoint>()
    const { signal, progress } = this.context
    for (const [index, candidate] of candidates.entries()) {
      const { key } = candidate.layer
      const point = choice.get(key)
      const shape = this.inputShapes.get(key)
      signal.throwIfAborted()
      const rounds = Math.min(1, (round - 1 + index / candidates.length) / ROUNDS)
      progress(0.3 + 0.1 * rounds, 'timing layers and their factors')
      if (!point || !shape) continue
      const times = await this.time(candidate, point, shape)
      this.times.set(key, times)
      if (times.factored > times.dense) slow.set(key, point)
    }
    return slow
  }

  /** Layers of the same kind and sizes are timed once. */
  private async time({ layer }: Candidate, point: RankPoint, shape: readonly number[]): Promise<Times> {
    const { node, weight, bias } = layer
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
