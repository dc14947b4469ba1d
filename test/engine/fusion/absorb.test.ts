import { attribute, Tensor, type Value } from '../../../src/ir'
import { closeRuntime } from '../../../src/runtime'
import { expectParity, floats, ModelBuilder } from '../support'

afterAll(closeRuntime)

/** Rows of a normalization, and what quantizes them. */
class RowsBuilder extends ModelBuilder {
  readonly x = this.input('x', [2, 5, 12])

  normalized(x = this.x): Value {
    return this.add('LayerNormalization', [x, this.weight([12]), this.weight([12])])
  }

  quantized(x: Value, scale = 0.02, dataType: 'uint8' | 'int8' = 'uint8'): Value {
    const zero = dataType === 'uint8' ? Uint8Array.of(120) : Int8Array.of(-7)
    const parameters = [
      this.constant(Tensor.float32([scale], [])),
      this.constant(Tensor.from(dataType, [], zero)),
    ]
    return this.add('DequantizeLinear', [this.add('QuantizeLinear', [x, ...parameters]), ...parameters])
  }
}

const feeds = { x: floats([2, 5, 12]) }
const TOLERANCE = 1e-6

describe('the bytes of normalized rows are made as they are stored', () => {
  test.each(['uint8', 'int8'] as const)('where nothing else reads them: %s', async (dataType) => {
    const build = new RowsBuilder()
    build.output(build.quantized(build.normalized(), 0.02, dataType))
    const run = await expectParity(build.model, feeds, TOLERANCE)
    expect(run.kernels).toEqual(['layerNormalization.bytes', 'dequantize'])
  })

  test('beside the floats where a residual is added to them', async () => {
    const build = new RowsBuilder()
    const rows = build.normalized()
    build.output(build.add('Add', [rows, build.quantized(rows)]))
    const run = await expectParity(build.model, feeds, TOLERANCE)
    expect(run.kernels).toEqual(['layerNormalization.bytes', 'dequantize', 'binary.add'])
  })

  test('beside the floats where these are an output', async () => {
    const build = new RowsBuilder()
    const rows = build.normalized()
    build.output(rows).output(build.quantized(rows))
    const run = await expectParity(build.model, feeds, TOLERANCE)
    expect(run.kernels).toEqual(['layerNormalization.bytes', 'dequantize'])
  })

  test('by one of two scales', async () => {
    const build = new RowsBuilder()
    const rows = build.normalized()
    build.output(build.quantized(rows, 0.02)).output(build.quantized(rows, 0.05))
    const run = await expectParity(build.model, feeds, TOLERANCE)
    expect([...run.kernels].sort()).toEqual([
      'dequantize',
      'dequantize',
      'layerNormalization.bytes',
      'quantize',
    ])
  })

  test('but not by a scale for each channel', async () => {
    const build = new RowsBuilder()
    const scales = build.constant(Tensor.float32([0.02, 0.01, 0.03, 0.02, 0.04], [5]))
    const q = build.add('QuantizeLinear', [build.normalized(), scales], { axis: attribute.int(1) })
    build.output(build.add('DequantizeLinear', [q, scales], { axis: attribute.int(1) }))
    const run = await expectParity(build.model, feeds, TOLERANCE)
    expect(run.kernels).toEqual(['layerNormalization.element', 'quantize', 'dequantize'])
  })
})

/** An attention of [batch, heads, queries, size] by 9 keys, and what becomes of its result. */
class AttentionBuilder extends RowsBuilder {
  readonly feeds: Record<string, ReturnType<typeof floats>>
  readonly context: Value

  constructor([batch, heads, queries, size]: readonly [number, number, number, number]) {
    super()
    const operand = (name: string, ...shape: number[]) => this.input(name, shape)
    const [q, k, v] = [
      operand('q', batch, heads, queries, size),
      operand('k', batch, heads, size, 9),
      operand('v', batch, heads, 9, size),
    ]
    const masked = this.add('Add', [this.add('MatMul', [q, k]), this.input('mask', [9])])
    this.context = this.add('MatMul', [this.add('Softmax', [masked]), v])
    this.feeds = {
      ...feeds,
      q: floats([batch, heads, queries, size], 1),
      k: floats([batch, heads, size, 9], 2),
      v: floats([batch, heads, 9, size], 3),
      mask: floats([9], 4),
    }
  }

  /** Heads beside each other. */
  joined(x = this.context, ...axes: number[]): Value {
    return this.add('Transpose', [x], { perm: attribute.ints(axes.length > 0 ? axes : [0, 2, 1, 3]) })
  }

  async kernels(tolerance = 1e-5): Promise<readonly string[]> {
    return (await expectParity(this.model, this.feeds, tolerance)).kernels
  }
}

describe('an attention stores its rows', () => {
  test.each([
    [1, 4, 7, 16],
    [2, 3, 70, 5],
    [3, 1, 5, 8],
    [2, 3, 1, 4],
    [1, 2, 6, 1],
  ] as const)('where a transposition would put them: %i, %i, %i, %i', async (...shape) => {
    const build = new AttentionBuilder(shape)
    build.output(build.joined())
    expect(await build.kernels()).toEqual(['attention'])
  })

  test.each([
    ['that tears rows apart', 0, 1, 3, 2],
    ['that puts columns first', 0, 3, 1, 2],
  ])('as they are computed before a transposition %s', async (_name, ...axes) => {
    const build = new AttentionBuilder([1, 4, 7, 16])
    build.output(build.joined(build.context, ...axes))
    expect(await build.kernels()).toEqual(['attention', 'copy'])
  })

  test('as they are computed where something else reads them', async () => {
    const build = new AttentionBuilder([1, 4, 7, 16])
    build.output(build.context).output(build.joined())
    expect(await build.kernels()).toEqual(['attention', 'copy'])
  })

  test('as bytes', async () => {
    const build = new AttentionBuilder([1, 4, 7, 16])
    build.output(build.quantized(build.context))
    expect(await build.kernels()).toEqual(['attention.bytes', 'dequantize'])
  })

  test('as bytes where a transposition would put them', async () => {
    const build = new AttentionBuilder([2, 4, 70, 16])
    build.output(build.quantized(build.joined(build.quantized(build.context, 0.02, 'int8')), 0.02, 'int8'))
    expect(await build.kernels()).toEqual(['attention.bytes', 'dequantize'])
  })

  test('as bytes that are made of them behind a transposition', async () => {
    const build = new AttentionBuilder([2, 4, 70, 16])
    build.output(build.quantized(build.joined()))
    expect(await build.kernels()).toEqual(['attention.bytes', 'dequantize'])
  })

  test('as floats where these are read too', async () => {
    const build = new AttentionBuilder([1, 4, 7, 16])
    build.output(build.add('Add', [build.context, build.quantized(build.context)]))
    expect(await build.kernels()).toEqual(['attention', 'quantize', 'dequantize', 'binary.add'])
  })
})
