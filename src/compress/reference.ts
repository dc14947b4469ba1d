/** The original as what candidates are held against: its outputs are recorded once, its metric is asked for once. */
import { type Parity, parity, recordOutputs } from '../calibrate'
import type { Model } from '../ir'
import type { Measurement } from '../passes/pass'
import {
  type RequestOptions,
  type SampleStore,
  type Session,
  type SessionOptions,
  withSession,
} from '../runtime'
import { callEvaluate, type Evaluate } from './evaluate'
import type { SampleSource } from './sampleSource'

/** Shapes may differ from sample to sample, so a memory plan would only grow; and nobody waits between runs. */
const SWEEP: SessionOptions = { arena: false, config: { 'session.intra_op.allow_spinning': '0' } }

export class Reference {
  private recorded: SampleStore | undefined
  private metric: Promise<number> | undefined

  constructor(
    private readonly original: Model,
    private readonly source: SampleSource,
    private readonly evaluate: Evaluate | undefined,
    private readonly request: RequestOptions,
  ) {}

  /** Whether the caller gave a metric. */
  get hasMetric(): boolean {
    return this.evaluate !== undefined
  }

  /** Compares a candidate with the original on the first `limit` samples (all, if left out). */
  async measure(candidate: Model, limit?: number): Promise<Measurement> {
    return withSession(
      candidate,
      SWEEP,
      async (session) => {
        const { overall } = await this.parity(session, limit)
        const metric = this.evaluate && (await callEvaluate(this.evaluate, session, this.request))
        return { snrDb: overall.snrDb, agreement: overall.agreement, metric }
      },
      this.request,
    )
  }

  /** The caller's metric of the original; undefined where there is no `evaluate`. */
  async originalMetric(): Promise<number | undefined> {
    const { evaluate } = this
    if (!evaluate) return undefined
    this.metric ??= withSession(
      this.original,
      SWEEP,
      (session) => callEvaluate(evaluate, session, this.request),
      this.request,
    )
    return this.metric
  }

  /** Removes what was recorded. */
  async dispose(): Promise<void> {
    await this.recorded?.dispose()
  }

  private parity(session: Session, limit: number | undefined): Promise<Parity> {
    return this.source.use(async (store) => {
      const count = Math.min(limit ?? store.count, store.count)
      const reference = await this.outputs(store, count)
      return parity(session, store, reference, { ...this.request, limit: count })
    })
  }

  /** The original's outputs of at least the first `count` samples. */
  private async outputs(store: SampleStore, count: number): Promise<SampleStore> {
    if (this.recorded && this.recorded.count >= count) return this.recorded
    await this.recorded?.dispose()
    this.recorded = undefined
    this.recorded = await withSession(
      this.original,
      SWEEP,
      (session) => recordOutputs(session, store, { ...this.request, limit: count }),
      this.request,
    )
    return this.recorded
  }
}
