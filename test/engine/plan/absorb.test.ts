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
