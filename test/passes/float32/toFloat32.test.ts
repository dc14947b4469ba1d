import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { compress } from '../../../src/compress/compress'
import { Graph, Model, Tensor, tensorType } from '../../../src/ir'
import { toFloat32 } from '../../../src/passes/float32'
import { quantize } from '../../../src/passes/quantize'
import { closeRuntime } from '../../../src/runtime'
import { convNet, images } from '../../compress/support'
import { halved } from '../../support/halved'
import { applyPass, runModel } from '../../support/passContext'

afterAll(closeRuntime)

const typesOf = ({ graph }: Model) =>
  new Set(graph.initializers.map(({ initializer }) => initializer?.dataType))

/** What a model makes of the first image. */
async function outputsOf(model: Model): Promise<number[][]> {
  const [feeds] = images(1)
  const tensors = Object.entries(feeds ?? {}).map(([name, { data, dims }]) => [
    name,
    new RuntimeTensor('float32', data as Float32Array, dims),
  ])
  const results = await runModel(model, Object.fromEntries(tensors))
  return Object.values(results).map((each) => Array.from((each as RuntimeTensor).data as Float32Array))
}

test('weights and values become float32, and outputs stay what they were', async () => {
  const model = await halved(convNet())
  const before = await outputsOf(model)
  expect(typesOf(model)).toContain('float16')
  const { changed, skipped } = await applyPass(toFloat32(), model)
  expect(skipped).toEqual([])
  expect(changed).toBe(
    model.graph.initializers.filter(({ initializer }) => initializer?.dataType === 'float32').length,
  )
  expect(typesOf(model)).not.toContain('float16')
  for (const [index, output] of (await outputsOf(model)).entries())
    for (const [at, each] of output.entries()) expect(each).toBeCloseTo(before[index]?.[at] ?? Number.NaN, 2)
})

test('inputs and outputs keep their types', async () => {
  const graph = new Graph('g')
  const x = graph.declareValue('x', tensorType('float16', [2]))
  graph.addInput(x)
  const c = graph.addInitializer(Tensor.from('float16', [2], Uint16Array.of(0x3c00, 0x4000)), 'c')
  const y = graph.declareValue('y', tensorType('float16', [2]))
  graph.add('Mul', [x, c], { outputs: [y] })
  graph.addOutput(y)
  const model = new Model(graph, { opsetImports: new Map([['', 21]]), irVersion: 10 })
  const { details } = await applyPass(toFloat32(), model)
  expect(details).toEqual({ inputs: 1, outputs: 1 })
  const [input, output] = [graph.inputs[0], graph.outputs[0]]
  expect([input?.name, input?.tensorType?.dataType]).toEqual(['x', 'float16'])
  expect([output?.name, output?.tensorType?.dataType]).toEqual(['y', 'float16'])
  const bits = { x: new RuntimeTensor('float16', Uint16Array.of(0x3800, 0xbc00), [2]) }
  const { y: found } = (await runModel(model, bits)) as Record<string, RuntimeTensor>
  expect(Array.from(found?.data as Uint16Array)).toEqual([0x3800, 0xc000])
})

test('a model of float32 stays as it is, and one with halves elsewhere too, for a reason', async () => {
  const model = convNet()
  const text = model.toText()
  expect(await applyPass(toFloat32(), model)).toEqual({ changed: 0, skipped: [] })
  expect(model.toText()).toBe(text)
  const graph = new Graph('g')
  const x = graph.declareValue('x', tensorType('float16', [2]))
  graph.addInput(x)
  const sequence = graph.createValue('s', { kind: 'sequence', element: tensorType('float16') })
  graph.add('SequenceConstruct', [x], { outputs: [sequence] })
  graph.addOutput(sequence)
  const other = new Model(graph, { opsetImports: new Map([['', 21]]), irVersion: 10 })
  const { changed, skipped } = await applyPass(toFloat32(), other)
  expect(changed).toBe(0)
  expect(skipped).toEqual([{ at: 'g', reason: expect.stringMatching(/no dense tensor/) }])
})

test('a model of halves is quantized behind it, and not without', async () => {
  const model = await halved(convNet())
  const samples = images(4)
  const without = await compress(model, [quantize.static({ accuracy: false })], { samples, verify: false })
  expect(without.report.passes[0]?.changed).toBe(0)
  expect(without.report.passes[0]?.skipped[0]?.reason).toMatch(/toFloat32\(\)/)
  const passes = [toFloat32(), quantize.static({ accuracy: false })]
  const { report, model: pressed } = await compress(model, passes, { samples })
  expect(report.passes[1]?.changed).toBe(2)
  expect(typesOf(pressed)).toContain('int8')
})
