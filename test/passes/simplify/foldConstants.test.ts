import { OnnxpressError } from '../../../src/errors'
import { attribute, Tensor } from '../../../src/ir'
import { simplify } from '../../../src/passes/simplify'
import { applyPass, passContext, testRuntime } from '../../support/passContext'
import { Builder, check, count, randomNumbers } from './support'

describe('what depends on constants alone is folded', () => {
  test('as much as hangs together, at once', async () => {
    const b = new Builder()
    const w = b.random([4, 3])
    const transposed = b.node('Transpose', [w], { perm: attribute.ints([1, 0]) })
    const weight = b.node('Tanh', [b.node('Mul', [transposed, b.weight(3)])])
    const y = b.node('MatMul', [b.input('x', [2, 3]), weight], {}, 'y')
    const { nodes, model, result } = await check(b.output(y, [2, 4]))
    expect(nodes).toBe('y = MatMul(x, Tanh_output)')
    expect(model.graph.initializers).toHaveLength(1)
    expect(result.details?.rules).toMatchObject({ 'fold constants': 3 })
  })

  test('every element type that a runtime returns', async () => {
    const b = new Builder()
    const flags = b.node('Less', [b.weight([1, 5]), b.weight([2, 3])])
    const numbers = b.node('Cast', [b.ints([1, 2, 3])], { to: attribute.int(2) })
    const left = b.node('Where', [flags, b.input('x', [2]), b.weight(0)], {}, 'y')
    const right = b.node(
      'Add',
      [b.node('Cast', [b.input('z', [3])], { to: attribute.int(2) }), numbers],
      {},
      'q',
    )
    const { model } = await check(b.output(left, [2]).output(right, [3], 'uint8'))
    expect(model.graph.nodes.map((node) => node.opType).sort()).toEqual(['Add', 'Cast', 'Where'])
  })

  test('never where the result is larger than what it comes from', async () => {
    const b = new Builder()
    const large = b.node('ConstantOfShape', [b.node('Mul', [b.ints([1000, 100]), b.ints([2, 2])])], {
      value: attribute.tensor(Tensor.float32([1.5], [1])),
    })
    const y = b.node('Add', [b.input('x', [2000, 200]), large], {}, 'y')
    const { nodes, reasons, model } = await check(b.output(y, [2000, 200]))
    expect(nodes).toMatch(/ConstantOfShape/)
    expect(reasons[0]).toMatch(/folding it would make the model \d+ bytes larger/)
    // Its shape, which is small, folds all the same.
    expect(count(model, 'Mul')).toBe(0)
  })

  test('never where the constant is needed elsewhere as it is', async () => {
    const b = new Builder()
    const w = b.random([30, 30])
    const h = b.node('MatMul', [b.input('x', [2, 30]), w])
    const y = b.node('MatMul', [b.node('Relu', [h]), b.node('Transpose', [w])], {}, 'y')
    expect(count((await check(b.output(y, [2, 30]))).model, 'Transpose')).toBe(1)
  })

  test('never a size that could fill memory', async () => {
    const b = new Builder()
    const huge = b.node('Expand', [b.weight([1], [1]), b.ints([2 ** 40])])
    b.output(b.node('ReduceSum', [b.node('Add', [huge, b.input('x', [1])])], {}, 'y'))
    const evaluated: string[] = []
    const runtime = {
      ...testRuntime,
      evaluate: (model: Parameters<typeof testRuntime.evaluate>[0]) => {
        evaluated.push(model.toText())
        return testRuntime.evaluate(model)
      },
    }
    await simplify().apply(passContext(b.model, runtime))
    expect(evaluated).toEqual([])
    expect(count(b.model, 'Expand')).toBe(1)
  })

  test('never weights in few bits, nor random numbers', async () => {
    const b = new Builder()
    const { graph } = b.model
    const weight = graph.addInitializer(Tensor.from('int8', [2, 2], Int8Array.of(1, 2, 3, 4)), 'w')
    const floats = b.node('DequantizeLinear', [weight, b.weight(0.5)])
    const noise = b.node('RandomNormal', [], { shape: attribute.ints([2]) })
    b.output(b.node('Add', [b.node('MatMul', [b.input('x', [1, 2]), floats]), noise], {}, 'y'), [1, 2])
    await applyPass(simplify(), b.model)
    expect(b.model.graph.nodes.map((node) => node.opType).sort()).toEqual([
      'Add',
      'DequantizeLinear',
      'MatMul',
      'RandomNormal',
    ])
  })

  test('one part that the runtime refuses does not keep the others from folding', async () => {
    const b = new Builder()
    const good = b.node('Neg', [b.weight(randomNumbers(4))])
    const bad = b.node('Exp', [b.weight(randomNumbers(4, 2))])
    b.output(b.node('Mul', [b.node('Add', [b.input('x', [4]), good]), bad], {}, 'y'), [4])
    const runtime = {
      ...testRuntime,
      evaluate: (model: Parameters<typeof testRuntime.evaluate>[0]) =>
        count(model, 'Exp') > 0
          ? Promise.reject(new OnnxpressError('RUNTIME', 'no kernel for Exp'))
          : testRuntime.evaluate(model),
    }
    const { skipped } = await simplify().apply(passContext(b.model, runtime))
    expect(b.model.graph.nodes.map((node) => node.opType).sort()).toEqual(['Add', 'Exp', 'Mul'])
    expect(skipped.map((skip) => skip.reason)).toContain('it could not be folded: no kernel for Exp')
  })

  test('nodes that the caller keeps', async () => {
    const b = new Builder()
    const y = b.node('Add', [b.input('x', [2]), b.node('Neg', [b.weight([1, 2])])], {}, 'y')
    expect(count((await check(b.output(y, [2]), { keep: 'Neg' })).model, 'Neg')).toBe(1)
  })

  test('where shapes cannot be inferred, the report says so and the rest goes on', async () => {
    const b = new Builder()
    const h = b.node('Identity', [b.node('Relu', [b.input('x', [2])])])
    b.output(b.node('Neg', [h], {}, 'y'), [2])
    const runtime = { ...testRuntime, inferTypes: () => Promise.reject(new Error('no such operator')) }
    const { skipped } = await simplify().apply(passContext(b.model, runtime))
    expect(skipped[0]?.reason).toBe('onnxruntime does not infer its shapes: no such operator')
    expect(b.model.graph.nodeCount).toBe(2)
  })
})
