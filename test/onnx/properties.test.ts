import fc from 'fast-check'
import { attribute } from '../../src/ir/attribute'
import { byteLengthOf, type DataType, dataTypes } from '../../src/ir/dataType'
import { Graph } from '../../src/ir/graph'
import { countElements, Tensor } from '../../src/ir/tensor'
import type { Value } from '../../src/ir/value'
import { type Dimension, tensorType } from '../../src/ir/valueType'
import { Model } from '../../src/model'
import { decodeTensor } from '../../src/onnx/decodeModel'
import { thrown } from './support/thrown'
import { onnx } from './support/wire'

const numeric = dataTypes.filter((type) => type !== 'string')
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => Buffer.from(text).toString() === text)
const shape = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 })

const tensor = fc.tuple(fc.constantFrom<DataType>(...numeric), shape).chain(([type, sizes]) => {
  const bytes = byteLengthOf(type, countElements(sizes))
  return fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((content) => Tensor.from(type, sizes, content))
})
const strings = shape.chain((sizes) =>
  fc
    .array(name, { minLength: countElements(sizes), maxLength: countElements(sizes) })
    .map((texts) => Tensor.fromStrings(sizes, texts)),
)
const anyTensor = fc.oneof({ weight: 4, arbitrary: tensor }, strings)

const anyAttribute = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => attribute.int(value)),
  fc.float({ noNaN: true }).map((value) => attribute.float(value)),
  fc
    .string({ unit: 'grapheme' })
    .filter((text) => Buffer.from(text).toString() === text)
    .map((value) => attribute.string(value)),
  fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map((value) => attribute.ints(value)),
  fc.array(fc.float({ noNaN: true })).map((value) => attribute.floats(value)),
  anyTensor.map((value) => attribute.tensor(value)),
)
const dimension: fc.Arbitrary<Dimension> = fc.oneof(fc.nat(), name, fc.constant(undefined))

const nodeRecipe = fc.record({
  opType: name,
  domain: fc.oneof(
    fc.constant(''),
    name.filter((text) => text !== 'ai.onnx'),
  ),
  reads: fc.array(fc.option(fc.nat(), { nil: undefined }), { maxLength: 4 }),
  outputs: fc.integer({ min: 1, max: 3 }),
  attributes: fc.uniqueArray(fc.tuple(name, anyAttribute), { selector: ([key]) => key, maxLength: 3 }),
})

const anyModel = fc
  .record({
    dims: fc.array(dimension, { maxLength: 3 }),
    initializers: fc.array(fc.tuple(name, anyTensor), { maxLength: 4 }),
    nodes: fc.array(nodeRecipe, { maxLength: 6 }),
    metadata: fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 2 }),
  })
  .map(({ dims, initializers, nodes, metadata }) => {
    const graph = new Graph('main')
    const values: Value[] = [graph.createValue('x', tensorType('float32', dims))]
    graph.addInput(values[0] as Value)
    for (const [key, each] of initializers) values.push(graph.addInitializer(each, key))
    for (const { opType, domain, reads, outputs, attributes } of nodes) {
      const node = graph.add(
        opType,
        reads.map((index) => (index === undefined ? undefined : values[index % values.length])),
        { outputs, domain },
      )
      for (const [key, each] of attributes) node.setAttribute(key, each)
      values.push(...(node.outputs as Value[]))
    }
    graph.addOutput(values.at(-1) as Value)
    return new Model(graph, metadata.length > 0 ? { extras: { metadata } } : {})
  })

function tensorsOf(model: Model): [string, string, string][] {
  return model.graph.initializers.map((value) => {
    const each = value.initializer as Tensor
    const content =
      each.dataType === 'string' ? JSON.stringify(each.strings) : Buffer.from(each.bytes).toString('hex')
    return [value.name, `${each.dataType}[${each.shape}]`, content]
  })
}

describe('properties', () => {
  test('any model reads back as it was written', () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        model.verify()
        const bytes = model.toBytes()
        const again = Model.fromBytes(bytes)
        again.verify()
        expect(again.toText()).toBe(model.toText())
        expect(tensorsOf(again)).toEqual(tensorsOf(model))
        expect(again.extras.metadata).toEqual(model.extras.metadata)
        expect(Buffer.compare(again.toBytes(), bytes)).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  test('a model cut off anywhere is refused', () => {
    fc.assert(
      fc.property(anyModel, fc.double({ min: 0, max: 1, noNaN: true }), (model, part) => {
        const bytes = model.toBytes()
        const cut = bytes.subarray(0, Math.floor(part * (bytes.length - 1)))
        // The graph is one field; the few fields behind it may be missing without anybody noticing.
        try {
          Model.fromBytes(cut)
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_MODEL' })
        }
      }),
      { numRuns: 300 },
    )
  })

  test('sizes near every power of two are refused unless the bytes are there', () => {
    const power = fc
      .tuple(fc.constantFrom(31n, 32n, 33n, 48n, 53n, 62n, 63n), fc.bigInt({ min: -2n, max: 2n }))
      .map(([exponent, delta]) => 2n ** exponent + delta)
    fc.assert(
      fc.property(
        fc.constantFrom(...numeric),
        fc.array(power, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (type, dims, isRaw) => {
          const code = dataTypes.indexOf(type) + 1
          const data = isRaw ? [onnx.raw(new Uint8Array(16))] : []
          expect(thrown(() => decodeTensor(onnx.tensor('t', code, dims, ...data))).code).toBe('BAD_MODEL')
        },
      ),
      { numRuns: 500 },
    )
  })

  test('any bytes are a model or a typed error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const opened = await Promise.resolve()
          .then(() => Model.fromBytes(bytes))
          .catch((error) => error)
        if (!(opened instanceof Model)) return expect(opened).toMatchObject({ code: 'BAD_MODEL' })
        expect(Model.fromBytes(opened.toBytes()).toText()).toBe(opened.toText()) // an empty graph takes two bytes
      }),
      { numRuns: 2000 },
    )
  })
})
