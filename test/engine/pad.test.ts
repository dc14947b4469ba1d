/** Pads that take elements away, in every mode. */
import { attribute, Tensor } from '../../src/ir'
import { closeRuntime } from '../../src/runtime'
import { expectParity, floats, ModelBuilder } from './support'

afterAll(closeRuntime)

describe.each(['constant', 'edge', 'reflect', 'wrap'])('Pad by %s', (mode) => {
  test.each([[[-2, 3]], [[1, -1]], [[-1, -3]], [[2, 4]]])('%j', async (pads) => {
    const build = new ModelBuilder()
    const [before = 0, after = 0] = pads
    const x = build.input('x', [2, 9, 3])
    const amounts = build.constant(Tensor.int64([0, before, 0, 0, after, 0]))
    build.output(build.add('Pad', [x, amounts], { mode: attribute.string(mode) }))
    const run = await expectParity(build.model, { x: floats([2, 9, 3]) }, 0)
    expect(run.declined).toEqual([])
  })
})
