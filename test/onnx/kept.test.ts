import { Model } from '../../src/model'
import { field, float, int, join, onnx } from './support/wire'

const future = (text: string) => join(field(999, text), int(998, 5))
const x = onnx.valueInfo('x', onnx.tensorType(1, 2))

/** A model with a field of the future in every message that keeps them. */
function futureModel(): Uint8Array {
  const type = field(
    2,
    field(
      1,
      int(1, 1),
      field(2, field(1, int(1, 2), future('dimension')), future('shape')),
      future('tensor type'),
    ),
    future('type'),
  )
  const tensor = (name: string) =>
    onnx.tensor(name, 1, [1], onnx.raw(new Uint8Array(4)), future(`tensor ${name}`))
  const indices = onnx.tensor('', 7, [1], onnx.raw(new Uint8Array(8)), future('indices'))
  const sparse = join(field(1, tensor('s')), field(2, indices), int(3, 3), future('sparse'))
  const inner = onnx.graph({
    nodes: [onnx.node('Neg', ['x'], ['r'], future('inner node'))],
    outputs: [onnx.valueInfo('r')],
    rest: [future('inner graph')],
  })
  const attribute = field(5, field(1, 'body'), field(6, inner), int(20, 5), future('attribute'))
  const node = onnx.node('Loop', ['x', 'w', 's'], ['y'], attribute, future('node'))
  const graph = onnx.graph({
    nodes: [node],
    initializers: [tensor('w')],
    sparse: [sparse],
    inputs: [join(field(1, 'x'), type, future('input'))],
    outputs: [onnx.valueInfo('y')],
    rest: [field(14, 'quantization annotation'), future('graph')],
  })
  const each = field(
    25,
    field(1, 'f'),
    field(10, 'd'),
    field(4, 'a'),
    field(5, 'b'),
    field(7, onnx.node('Neg', ['a'], ['b'])),
    future('function'),
  )
  return onnx.model(graph, field(20, 'training info'), each, future('model'))
}

