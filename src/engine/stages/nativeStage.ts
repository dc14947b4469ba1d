/** A part that the engine computes: a plan for every set of input shapes, the latest few kept. */
import type { Node } from '../../ir'
import type { EngineSession } from '../../native'
import type { FeedTensor } from '../../runtime'
import { ContentsNeeded, Unplannable } from '../plan/unplannable'
import type { WeightStore } from '../plan/weights'
import { Foresight, type Shapes } from './foresight'
import type { Part } from './partition'
import { type Inputs, Plan, type Tensors } from './plan'

/** Plans of a part that are kept, each with its program: so many, and more while what they alone hold is little. */
const FEWEST_PLANS = 16
const MOST_PLANS = 128

/** Share of all constants that is little. */
const LITTLE = 1 / 8

/** Contents of inputs that may take turns in deciding branches. */
const MOST_CHOICES = 16

export class NativeStage {
  private readonly plans = new Map<string, Promise<Plan>>()
  /** Runs under way, and plans that were dropped meanwhile. */
  private users = 0
  private readonly dropped: Plan[] = []
  /** Inputs whose contents decide shapes or branches. */
  private readonly contents = new Set<string>()
  /** Those that decide branches, each with an If, and contents of all of them that have been seen. */
  private readonly choosing = new Map<string, Node>()
  private readonly choices = new Set<string>()
  private readonly foresight = new Foresight()
  /** Plans that were begun before anybody asked for them. */
  private readonly ahead = new WeakSet<Promise<Plan>>()

  constructor(
    readonly part: Part,
    private readonly session: EngineSession,
    private readonly weights: WeightStore,
    private readonly threads: number,
  ) {}

  /** @param isAlone whether no other run of the session is under way */
  async run(feeds: Tensors, isProfiled: boolean, isAlone: () => boolean): Promise<Map<string, FeedTensor>> {
    this.users++
    try {
      const plan = await this.plan(feeds)
      return await plan.run(feeds, isProfiled, isAlone, () => this.planAhead(feeds))
    } finally {
      this.users--
      if (this.users === 0) for (const plan of this.dropped.splice(0)) plan.release()
    }
  }

  /** The plan for feeds of these shapes. */
  private async plan(feeds: Tensors): Promise<Plan> {
    const key = this.keyOf(feeds)
    const known = this.known(key)
    if (known) return (await known) ?? this.plan(feeds)
    this.noteChoice(feeds)
    const made = this.make(feeds)
    this.plans.set(key, made)
    try {
      const plan = await made
      // Nobody waits for plans that others are making.
      void this.dropOldest()
      return plan
    } catch (error) {
      this.plans.delete(key)
      if (!(error instanceof ContentsNeeded)) throw error
      for (const name of error.inputs) {
        this.contents.add(name)
        if (error.choice) this.choosing.set(name, error.choice)
      }
      return this.plan(feeds)
    }
  }

  private make(inputs: Inputs, mayTime = true): Promise<Plan> {
    return this.weights.whilePlanning(() =>
      Plan.make(this.part, inputs, this.contents, this.session, this.weights, this.threads, mayTime),
    )
  }

  /** The plan of a key, if there is one, which is the latest now. */
  private known(key: string): Promise<Plan | undefined> | undefined {
    const known = this.plans.get(key)
    if (!known) return undefined
    this.plans.delete(key)
    this.plans.set(key, known)
    // Of one that was begun too early, whoever needs it finds out why.
    return this.ahead.has(known) ? known.catch(() => undefined) : known
  }

  /** Makes the plan that the next run is likely to want while this one is computed by others. */
  private planAhead(feeds: Tensors): void {
    const next = this.contents.size === 0 ? this.foresight.next(this.shapesOf(feeds)) : undefined
    const key = next && this.keyOf(next)
    if (!key || this.plans.has(key)) return
    const made = this.make(next, false)
    this.ahead.add(made)
    this.plans.set(key, made)
    made.then(
      () => this.dropOldest(),
      () => {
        if (this.plans.get(key) === made) this.plans.delete(key)
      },
    )
  }

  /** What a plan is made for, without the elements: nobody keeps these. */
  private shapesOf(feeds: Tensors): Shapes {
    return new Map(
      this.part.inputs.flatMap(({ name }) => {
        const feed = feeds.get(name)
        return feed ? [[name, { type: feed.type, dims: feed.dims }] as const] : []
      }),
    )
  }

  /** Plans that are there, the latest last. */
  async made(): Promise<Plan[]> {
    const settled = await Promise.allSettled(this.plans.values())
    return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  }

  release(): void {
    for (const plan of this.dropped.splice(0)) plan.release()
    for (const plan of this.plans.values()) plan.then((each) => each.release()).catch(() => {})
    this.plans.clear()
  }

  private keyOf(feeds: Inputs): string {
    return this.part.inputs
      .map(({ name }) => {
        const feed = feeds.get(name)
        return `${feed?.type}[${feed?.dims}]${this.contents.has(name) ? `=${feed?.data}` : ''}`
      })
      .join(';')
  }

  /** Leaves an If to onnxruntime where what decides it keeps changing: no plan would be used twice. */
  private noteChoice(feeds: Tensors): void {
    const [choice] = this.choosing.values()
    if (!choice) return
    this.choices.add([...this.choosing.keys()].map((name) => `${feeds.get(name)?.data}`).join(';'))
    if (this.choices.size <= MOST_CHOICES) return
    const unplannable = new Unplannable('what its condition depends on keeps changing')
    unplannable.node = choice
    throw unplannable
  }

  /** Lets those go that have not been run for longest. */
  private async dropOldest(): Promise<void> {
    if (this.plans.size <= FEWEST_PLANS) return
    const own = (await this.made()).reduce((sum, plan) => sum + plan.ownBytes, 0)
    if (this.plans.size <= MOST_PLANS && own <= LITTLE * this.weights.bytes) return
    const [oldest] = this.plans
    if (!oldest) return
    this.plans.delete(oldest[0])
    oldest[1].then((plan) => this.dropped.push(plan)).catch(() => {})
  }
}
