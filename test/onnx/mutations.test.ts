import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OnnxpressError } from '../../src/errors'
import { Model } from '../../src/model'
import { TEST_DATA, testModels } from './support/testData'
import { field, int, onnx } from './support/wire'

const ROUNDS = 100_000
/** A bug found in any round is found again, with its number in the message. */
const SEED = 20_261_122

/** Numbers from 0 to below `limit`, always the same (a linear congruential generator). */
function createRandom(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

/** Small models with all that the format has: subgraphs, functions, sparse and string tensors, odd types. */
function seedModels(): Buffer[] {
  const own = [everything()]
  const names = [
    'node/test_if',
    'node/test_loop11',
    'node/test_scan9_sum',
    'node/test_sequence_map_identity_2_sequences',
    'node/test_gemm_all_attributes',
    'node/test_strnormalizer_export_monday_casesensintive_lower',
    'node/test_optional_get_element',
    'pytorch-converted/test_Conv1d',
    'simple/test_sequence_model1',
  ]
  const named = names.map((name) => join(TEST_DATA, name, 'model.onnx')).filter((path) => existsSync(path))
  const small = testModels().filter((path) => statSync(path).size < 2000)
  const some = small.filter((_, index) => index % 25 === 0)
  return [...own, ...[...named, ...some].map((path) => readFileSync(path))]
}

function everything(): Buffer {
  const x = onnx.valueInfo('x', onnx.tensorType(1, 2))
  const inner = onnx.graph({ nodes: [onnx.node('Neg', ['x'], ['r'])], outputs: [onnx.valueInfo('r')] })
  const branch = field(5, field(1, 'then_branch'), field(6, inner), int(20, 5))
  const call = onnx.node('f', ['b'], ['y'], field(7, 'd'))
  const strings = onnx.tensor('t', 8, [2], field(6, 'a'), field(6, 'b'))
  const typed = onnx.tensor('i', 6, [2], field(5, Uint8Array.of(1, 2)))
  const values = field(1, onnx.tensor('s', 1, [1], onnx.raw(new Uint8Array(4))))
  const indices = field(2, onnx.tensor('', 7, [1], onnx.raw(new Uint8Array(8))))
  const sparse = Buffer.concat([values, indices, int(3, 4), int(3, 2)])
  const graph = onnx.graph({
    nodes: [onnx.node('If', ['x'], ['b'], branch), call],
    initializers: [strings, typed, onnx.tensor('q', 22, [3], onnx.raw(new Uint8Array(2)))],
    sparse: [sparse],
    inputs: [x],
    outputs: [onnx.valueInfo('y', field(4, field(1, field(1, int(1, 1)))))],
  })
  const body = field(7, onnx.node('Neg', ['a'], ['c'], onnx.attribute('k', 7, field(8, Uint8Array.of(1, 2)))))
  return Buffer.from(
    onnx.model(graph, field(25, field(1, 'f'), field(10, 'd'), field(4, 'a'), field(5, 'c'), body)),
  )
}

function mutate(bytes: Buffer, seeds: readonly Buffer[], random: (limit: number) => number): Buffer {
  const at = random(bytes.length)
  switch (random(6)) {
    case 0:
      return withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << random(8)))
    case 1:
      return withByte(bytes, at, [0, 1, 2, 127, 128, 255][random(6)] ?? 0)
    case 2:
      return withByte(bytes, at, (bytes[at] ?? 0) + random(5) - 2)
    case 3: {
      const other = seeds[random(seeds.length)] ?? bytes
      const from = random(other.length)
      return Buffer.concat([
        bytes.subarray(0, at),
        other.subarray(from, from + random(40)),
        bytes.subarray(at),
      ])
    }
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random(20))])
    default:
      return bytes.subarray(0, at)
  }
}

function withByte(bytes: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = byte & 255
  return copy
}

/** What came of the bytes: `read` for a model that holds up, or the code of a typed error. */
function outcome(bytes: Buffer): string {
  let model: Model
  try {
    model = Model.fromBytes(bytes)
  } catch (error) {
    if (error instanceof OnnxpressError) return error.code
    throw error
  }
  model.verify()
  const text = model.toText()
  expect(Model.fromBytes(model.toBytes()).toText()).toBe(text)
  return 'read'
}

test(`${ROUNDS} random mutations end in a model or a typed error`, () => {
  const random = createRandom(SEED)
  const seeds = seedModels()
  const counts = new Map<string, number>()
  let slowestMs = 0
  for (let round = 0; round < ROUNDS; round++) {
    let bytes = seeds[random(seeds.length)] ?? Buffer.alloc(0)
    for (let edits = 1 + random(3); edits > 0 && bytes.length > 0; edits--)
      bytes = mutate(bytes, seeds, random)
    const started = performance.now()
    try {
      const result = outcome(bytes)
      counts.set(result, (counts.get(result) ?? 0) + 1)
    } catch (error) {
      throw new Error(`Round ${round}, bytes ${bytes.toString('hex')}`, { cause: error })
    }
    slowestMs = Math.max(slowestMs, performance.now() - started)
  }
  expect(slowestMs).toBeLessThan(2000)
  expect(counts.get('read')).toBeGreaterThan(ROUNDS / 50)
  expect(counts.get('BAD_MODEL')).toBeGreaterThan(ROUNDS / 2)
  expect(
    [...counts.keys()].filter((code) => !/^(read|BAD_MODEL|UNSUPPORTED|LIMIT_EXCEEDED)$/.test(code)),
  ).toEqual([])
}, 120_000)
