/** Runs in the host: compares each sample's outputs with the reference's and keeps only sums. */
import { badArgument } from '../errors'
import { type FeedTensor, type Reducer, readSample } from '../runtime'
import { type Agreement, argMaxAgreement, equalElements } from './agreement'
import { addSums, noSums, type ParitySums, sumErrors } from './paritySums'
import { isFloatType, toFloats } from './toFloats'

export interface ParityConfig {
  /** Files with the reference outputs of each sample; without them the first session is the reference. */
  readonly files?: readonly string[]
}

/** What was summed up for one output. */
export interface OutputSums {
  readonly name: string
  readonly isFloat: boolean
  readonly sums: ParitySums
  readonly agreement: Agreement
}

/** Compares the last session with the recorded outputs, or with the first session. */
export function createReducer({ files }: ParityConfig): Reducer<OutputSums[]> {
  const outputs = new Map<string, OutputSums>()
  return {
    async add(sessions, { index }) {
      const reference = files ? await readSample(files[index] ?? '') : (sessions[0] ?? {})
      const actual = sessions.at(-1) ?? {}
      await Promise.all(
        Object.entries(reference).map(([name, wanted]) => compare(outputs, name, wanted, actual[name])),
      )
    },
    finish: () => [...outputs.values()],
  }
}

async function compare(
  outputs: Map<string, OutputSums>,
  name: string,
  wanted: FeedTensor,
  found: FeedTensor | undefined,
): Promise<void> {
  if (
    !found ||
    String(found.dims) !== String(wanted.dims) ||
    (found.type === 'string') !== (wanted.type === 'string')
  ) {
    throw badArgument(
      `${format(wanted)}, as the reference gives,`,
      `output ${JSON.stringify(name)}`,
      found ? format(found) : undefined,
    )
  }
  const isFloat = isFloatType(wanted.type)
  const output = outputs.get(name) ?? { name, isFloat, sums: noSums(), agreement: { equal: 0, positions: 0 } }
  outputs.set(name, output)
  const [reference, actual] = await Promise.all([toNumbers(wanted, name), toNumbers(found, name)])
  const agreement = isFloat
    ? argMaxAgreement(reference, actual, wanted.dims)
    : equalElements(elements(wanted), elements(found))
  addSums(output.sums, await sumErrors(reference, actual))
  output.agreement.equal += agreement.equal
  output.agreement.positions += agreement.positions
}

function elements({ data }: FeedTensor): ArrayLike<unknown> {
  return data as ArrayLike<unknown>
}

/** Elements as float32; none for texts, which can only be equal or not. */
async function toNumbers(tensor: FeedTensor, name: string): Promise<Float32Array> {
  if (isFloatType(tensor.type)) return toFloats(tensor, name)
  return tensor.type === 'string'
    ? new Float32Array(0)
    : Float32Array.from(elements(tensor) as ArrayLike<number>, Number)
}

function format({ type, dims }: FeedTensor): string {
  return `${type}[${dims}]`
}
