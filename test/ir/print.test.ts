import { attribute } from '../../src/ir/attribute'
import { Graph } from '../../src/ir/graph'
import { Model } from '../../src/ir/model'
import { Tensor } from '../../src/ir/tensor'
import type { Value } from '../../src/ir/value'
import { tensorType } from '../../src/ir/valueType'

test('a model as text', () => {
  const graph = new Graph('main')
  const x = graph.createValue('x', tensorType('float32', ['batch', undefined, 3]))
  graph.addInput(x)
  const small = graph.addInitializer(Tensor.int64([1, -2]), 'axes')
  const large = graph.addInitializer(Tensor.from('float16', [3, 3], new Uint16Array(9)), 'w')
  graph.addInitializer(Tensor.fromStrings([1], ['a"b']), 'words')
  const clip = graph.add('Clip', [x, undefined, large], {
    attributes: {
      pads: attribute.ints([0, 1]),
      mode: attribute.string('edge'),
      alpha: attribute.float(0.5),
      value: attribute.tensor(Tensor.float32([2])),
    },
    domain: 'com.example',
  })
  const inner = new Graph('then', graph)
  inner.addOutput(inner.add('Squeeze', [clip.output(), small]).output() as Value)
  const node = graph.add('If', [x], { attributes: { then_branch: attribute.graph(inner) }, outputs: 2 })
  node.setAttribute('ref', { type: 'reference', to: 'outer', of: 'int' })
  const y = node.output(1) as Value
  graph.rename(y, 'y\u001b[31m')
  y.type = { kind: 'sequence', element: tensorType('int8') }
  graph.addOutput(y)
  const model = new Model(graph, {
    opsetImports: new Map([
      ['', 21],
      ['com.example', 1],
    ]),
  })
  expect(model.toText()).toBe(
    `opset 21, com.example 1
main(x: float32[batch,?,3]) -> ("y\\u001b[31m": sequence(int8))
  axes: int64[2] = [1,-2]
  w: float16[3,3] = ...
  words: string[1] = ["a\\"b"]
  Clip_output = com.example.Clip(x, _, w) {alpha=0.5, mode="edge", pads=[0,1], value=float32[] = [2]}
  If_output, "y\\u001b[31m" = If(x) {ref=@outer}
    then_branch: then() -> (Squeeze_output: ?)
      Squeeze_output = Squeeze(Clip_output, axes)
`,
  )
})
