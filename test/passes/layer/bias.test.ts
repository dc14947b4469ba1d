import { attribute, type Value } from '../../../src/ir'
import { correctBias } from '../../../src/passes/layer/bias'
import { findLayers, type Layer } from '../../../src/passes/layer/layer'
import { LayerBuilder } from '../quantize/support'

describe('the correction of a matrix product', () => {
  function addOf(bias: Value | ((b: LayerBuilder) => Value), tail = (h: Value, c: Value) => [h, c]) {
    const b = new LayerBuilder()
    const h = b.node('MatMul', [b.input('x', [2, 3]), b.some([3, 2])], {}, 'm')
    const node = b.node('Add', tail(h, typeof bias === 'function' ? bias(b) : bias), {}, 'y').producer
    const layer = findLayers(b.model.graph, () => false).layers[0] as Layer
    correctBias(b.model.graph, layer, Float64Array.of(10, 20))
    return node?.inputs.map((each) => each?.constant?.toNumbers())
  }

  test('goes into the Add behind it, on either side', () => {
    expect(addOf((b) => b.weight([1, 2]))).toEqual([undefined, [11, 22]])
    expect(
      addOf(
        (b) => b.weight([1, 2]),
        (h, c) => [c, h],
      ),
    ).toEqual([[11, 22], undefined])
  })

  test('is left out where the Add does not add one number an output', () => {
    expect(addOf((b) => b.weight([1], [1]))).toEqual([undefined, [1]])
    expect(addOf((b) => b.weight([1, 2], [2, 1]))).toEqual([undefined, [1, 2]])
    expect(addOf((b) => b.input('other', [2]))).toEqual([undefined, undefined])
  })

  test('does not change a bias that others read', () => {
    const b = new LayerBuilder()
    const bias = b.weight([1, 2], [2], 'bias')
    const x = b.input('x', [2, 3])
    b.node('Add', [b.node('MatMul', [x, b.some([3, 2])]), bias], {}, 'y')
    b.node('Mul', [x, bias], {}, 'z')
    const layer = findLayers(b.model.graph, () => false).layers[0] as Layer
    correctBias(b.model.graph, layer, Float64Array.of(10, 20))
    expect(bias.constant?.toNumbers()).toEqual([1, 2])
  })
})

describe('a corrected bias', () => {
  const correct = (make: (b: LayerBuilder) => Value) => {
    const b = new LayerBuilder()
    const output = make(b)
    const layer = findLayers(b.model.graph, () => false).layers[0] as Layer
    const hasPlace = correctBias(b.model.graph, layer, Float64Array.of(10, 20))
    b.model.verify()
    return { hasPlace, bias: output.producer?.input(2)?.constant?.toNumbers() }
  }

  test.each<[string, (b: LayerBuilder) => Value, number[]]>([
    ['is new', (b) => b.node('Conv', [b.input('x', [1, 3, 4, 4]), b.some([2, 3, 1, 1])]), [10, 20]],
    [
      'is added to the old one',
      (b) => b.node('Gemm', [b.input('x', [1, 3]), b.some([3, 2]), b.weight([1, 2])]),
      [11, 22],
    ],
    [
      'is added to a row',
      (b) =>
        b.node('Gemm', [b.input('x', [1, 3]), b.some([2, 3]), b.weight([1, 2], [1, 2])], {
          transB: attribute.int(1),
        }),
      [11, 22],
    ],
  ])('%s', (_, make, bias) => expect(correct(make)).toEqual({ hasPlace: true, bias }))

  test('a MatMul without an Add has no place for one', () => {
    expect(correct((b) => b.node('MatMul', [b.input('x', [1, 3]), b.some([3, 2])])).hasPlace).toBe(false)
  })
})
