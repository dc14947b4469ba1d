/**
 * Runs models of the test data in onnxruntime, as they are and as onnxpress writes them, and prints a line of JSON for
 * each: what it is about to do, then what came of it. A process of its own, since onnxruntime may crash.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { bitsPerElement } from '../../../src/ir/dataType'
import type { Tensor } from '../../../src/ir/tensor'
import { Model } from '../../../src/model'
import { decodeTensor } from '../../../src/onnx/decodeModel'

type Feeds = Record<string, OrtTensor>
type Outcome = { refused: string } | { outputs: Record<string, string> }

async function main(paths: string[]): Promise<void> {
  for (const path of paths) {
    say({ path, stage: 'original' })
    const bytes = readFileSync(path)
    const feeds = feedsFor(path)
    const original = await run(bytes, feeds)
    say({ path, stage: 'written' })
    const written = await run(Model.fromBytes(bytes).toBytes(), feeds)
    const isSame = same(original, written) || !same(original, await run(bytes, feeds))
    say({
      path,
      stage: 'done',
      isSame,
      ran: 'outputs' in original && Object.keys(original.outputs).length > 0,
      original,
      written,
    })
  }
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

/** Outputs by name, or what onnxruntime says against the model or the inputs. */
async function run(bytes: Uint8Array, feeds: Tensor[] | undefined): Promise<Outcome> {
  try {
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 4, intraOpNumThreads: 1 })
    const outputs = feeds ? await session.run(named(session, feeds)) : {}
    await session.release()
    return {
      outputs: Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, digest(tensor)])),
    }
  } catch (error) {
    return { refused: reason(error) }
  }
}

function named(session: InferenceSession, feeds: Tensor[]): Feeds {
  return Object.fromEntries(feeds.map((tensor, index) => [session.inputNames[index] ?? '', toOrt(tensor)]))
}

/** Byte offsets and addresses differ from one model to another that says the same. */
function reason(error: unknown): string {
  return String(error instanceof Error ? error.message : error).replace(/0x[\da-f]+|\d+/g, '#')
}

function digest(tensor: OrtTensor): string {
  const { type, dims, data } = tensor
  const content = Array.isArray(data)
    ? JSON.stringify(data)
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
  return `${type}[${dims}] ${content}`
}

function same(one: Outcome, other: Outcome): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** The first data set beside the model; undefined where onnxruntime's JavaScript cannot take it (sequences, optionals). */
function feedsFor(path: string): Tensor[] | undefined {
  const folder = join(dirname(path), 'test_data_set_0')
  if (!existsSync(folder)) return undefined
  const names = readdirSync(folder).filter((name) => name.startsWith('input_'))
  names.sort((a, b) => Number.parseInt(a.slice(6), 10) - Number.parseInt(b.slice(6), 10))
  try {
    return names.map((name) => decodeTensor(readFileSync(join(folder, name))))
  } catch {
    return undefined
  }
}

function toOrt(tensor: Tensor): OrtTensor {
  const dims = [...tensor.shape]
  if (tensor.dataType === 'string') return new OrtTensor('string', [...tensor.strings], dims)
  const elements = tensor.elements
  const Float16 = (
    globalThis as { Float16Array?: new (buffer: ArrayBufferLike, offset: number, length: number) => unknown }
  ).Float16Array
  const data =
    tensor.dataType === 'float16' && Float16
      ? new Float16(elements.buffer, elements.byteOffset, elements.length)
      : elements
  if (bitsPerElement(tensor.dataType) < 8) throw new Error('packed types are not fed')
  return new OrtTensor(tensor.dataType as 'float32', data as Float32Array, dims)
}

main(JSON.parse(readFileSync(0, 'utf8')) as string[])
