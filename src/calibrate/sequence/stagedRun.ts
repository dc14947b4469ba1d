/** Runs a model stage by stage over the samples. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { OnnxpressError } from '../../errors'
import { type Model, type Node, tensorType, type ValueType } from '../../ir'
import { compiledModule, extractNodes, type SampleStore, Session, sweep } from '../../runtime'
import { tooLarge, toStore } from '../collectGrams'
import type { GramOutcome } from '../gramReducer'
import { featuresOf, type GramRequest } from '../gramRequest'
import type { GramStore } from '../gramStore'
import { SWEEP } from '../sweepOptions'
import { Batches, LARGEST_BYTES } from './batches'
import { HandedOver } from './handedOver'
import type { SequentialGram, SequentialGramsOptions } from './sequentialGrams'
import type { StageConfig } from './stageReducer'
import type { Stage } from './stages'

export interface StagedRunOptions extends SequentialGramsOptions {
  /** Types of values by name. */
  readonly types: ReadonlyMap<string, ValueType>
  /** For everything that is put on disk. */
  readonly folder: string
}

const MEMORY_BYTES = 256 * 2 ** 20
const ROWS_PER_FEATURE = 16
const FEWEST_ROWS_PER_SAMPLE = 256
const MOST_ROWS_PER_SAMPLE = 4096

type Progress = (ratio: number) => void

/** One sweep: what it runs, and what becomes of the values. */
interface Look {
  readonly session?: Session | undefined
  readonly requests: readonly GramRequest[]
  /** Whether it needs the samples themselves. */
  readonly readsInputs: boolean
  /** Values that earlier stages left, and values to keep for later ones. */
  readonly reads: readonly string[]
  readonly keeps: readonly string[]
}

export class StagedRun {
  private readonly handedOver: HandedOver
  private readonly nodes: readonly Node[]
  private readonly inputTypes: ReadonlyMap<string, ValueType>
  private looks = 0

  constructor(
    private readonly model: Model,
    private readonly store: SampleStore,
    private readonly options: StagedRunOptions,
  ) {
    this.handedOver = new HandedOver(options.folder, store.count)
    this.nodes = model.graph.nodes
    this.inputTypes = new Map([...options.types].map(([name, type]) => [name, withoutSymbols(type)]))
  }

  /** Runs a stage's nodes and gives what it looks at, as many matrices at a time as memory allows. */
  async *stage(stage: Stage, onProgress: Progress): AsyncGenerator<SequentialGram> {
    this.requireSameNodes()
    const batches = new Batches(stage.requests, this.options.memoryBytes ?? MEMORY_BYTES)
    const [first = [], ...others] = batches.groups
    const waiting = this.valuesOf(others.flat()).filter((name) => !stage.makes.includes(name))
    yield* answers(batches, await this.runNodes(stage, first, [...stage.makes, ...waiting], onProgress))
    for (const requests of others) yield* answers(batches, await this.lookAgain(requests))
    for (const request of batches.tooLarge)
      for (const key of batches.keysOf(request.key)) yield { key, reason: tooLarge(request, LARGEST_BYTES) }
    await this.handedOver.remove([...stage.ends, ...waiting])
  }

  private async runNodes(
    { nodes, readsInputs, reads }: Stage,
    requests: readonly GramRequest[],
    keeps: readonly string[],
    onProgress: Progress,
  ): Promise<GramStore> {
    const { signal, threads } = this.options
    const outputs = [...keeps, ...this.valuesOf(requests)]
    if (outputs.length === 0) return this.look({ requests, readsInputs, reads, keeps }, onProgress)
    const part = extractNodes(this.model, { nodes, outputs, types: this.inputTypes })
    const session = await Session.create(part, { ...SWEEP, ...(threads && { threads }) }, { signal })
    try {
      return await this.look({ session, requests, readsInputs, reads, keeps }, onProgress)
    } finally {
      await session.release()
    }
  }

  /** Looks at what is on disk by now. */
  private lookAgain(requests: readonly GramRequest[]): Promise<GramStore> {
    const reads = this.valuesOf(requests)
    const readsInputs = requests.some(({ value }) => this.model.graph.own(value)?.isGraphInput)
    return this.look({ requests, readsInputs, reads, keeps: [] })
  }

  private async look(
    { session, requests, readsInputs, reads, keeps }: Look,
    onProgress?: Progress,
  ): Promise<GramStore> {
    const { store, handedOver } = this
    const folder = join(this.options.folder, `grams${this.looks++}`)
    await mkdir(folder)
    const config: StageConfig = {
      requests,
      rowsPerSample: requests.map((request) => this.rowsPerSample(request)),
      prefix: join(folder, 'matrix'),
      kept: Object.fromEntries(keeps.map((name) => [name, handedOver.pathOf(name)])),
    }
    const outcomes = await sweep<GramOutcome[]>({
      sessions: session ? [session] : [],
      store,
      filesOf: (file, sample) => [...(readsInputs ? [file] : []), ...handedOver.filesOf(reads, sample)],
      reducer: { module: compiledModule('calibrate/sequence/stageReducer'), config },
      signal: this.options.signal,
      onProgress: onProgress && ((done) => onProgress(done / store.count)),
    })
    const byKey = new Map(outcomes.map((outcome) => [outcome.key, outcome]))
    return toStore(folder, requests, (key) => byKey.get(key), LARGEST_BYTES)
  }

  /** Values that requests look at and nodes make. */
  private valuesOf(requests: readonly GramRequest[]): string[] {
    const { graph } = this.model
    return [...new Set(requests.map(({ value }) => value))].filter((name) => graph.own(name)?.producer)
  }

  /** The fewer features, the fewer rows tell how they go together. */
  private rowsPerSample(request: GramRequest): number {
    const { rowsPerFeature = ROWS_PER_FEATURE } = this.options
    const rows = Math.ceil((rowsPerFeature * featuresOf(request)) / this.store.count)
    return Math.min(MOST_ROWS_PER_SAMPLE, Math.max(FEWEST_ROWS_PER_SAMPLE, rows))
  }

  private requireSameNodes(): void {
    const { nodes } = this.model.graph
    if (nodes.length === this.nodes.length && nodes.every((node, index) => node === this.nodes[index])) return
    throw new OnnxpressError(
      'INVALID_GRAPH',
      'Nodes were added or removed while a model was looked at in stages; only weights may change',
    )
  }
}

/** What a store says, told for every request that it answers. */
async function* answers(batches: Batches, store: GramStore): AsyncGenerator<SequentialGram> {
  try {
    for (const key of store.keys) {
      const gram = await store.read(key)
      for (const each of batches.keysOf(key)) yield { key: each, gram }
    }
    for (const { key, reason } of store.skipped)
      for (const each of batches.keysOf(key)) yield { key: each, reason }
  } finally {
    await store.dispose()
  }
}

/** A name that onnxruntime gave to a size means nothing in another model. */
function withoutSymbols(type: ValueType): ValueType {
  if (type.kind !== 'tensor' || !type.dataType) return type
  const shape = type.shape?.map((size) => (typeof size === 'number' ? size : undefined))
  return tensorType(type.dataType, shape)
}
