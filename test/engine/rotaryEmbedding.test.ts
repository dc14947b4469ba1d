import { InferenceSession } from '../../src/engine'
import { attribute, Tensor } from '../../src/ir'
import { closeRuntime, type FeedTensor } from '../../src/runtime'
import { type EngineRun, expectParity, floats, ModelBuilder } from './support'

afterAll(closeRuntime)

const POSITIONS = 20

interface Case {
  dims: readonly number[]
  pairs: number
  positions?: readonly number[] | undefined
  positionDims?: readonly number[]
  attributes?: Record<string, number>
}

/** A model of one node of onnxruntime's or ONNX's, and its feeds. */
function modelOf(isOnnx: boolean, { dims, pairs, positions, positionDims, attributes = {} }: Case) {
  const build = new ModelBuilder()
  build.model.opsetImports.set('com.microsoft', 1)
  if (isOnnx) build.model.opsetImports.set('', 23)
  const x = build.input('x', dims)
  const named = positionDims ?? [positions?.length ?? 0]
  const given = positions && build.input('positions', named, 'int64')
  const feeds: Record<string, FeedTensor> = {
    x: floats(dims),
    ...(positions && {
      positions: { type: 'int64', dims: named, data: BigInt64Array.from(positions, BigInt) },
    }),
  }
  const rows = positions ? [POSITIONS] : [dims[0] ?? 1, (dims.length === 4 ? dims[2] : dims[1]) ?? 1]
  const size = rows.reduce((all, each) => all * each, pairs)
  const table = (turn: (angle: number) => number) =>
    build.constant(
      Tensor.float32(
        Array.from({ length: size }, (_, at) => turn(at / 7)),
        [...rows, pairs],
      ),
    )
  const tables = [table(Math.cos), table(Math.sin)]
  const node = build.graph.add('RotaryEmbedding', isOnnx ? [x, ...tables, given] : [x, given, ...tables], {
    domain: isOnnx ? '' : 'com.microsoft',
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, each]) => [name, attribute.int(each)]),
    ),
  })
  build.output(node.output() as NonNullable<ReturnType<typeof node.output>>)
  return { model: build.model, feeds }
}

async function expectOne(isOnnx: boolean, given: Case): Promise<EngineRun> {
  const { model, feeds } = modelOf(isOnnx, given)
  const run = await expectParity(model, feeds, 1e-6, { intraOpNumThreads: 2 })
  expect(run.kernels).toEqual(['rotaryEmbedding'])
  return run
}

const each = [3, 7, 0, 19, 5, 5, 1, 2]

describe("onnxruntime's", () => {
  test.each<[string, Case]>([
    [
      'heads in an axis of their own',
      { dims: [2, 3, 4, 16], pairs: 8, positions: each, positionDims: [2, 4] },
    ],
    ['heads side by side', { dims: [2, 4, 48], pairs: 8, positions: each, positionDims: [2, 4] }],
    ['one position', { dims: [2, 3, 4, 16], pairs: 8, positions: [6] }],
    ['neighbors', { dims: [2, 4, 48], pairs: 8, positions: [6], attributes: { interleaved: 1 } }],
    [
      'a part of each head',
      {
        dims: [2, 4, 96],
        pairs: 8,
        positions: [2],
        attributes: { rotary_embedding_dim: 16, num_heads: 3 },
      },
    ],
  ])('%s', async (_, given) => {
    await expectOne(false, given)
  })
})

describe("ONNX's", () => {
  test.each<[string, Case]>([
    [
      'heads in an axis of their own',
      { dims: [2, 3, 4, 16], pairs: 8, positions: each, positionDims: [2, 4] },
    ],
    [
      'heads side by side, neighbors',
      {
        dims: [2, 4, 48],
        pairs: 8,
        positions: each,
        positionDims: [2, 4],
        attributes: { num_heads: 3, interleaved: 1 },
      },
    ],
    ['angles of each token', { dims: [2, 3, 4, 16], pairs: 8, positions: undefined }],
  ])('%s', async (_, given) => {
    await expectOne(true, given)
  })
})

test.each([[-1], [POSITIONS]])('position %d is refused', async (position) => {
  const { model, feeds } = modelOf(false, {
    dims: [1, 1, 2, 16],
    pairs: 8,
    positions: [0, 1],
    positionDims: [1, 2],
  })
  const session = await InferenceSession.create(model)
  const wrong = {
    ...feeds,
    positions: { type: 'int64', dims: [1, 2], data: BigInt64Array.of(0n, BigInt(position)) },
  }
  await expect(session.run(wrong)).rejects.toMatchObject({ code: 'RUNTIME' })
  await session.release()
})
