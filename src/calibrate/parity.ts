/** How close a session's outputs are to those of another, over samples. */
import {
  compiledModule,
  makeTempFolder,
  type RequestOptions,
  removeFolder,
  SampleStore,
  type Session,
  type StoredSample,
  sweep,
} from '../runtime'
import type { OutputSums } from './parityReducer'
import { addSums, cosine, noSums, type ParitySums, snrDb } from './paritySums'

/** How close outputs are. */
export interface Closeness {
  /** Signal-to-noise ratio, 10 · log10(Σ reference² / Σ (reference − actual)²), in dB; Infinity when equal. */
  readonly snrDb: number
  /** Cosine of the angle between reference and actual, from −1 to 1. */
  readonly cosine: number
  /** Largest |reference − actual|. */
  readonly maxAbsolute: number
  /**
   * Share of equal choices, from 0 to 1: of the largest element along the last axis, or of the elements themselves
   * where they are integers or texts. Undefined where there is nothing to choose from.
   */
  readonly agreement: number | undefined
  /** Elements compared, over all samples. */
  readonly elements: number
}

/** Closeness of one output. */
export interface OutputParity extends Closeness {
  readonly name: string
}

export interface Parity {
  readonly outputs: readonly OutputParity[]
  /** Over all elements of all floating-point outputs (of all others where there are none); agreement over all. */
  readonly overall: Closeness
  readonly sampleCount: number
}

export interface ParityOptions extends RequestOptions {
  /** Only the first so many samples; all if left out. */
  readonly limit?: number | undefined
}

/**
 * Runs the samples and keeps all outputs on disk, so that many candidates are compared with an original that runs once.
 * Dispose of the returned store when done.
 */
export async function recordOutputs(
  session: Session,
  store: SampleStore,
  options: ParityOptions = {},
): Promise<SampleStore> {
  const folder = await makeTempFolder('outputs')
  try {
    const reducer = { module: compiledModule('calibrate/recordReducer'), config: { folder } }
    return new SampleStore(
      folder,
      await sweep<StoredSample[]>({ ...options, sessions: [session], store, reducer }),
    )
  } catch (error) {
    await removeFolder(folder)
    throw error
  }
}

/**
 * Compares a session with a reference: another session, or outputs recorded with {@link recordOutputs}. The reference's
 * outputs are what is compared; the session must give them all, in the same shapes.
 * @throws OnnxpressError `BAD_ARGUMENT` when an output is missing or has another shape, `RUNTIME`, `ABORTED`.
 */
export async function parity(
  session: Session,
  store: SampleStore,
  reference: Session | SampleStore,
  options: ParityOptions = {},
): Promise<Parity> {
  const recorded = reference instanceof SampleStore
  const sessions = recorded ? [session] : [reference, session]
  const config = recorded ? { files: reference.files } : {}
  const limit = Math.min(options.limit ?? store.count, store.count, recorded ? reference.count : store.count)
  const reducer = { module: compiledModule('calibrate/parityReducer'), config }
  const outputs = await sweep<OutputSums[]>({ ...options, sessions, store, reducer, limit })
  return {
    outputs: outputs.map((each) => ({ name: each.name, ...closeness(each) })),
    overall: overall(outputs),
    sampleCount: limit,
  }
}

function overall(outputs: readonly OutputSums[]): Closeness {
  const floats = outputs.filter((output) => output.isFloat)
  const sums = noSums()
  for (const output of floats.length > 0 ? floats : outputs) addSums(sums, output.sums)
  const agreement = { equal: 0, positions: 0 }
  for (const output of outputs) {
    agreement.equal += output.agreement.equal
    agreement.positions += output.agreement.positions
  }
  return closeness({ sums, agreement })
}

function closeness({ sums, agreement }: { sums: ParitySums; agreement: OutputSums['agreement'] }): Closeness {
  const { equal, positions } = agreement
  return {
    snrDb: snrDb(sums),
    cosine: cosine(sums),
    maxAbsolute: sums.maxAbsolute,
    agreement: positions > 0 ? equal / positions : undefined,
    elements: sums.elements,
  }
}
