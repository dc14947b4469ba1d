import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node'
import type { Model } from '../../../../src/ir'
import { decodeModel, decodeTensor } from '../../../../src/onnx/decodeModel'
import { encodeModel } from '../../../../src/onnx/encodeModel'
import { canUpgrade, upgradeOpset } from '../../../../src/onnx/upgrade/upgradeOpset'

type Feeds = Record<string, RuntimeTensor>
type Outputs = readonly RuntimeTensor[]

/** What came of one test case. */
export interface CaseResult {
  readonly name: string
  readonly outcome: 'equal' | 'newer' | 'refused' | 'notRunnable' | 'different' | 'broken'
  readonly detail: string
}

/** Upgrades a model of ONNX's test data and runs it before and after on its first data set. */
export async function compareCase(folder: string, target: number): Promise<CaseResult> {
  const name = folder.split('/').slice(-2).join('/')
  const result = (outcome: CaseResult['outcome'], detail = ''): CaseResult => ({ name, outcome, detail })
  const bytes = readFileSync(join(folder, 'model.onnx'))
  const model = decodeModel(bytes)
  if (model.opset >= target) return result('newer')
  const reasons = canUpgrade(model, target)
  if (reasons.length > 0)
    return result('refused', reasons.map(({ at, reason }) => `${at}: ${reason}`).join('; '))
  upgradeOpset(model, target)
  model.verify()
  const feeds = readFeeds(folder, model)
  if (!feeds) return result('notRunnable', 'no feeds')
  const before = await attempt(bytes, feeds)
  const after = await attempt(encodeModel(model), feeds)
  const truth = typeof before === 'string' ? readExpected(folder) : before
  if (typeof after === 'string' || !truth) {
    if (typeof after !== 'string') return result('notRunnable', String(before))
    return result(typeof before === 'string' ? 'notRunnable' : 'broken', after)
  }
  const difference = firstDifference(truth, after)
  return difference
    ? result('different', difference)
    : result('equal', typeof before === 'string' ? 'by data' : '')
}

/** The outputs, or what onnxruntime said against it. */
async function attempt(bytes: Uint8Array, feeds: Feeds): Promise<Outputs | string> {
  try {
    const options = { logSeverityLevel: 4, intraOpNumThreads: 1 } as const
    const session = await InferenceSession.create(bytes, options)
    const results = await session.run(feeds)
    return session.outputNames.map((output) => results[output] as RuntimeTensor)
  } catch (error) {
    return String(error)
  }
}

function readFeeds(folder: string, model: Model): Feeds | undefined {
  const tensors = readTensors(folder, 'input')
  const names = model.graph.inputs.filter((input) => !input.initializer).map((input) => input.name)
  if (!tensors || tensors.length !== names.length) return undefined
  return Object.fromEntries(names.map((name, index) => [name, tensors[index] as RuntimeTensor]))
}

const readExpected = (folder: string): Outputs | undefined => readTensors(folder, 'output')

function readTensors(folder: string, kind: string): RuntimeTensor[] | undefined {
  const set = join(folder, 'test_data_set_0')
  if (!existsSync(set)) return undefined
  const count = readdirSync(set).filter((file) => file.startsWith(`${kind}_`)).length
  try {
    return Array.from({ length: count }, (_, index) => readTensor(join(set, `${kind}_${index}.pb`)))
  } catch {
    // Sequences, maps and types that onnxruntime-node has no arrays for.
    return undefined
  }
}

function readTensor(path: string): RuntimeTensor {
  const tensor = decodeTensor(readFileSync(path))
  const { dataType, shape } = tensor
  if (dataType === 'string') return new RuntimeTensor('string', [...tensor.strings], [...shape])
  return new RuntimeTensor(dataType as 'float32', tensor.elements as Float32Array, [...shape])
}

function firstDifference(expected: Outputs, found: Outputs): string | undefined {
  if (expected.length !== found.length) return `${expected.length} outputs before, ${found.length} after`
  for (const [index, tensor] of expected.entries()) {
    const difference = compareTensors(tensor, found[index] as RuntimeTensor)
    if (difference) return `output ${index}: ${difference}`
  }
  return undefined
}

function compareTensors(expected: RuntimeTensor, found: RuntimeTensor): string | undefined {
  if (expected.type !== found.type) return `${expected.type} became ${found.type}`
  if (`${expected.dims}` !== `${found.dims}`) return `[${expected.dims}] became [${found.dims}]`
  const [left, right] = [toNumbers(expected), toNumbers(found)]
  const at = left.findIndex((value, index) => !isClose(value, right[index]))
  return at < 0 ? undefined : `element ${at} is ${right[at]}, not ${left[at]}`
}

function toNumbers(tensor: RuntimeTensor): (number | string)[] {
  return Array.from(tensor.data as ArrayLike<unknown>, (each) =>
    typeof each === 'string' ? each : Number(each),
  )
}

function isClose(left: number | string, right: number | string | undefined): boolean {
  if (typeof left === 'string' || typeof right === 'string' || right === undefined) return left === right
  if (Object.is(left, right) || left === right || (Number.isNaN(left) && Number.isNaN(right))) return true
  return Math.abs(left - right) <= 1e-6 + 2e-5 * Math.abs(left)
}
