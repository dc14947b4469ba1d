/**
 * Every kernel that linear layers with constant weights may have, whichever is fastest here: floats as onnxruntime has
 * them, integers as the dense kernel has them.
 */
import { attribute, Tensor, type Value } from '../../src/ir'
import { cpu } from '../../src/native'
import { closeRuntime } from '../../src/runtime'
import { LARGEST_WEIGHT } from '../support/saturation'
import { expectParity, floats, ModelBuilder, noise, type Results, runEngine } from './support'

let mockWanted: string | undefined

jest.mock('../../src/engine/choice/choose', () => {
  const { variantsOf } = jest.requireActual('../../src/engine/choice/choose')
  type Named = { readonly kernel: string; readonly note?: string }
  const isWanted = ({ kernel, note }: Named) => `${kernel}: ${note}`.startsWith(`${mockWanted}`)
  return {
    chooseKernels: async (steps: readonly Named[]) =>
      steps.map((step) => (variantsOf(step) as Named[]).find(isWanted) ?? step),
  }
})

afterAll(closeRuntime)
afterEach(() => {
  mockWanted = undefined
})

interface Blocks {
  readonly outputs: number
  readonly inputs: number
}

/** Numbers of [inputs, outputs], or transposed, of which three in four blocks are zero. */
function sparse(
  inputs: number,
  outputs: number,
  blocks: Blocks,
  isTransposed: boolean,
  scale: number,
): number[] {
  const across = Math.ceil(outputs / blocks.outputs)
  const kept = noise(across * Math.ceil(inputs / blocks.inputs), 11)
  const numbers = noise(inputs * outputs, 12)
  return Array.from(numbers, (number, at) => {
    const [input, output] = isTransposed
      ? [at % inputs, Math.floor(at / inputs)]
      : [Math.floor(at / outputs), at % outputs]
    const block = Math.floor(input / blocks.inputs) * across + Math.floor(output / blocks.outputs)
    return (kept[block] ?? 0) > 0.5 ? number * scale : 0
  })
}

const [INPUTS, OUTPUTS] = [70, 52]

/** What this processor has no kernel for is not offered. */
const isOffered = (wanted: string) =>
  [
    [/^gemv: bitmap/, 'avx512'],
    [/^q.*bitmap/, 'avx512vbmi2'],
    [/^q.*32x4/, 'amx'],
  ].every(
    ([pattern, isa]) =>
      !new RegExp(pattern as RegExp).test(wanted) || cpu().available.includes(isa as string),
  )

describe.each([
  ['blocklinear: 8x1', 8, 19],
  ['blocklinear: 4x1', 4, 19],
  ['blocklinear: 1x1', 1, 100],
  ['gemv: few rows', 1, 4],
  ['gemv: few rows', 1, 1],
  ['gemv: 16x1', 16, 3],
  ['gemv: bitmap', 1, 2],
])('%s', (wanted, outputs, rows) => {
  const kernel = isOffered(wanted) ? wanted.replace(/:.*/, '') : 'matmul'
  const x = { x: floats([rows, INPUTS], 5) }
  const weights = (build: ModelBuilder, isTransposed: boolean) =>
    build.constant(
      Tensor.float32(
        sparse(INPUTS, OUTPUTS, { outputs, inputs: 1 }, isTransposed, 1),
        isTransposed ? [OUTPUTS, INPUTS] : [INPUTS, OUTPUTS],
      ),
    )

  test('MatMul, bias, residual and activation', async () => {
    mockWanted = wanted
    const build = new ModelBuilder()
    const input = build.input('x', [rows, INPUTS])
    const product = build.add('MatMul', [input, weights(build, false)])
    const sum = build.add('Add', [
      build.add('Add', [product, build.weight([OUTPUTS])]),
      build.input('r', [rows, OUTPUTS]),
    ])
    build.output(build.add('Gelu', [sum]))
    const run = await expectParity(build.model, { ...x, r: floats([rows, OUTPUTS], 6) }, 1e-5)
    expect(run.kernels).toEqual([kernel])
  })

  test('Gemm with transposed weights', async () => {
    mockWanted = wanted
    const build = new ModelBuilder()
    const inputs = [build.input('x', [rows, INPUTS]), weights(build, true), build.weight([OUTPUTS])]
    build.output(build.add('Gemm', inputs, { transB: attribute.int(1) }))
    const run = await expectParity(build.model, x, 1e-5)
    expect(run.kernels).toEqual([kernel])
  })
})

