import { budgetOf } from '../../../src/passes/accuracy/allowance'
import { passContext, testRuntime } from '../../support/passContext'
import { LayerBuilder } from '../quantize/support'

function contextOf(opType: string) {
  const b = new LayerBuilder()
  const { model } = b.output(b.node(opType, [b.input('x', [2, 3])]))
  return passContext(model, { ...testRuntime, originalMetric: async () => undefined })
}

test('a share of the drop, where decisions count', async () => {
  const context = { ...contextOf('Softmax'), allowance: { accuracy: { maxDrop: 0.02 }, share: 0.25 } }
  expect(await budgetOf(context)).toMatchObject({ criterion: 'agreement', maxDrop: 0.005 })
})

test('a share of the noise, where signal counts', async () => {
  const context = { ...contextOf('Relu'), allowance: { accuracy: { minSnrDb: 20 }, share: 0.5 } }
  const { minSnrDb } = await budgetOf(context)
  // Half of the noise of 20 dB.
  expect(10 ** (-minSnrDb / 10)).toBeCloseTo(0.005, 10)
})

test('the default is shared too', async () => {
  const context = { ...contextOf('Softmax'), allowance: { accuracy: {}, share: 0.5 } }
  expect((await budgetOf(context)).maxDrop).toBe(0.0025)
})

test('a pass keeps to numbers of its own', async () => {
  const context = { ...contextOf('Softmax'), allowance: { accuracy: { maxDrop: 0.02 }, share: 0.25 } }
  expect((await budgetOf(context, { maxDrop: 0.01 })).maxDrop).toBe(0.01)
  expect(await budgetOf(context, { minSnrDb: 30 })).toMatchObject({ criterion: 'snr', minSnrDb: 30 })
})

test('without an allowance everything is open', async () => {
  expect((await budgetOf(contextOf('Softmax'))).maxDrop).toBe(0.005)
})
