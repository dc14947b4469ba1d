import { attribute, Tensor, type Value } from '../../../src/ir'
import { findLayers } from '../../../src/passes/layer/layer'
import { LayerBuilder } from '../quantize/support'

function reasonOf(make: (b: LayerBuilder) => unknown): string | undefined {
  const b = new LayerBuilder()
  make(b)
  const { layers, skipped } = findLayers(b.model.graph, () => false)
  expect(layers).toEqual([])
  return skipped[0]?.reason
}

const x = (b: LayerBuilder, shape = [2, 4]): Value => b.input('x', shape)

function half(b: LayerBuilder, shape: readonly number[]): Value {
  const size = shape.reduce((all, each) => all * each, 1)
  return b.model.graph.addInitializer(Tensor.from('float16', shape, new Uint16Array(size)), 'half')
}

const refusals: [RegExp, (b: LayerBuilder) => unknown][] = [
  [/both inputs are activations/, (b) => b.node('MatMul', [x(b), b.input('w', [4, 3])])],
  [/its first input is the constant/, (b) => b.node('MatMul', [b.some([3, 2]), x(b)])],
  [/both inputs are constants/, (b) => b.node('MatMul', [b.some([3, 2]), b.some([2, 4])])],
  [/lacks an input or output/, (b) => b.node('Conv', [x(b)])],
  [
    /its weight is float16: toFloat32/,
    (b) => b.node('MatMul', [b.input('x', [2, 4], 'float16'), half(b, [4, 3])]),
  ],
  [/its bias is not a constant/, (b) => b.node('Gemm', [x(b), b.some([4, 3]), b.input('bias', [3])])],
  [/its weight has 3 axes, not 2/, (b) => b.node('MatMul', [x(b, [5, 2, 4]), b.some([5, 4, 3])])],
  [/its weight has 1 axes, not 2/, (b) => b.node('MatMul', [x(b), b.some([4])])],
  [/transA/, (b) => b.node('Gemm', [x(b), b.some([2, 3])], { transA: attribute.int(1) })],
  [/alpha/, (b) => b.node('Gemm', [x(b), b.some([4, 3])], { alpha: attribute.float(2) })],
  [
    /scales its bias/,
    (b) => b.node('Gemm', [x(b), b.some([4, 3]), b.some([3])], { beta: attribute.float(0) }),
  ],
  [/not one number an output/, (b) => b.node('Gemm', [x(b), b.some([4, 3]), b.some([1])])],
  [/not one number an output/, (b) => b.node('Gemm', [x(b), b.some([4, 2]), b.some([2, 1])])],
]

test.each(refusals)('%s', (reason, make) => {
  expect(reasonOf(make)).toMatch(reason)
})

test('a weight that callers may override is activations', () => {
  expect(
    reasonOf((b) => {
      const w = b.some([4, 3])
      b.model.graph.addInput(w)
      b.node('MatMul', [x(b), w])
    }),
  ).toMatch(/both inputs are activations/)
})

test('what is kept is skipped as asked', () => {
  const b = new LayerBuilder()
  b.node('MatMul', [x(b), b.some([4, 3])])
  expect(findLayers(b.model.graph, () => true).skipped).toEqual([
    { at: 'MatMul(MatMul_output)', reason: 'kept as asked' },
  ])
})

test('nodes of other domains are no layers, nor worth a word', () => {
  const b = new LayerBuilder()
  b.model.graph.add('Conv', [x(b), b.some([4, 3])], { domain: 'mine' })
  expect(findLayers(b.model.graph, () => false)).toEqual({ layers: [], skipped: [] })
})

test('beta without bias, and a bias as a row, are fine', () => {
  const b = new LayerBuilder()
  const a = b.node('Gemm', [x(b), b.some([4, 3])], { beta: attribute.float(0.5) })
  b.node('Gemm', [a, b.some([3, 2]), b.some([1, 2])])
  expect(findLayers(b.model.graph, () => false).layers.map((layer) => layer.kind)).toEqual(['gemm', 'gemm'])
})