describe.each([
  ['qblocklinear', '32x4', 32, 21],
  ['qblocklinear', '8x4', 8, 21],
  ['qblocklinear', '4x4', 4, 21],
  ['qgemv', 'few rows', 4, 1],
  ['qgemv', 'few rows', 4, 4],
  ['qgemv', '16x4', 16, 3],
  ['qgemv', 'bitmap', 4, 2],
])('%s: %s', (kernel, pattern, outputs, rows) => {
  const x = { x: floats([rows, INPUTS], 5) }
  const weights = (isTransposed = false) => {
    const numbers = sparse(INPUTS, OUTPUTS, { outputs, inputs: 4 }, isTransposed, LARGEST_WEIGHT).map(
      Math.round,
    )
    return Tensor.from('int8', isTransposed ? [OUTPUTS, INPUTS] : [INPUTS, OUTPUTS], Int8Array.from(numbers))
  }
  const scalar = (build: ModelBuilder, value: number) => build.constant(Tensor.float32([value], []))

  async function expectSame(build: ModelBuilder, feeds: Results, variant: string): Promise<void> {
    const dense = await expectParity(build.model, feeds, 2e-2)
    mockWanted = `${kernel}.${variant}: ${pattern}`
    const run = await runEngine(build.model, feeds)
    expect(run.results).toEqual(dense.results)
    if (isOffered(mockWanted)) expect(run.kernels).toContain(`${kernel}.${variant}`)
  }

  test('8 bits to 8 bits', async () => {
    const build = new ModelBuilder()
    const input = build.rounded(build.input('x', [rows, INPUTS]), 0.008, 127)
    const w = build.add('DequantizeLinear', [build.constant(weights(true)), build.weight([OUTPUTS], 0.01)], {
      axis: attribute.int(0),
    })
    const product = build.add('Gemm', [input, w], { transB: attribute.int(1) })
    build.output(build.rounded(product, 0.05, 120))
    await expectSame(build, x, 'rows')
  })

  test('8 bits to floats, with bias and residual', async () => {
    const build = new ModelBuilder()
    const input = build.rounded(build.input('x', [rows, INPUTS]), 0.008, 127)
    const w = build.add('DequantizeLinear', [build.constant(weights()), scalar(build, 0.01)])
    const product = build.add('Add', [build.add('MatMul', [input, w]), build.weight([OUTPUTS])])
    build.output(build.add('Relu', [build.add('Add', [product, build.input('r', [rows, OUTPUTS])])]))
    await expectSame(build, { ...x, r: floats([rows, OUTPUTS], 6) }, 'f32')
  })

  test('8 bits by way of a gelu in floats', async () => {
    const build = new ModelBuilder()
    const input = build.rounded(build.input('x', [rows, INPUTS]), 0.008, 127)
    const w = build.add('DequantizeLinear', [build.constant(weights()), scalar(build, 0.01)])
    const product = build.add('Add', [build.add('MatMul', [input, w]), build.weight([OUTPUTS])])
    build.output(build.rounded(build.add('Gelu', [product]), 0.02, 9))
    await expectSame(build, x, kernel === 'qblocklinear' ? 'activated' : 'f32')
  })

  test('activations quantized at run time', async () => {
    const build = new ModelBuilder()
    const node = build.graph.add('DynamicQuantizeLinear', [build.input('x', [rows, INPUTS])], { outputs: 3 })
    const [q, scale, point] = node.outputs as [Value, Value, Value]
    const sums = build.add('MatMulInteger', [q, build.constant(weights()), point])
    const factors = build.add('Mul', [scale, build.weight([OUTPUTS], 0.01)])
    const product = build.add('Mul', [build.add('Cast', [sums], { to: attribute.int(1) }), factors])
    build.output(build.add('Add', [product, build.weight([OUTPUTS])]))
    await expectSame(build, x, 'dynamic')
  })
})