describe('what onnxpress does not interpret', () => {
  const MESSAGES = [
    'model',
    'graph',
    'node',
    'attribute',
    'inner graph',
    'inner node',
    'tensor w',
    'tensor s',
    'indices',
    'sparse',
    'input',
    'type',
    'tensor type',
    'shape',
    'dimension',
    'function',
    'training info',
    'quantization annotation',
  ]
  test.each(MESSAGES)('unknown fields of a %s come back', (message) => {
    const model = Model.fromBytes(futureModel())
    model.verify()
    const written = Buffer.from(model.clone().toBytes())
    const kept = /annotation|info/.test(message) ? Buffer.from(message) : Buffer.from(future(message))
    expect(written.includes(kept)).toBe(true)
  })

  test('doc strings, metadata and custom domains come back', () => {
    const extras = (number: number, metadata: number) =>
      join(field(number, `doc ${number}`), field(metadata, field(1, 'k'), field(2, 'v')))
    const node = onnx.node(
      'Fancy',
      ['x'],
      ['y'],
      field(7, 'com.example'),
      field(3, 'n'),
      extras(6, 9),
      onnx.attribute('bytes', 3, field(4, Uint8Array.of(0xff, 0))),
    )
    const graph = onnx.graph({
      nodes: [node],
      inputs: [join(x, extras(3, 4))],
      outputs: [onnx.valueInfo('y')],
      rest: [extras(10, 16)],
    })
    const bytes = onnx.model(
      graph,
      extras(6, 14),
      field(2, 'maker'),
      field(3, '1.2'),
      field(4, 'dom'),
      int(5, 9),
    )
    const model = Model.fromBytes(Model.fromBytes(bytes).clone().toBytes())
    expect(model).toMatchObject({
      producerName: 'maker',
      producerVersion: '1.2',
      domain: 'dom',
      modelVersion: 9,
      opset: 17,
    })
    expect(model.extras).toEqual({ docString: 'doc 6', metadata: [['k', 'v']] })
    expect(model.graph.extras).toEqual({ docString: 'doc 10', metadata: [['k', 'v']] })
    expect(model.graph.inputs[0]?.extras).toEqual({ docString: 'doc 3', metadata: [['k', 'v']] })
    expect(model.graph.first).toMatchObject({
      domain: 'com.example',
      opType: 'Fancy',
      name: 'n',
      extras: { docString: 'doc 6' },
    })
    expect(model.graph.first?.attributes.get('bytes')).toEqual({
      type: 'string',
      value: Uint8Array.of(0xff, 0),
    })
  })

  const TYPES: [what: string, type: Uint8Array, text: string][] = [
    [
      'a tensor with names and unknown sizes',
      field(
        1,
        int(1, 1),
        field(
          2,
          field(1, field(2, 'batch'), field(3, 'DATA_BATCH')),
          field(1),
          field(1, int(1, -1)),
          field(1, int(1, 3)),
        ),
      ),
      'float32[batch,?,?,3]',
    ],
    ['a tensor without a rank', field(1, int(1, 22)), 'int4'],
    ['a scalar', field(1, int(1, 7), field(2)), 'int64[]'],
    ['a sparse tensor', field(8, int(1, 1), field(2, field(1, int(1, 3)))), 'sparse float32[3]'],
    ['a sequence of tensors', field(4, field(1, field(1, int(1, 1)))), 'sequence(float32)'],
    [
      'an optional sequence',
      field(9, field(1, field(4, field(1, field(1, int(1, 9)))))),
      'optional(sequence(bool))',
    ],
    ['a map', field(5, int(1, 7), field(2, field(1, int(1, 1)))), 'map(int64,float32)'],
    ['an opaque type', field(7, field(1, 'com.example'), field(2, 'Thing')), 'unknown'],
    ['an element type of the future', field(1, int(1, 99)), 'unknown'],
  ]
  test.each(TYPES)('%s is read and written', (_what, type, text) => {
    const info = join(field(1, 'x'), field(2, type, field(6, 'IMAGE')))
    const graph = onnx.graph({
      nodes: [onnx.node('Odd', ['x'], ['y'])],
      inputs: [info],
      outputs: [onnx.valueInfo('y')],
    })
    const model = Model.fromBytes(onnx.model(graph))
    expect(model.toText()).toContain(`(x: ${text}) ->`)
    const again = Model.fromBytes(model.toBytes())
    expect(again.graph.inputs[0]?.type).toEqual(model.graph.inputs[0]?.type)
    if (text === 'unknown') expect(Buffer.from(model.toBytes()).includes(Buffer.from(type))).toBe(true)
    else expect(model.graph.inputs[0]?.type).toMatchObject({ denotation: 'IMAGE' })
  })

  test('every type of attribute comes back', () => {
    const tensor = onnx.tensor('t', 1, [1], float(4, 2.5))
    const sparse = join(
      field(1, onnx.tensor('', 1, [1], float(4, 1))),
      field(2, onnx.tensor('', 7, [1], field(7, Uint8Array.of(2)))),
      int(3, 4),
    )
    const graph = onnx.graph({ nodes: [], outputs: [onnx.valueInfo('x')] })
    const attributes = [
      onnx.attribute('f', 1, float(2, 0.5)),
      onnx.attribute('i', 2, int(3, -(2n ** 63n))),
      onnx.attribute('s', 3, field(4, 'text')),
      onnx.attribute('t', 4, field(5, tensor)),
      onnx.attribute('g', 5, field(6, graph)),
      onnx.attribute('fs', 6, join(float(7, 1), float(7, -2))),
      onnx.attribute('is', 7, join(int(8, 1), int(8, -2))),
      onnx.attribute('ss', 8, join(field(9, 'a'), field(9, Uint8Array.of(0xfe)))),
      onnx.attribute('ts', 9, join(field(10, tensor), field(10, tensor))),
      onnx.attribute('gs', 10, field(11, graph)),
      onnx.attribute('sp', 11, field(22, sparse)),
      onnx.attribute('sps', 12, field(23, sparse)),
      onnx.attribute('tp', 13, field(14, field(1, int(1, 1)))),
      onnx.attribute('tps', 14, field(15, field(1, int(1, 7)))),
      onnx.attribute('none', 7, join()),
    ]
    const bytes = onnx.model(
      onnx.graph({
        nodes: [onnx.node('Odd', ['x'], ['y'], ...attributes)],
        inputs: [x],
        outputs: [onnx.valueInfo('y')],
      }),
    )
    const model = Model.fromBytes(bytes)
    model.verify()
    const node = model.graph.first
    expect(node?.float('f', 0)).toBe(0.5)
    expect(node?.attributeOf('i', 'int')).toBe(-(2n ** 63n))
    expect(node?.ints('is', [])).toEqual([1, -2])
    expect(node?.attributeOf('ss', 'strings')).toEqual(['a', Uint8Array.of(0xfe)])
    expect(node?.tensor('t')?.toNumbers()).toEqual([2.5])
    expect(node?.attributeOf('sp', 'sparseTensor')?.shape).toEqual([4])
    expect(node?.attributeOf('none', 'ints')).toEqual([])
    const names = 'f i s t g fs is ss ts gs sp sps tp tps none'
    expect([...(node?.attributes.keys() ?? [])].join(' ')).toBe(names)
    const again = Model.fromBytes(model.toBytes())
    expect(again.toText()).toBe(model.toText())
    expect(Buffer.compare(again.toBytes(), model.toBytes())).toBe(0)
  })
})
