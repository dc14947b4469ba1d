/**
 * Runs models of ONNX's test suite in the engine and in onnxruntime. A child process: onnxruntime aborts the process for
 * a few of these models. Folders arrive by message, one verdict goes back for each.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession } from '../../src/engine'
import { Model } from '../../src/model'
import { decodeTensor } from '../../src/onnx'
import type { FeedTensor } from '../../src/runtime'
import { differences, type Results, runRuntime } from './support'

export interface Task {
  readonly folder: string
  /** Whether all inputs but the first become constants, as weights are in real models. */
  readonly frozen: boolean
}

export interface Verdict {
  readonly folder: string
  /** `native`: computed by the engine alone and the same; `shared`: with onnxruntime's help; `skipped`: nothing to compare. */
  readonly outcome: 'native' | 'shared' | 'skipped' | 'different'
  readonly why: string
}

const TOLERANCE = 2e-5

async function judge({ folder, frozen }: Task): Promise<Verdict> {
  const model = Model.fromBytes(new Uint8Array(readFileSync(join(folder, 'model.onnx'))))
  const feeds = feedsOf(folder, model)
  if (!feeds) return { folder, outcome: 'skipped', why: 'it has no tensors to be fed' }
  if (frozen) freeze(folder, model, feeds)
  let expected: Results
  try {
    expected = await runRuntime(model, feeds, { graphOptimizationLevel: 'disabled' })
  } catch (error) {
    return { folder, outcome: 'skipped', why: String(error) }
  }
  return compare(folder, model, feeds, expected)
}

async function compare(folder: string, model: Model, feeds: Results, expected: Results): Promise<Verdict> {
  await using session = await InferenceSession.create(model)
  // What onnxruntime would compute anyway proves nothing, and each of its processes takes a while.
  const foreign = (await session.explain()).declined[0]
  if (foreign) return { folder, outcome: 'shared', why: `${foreign.at}: ${foreign.reason}` }
  const actual = await session.run(feeds)
  const declined = (await session.explain()).declined[0]
  const off = Object.entries(differences(expected, actual)).find(
    ([, difference]) => !(difference <= TOLERANCE),
  )
  if (off) return { folder, outcome: 'different', why: `${off[0]} is off by ${off[1]}` }
  return declined
    ? { folder, outcome: 'shared', why: `${declined.at}: ${declined.reason}` }
    : { folder, outcome: 'native', why: '' }
}

function feedsOf(folder: string, model: Model): Record<string, FeedTensor> | undefined {
  try {
    const names = model.graph.inputs.filter((input) => !input.initializer).map(({ name }) => name)
    return Object.fromEntries(
      names.map((name, index) => {
        const tensor = decodeTensor(readFileSync(join(folder, 'test_data_set_0', `input_${index}.pb`)))
        const data = tensor.dataType === 'string' ? tensor.strings : tensor.elements
        return [name, { type: tensor.dataType, dims: tensor.shape, data }]
      }),
    )
  } catch {
    return undefined
  }
}

function freeze(folder: string, model: Model, feeds: Record<string, FeedTensor>): void {
  for (const [index, input] of [...model.graph.inputs].entries()) {
    if (index === 0 || input.initializer) continue
    const tensor = decodeTensor(readFileSync(join(folder, 'test_data_set_0', `input_${index}.pb`)))
    model.graph.removeInput(input)
    input.initializer = tensor.withName(input.name)
    delete feeds[input.name]
  }
}

process.on('message', async (task: Task) => {
  const failed = (error: unknown): Verdict => ({
    folder: task.folder,
    outcome: 'different',
    why: error instanceof Error ? `${error.stack}` : String(error),
  })
  process.send?.(await judge(task).catch(failed))
})
