import { TypeView } from '../../../../src/analysis'
import type { Value } from '../../../../src/ir'
import { recognizers } from '../../../../src/passes/simplify/rules'
import { rewrite } from '../../../../src/rewrite'
import { inTheMiddle } from '../inTheMiddle'
import { Builder } from '../support'

/** The shapes of constants that are left once the rules of the engine and of simplify() have run. */
async function shapesLeft(build: (b: Builder, x: Value) => Value, mayGrow = true): Promise<string[]> {
  const b = new Builder()
  b.output(build(b, b.input('x', [2, 3, 4])))
  const context = { model: b.model, types: new TypeView(), keeps: () => false, mayGrow: () => mayGrow }
  await rewrite(b.model.graph, recognizers, context)
  return [...b.model.graph].map(
    (node) => `${node.opType} ${node.inputs.map((value) => value?.constant && `[${value.constant.shape}]`)}`,
  )
}

describe('reshapedConstant', () => {
  test('a constant under another shape is one', async () => {
    const add = (make: (b: Builder) => Value) => shapesLeft((b, x) => b.node('Add', [x, make(b)]))
    expect(await add((b) => b.node('Reshape', [b.random([3]), b.ints([1, -1, 1])]))).toEqual(['Add ,[1,3,1]'])
    expect(await add((b) => b.node('Reshape', [b.random([3, 1]), b.ints([0, 1])]))).toEqual(['Add ,[3,1]'])
    expect(await add((b) => b.node('Unsqueeze', [b.random([3]), b.ints([0, -1])]))).toEqual(['Add ,[1,3,1]'])
    expect(await add((b) => b.node('Squeeze', [b.random([1, 1, 4])]))).toEqual(['Add ,[4]'])
    expect(await add((b) => b.node('Squeeze', [b.random([1, 3, 1]), b.ints([-3])]))).toEqual(['Add ,[3,1]'])
  })

  test('what is read under both shapes stays where the model may not grow', async () => {
    const both = (b: Builder, x: Value) => {
      const c = b.random([3, 1])
      return b.node('Add', [b.node('Add', [x, c]), b.node('Unsqueeze', [c, b.ints([0])])])
    }
    expect(await shapesLeft(both)).toEqual(['Add ,[3,1]', 'Add ,[1,3,1]'])
    expect((await shapesLeft(both, false)).some((node) => node.startsWith('Unsqueeze'))).toBe(true)
  })

  test('nothing but the form changes', async () => {
    const { nodes } = await inTheMiddle([2, 3, 4], (b, x) =>
      b.node('Mul', [x, b.node('Reshape', [b.random([4]), b.ints([1, 1, -1])])]),
    )
    expect(nodes).not.toMatch(/Reshape/)
  })
})
