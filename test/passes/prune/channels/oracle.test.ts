/** For every architecture: random channels gone is the same as their weights set to zero. */
import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import type { Model } from '../../../../src/model'
import { simplify } from '../../../../src/passes/simplify'
import { uniform } from '../../../calibrate/support'
import { applyPass } from '../../../support/passContext'
import { analyze, difference, type Feeds, randomGroups, signature, without, zeroed } from './oracle'
import { architectures, buildZoo } from './zoo'

const TOLERANCE = 1e-4

const zoo = buildZoo()
afterAll(() => zoo.dispose())

/** Random numbers for images, random tokens for encoders; two in a batch. */
function feedsOf(model: Model, next: () => number): Feeds {
  return Object.fromEntries(
    model.graph.inputs.map((input) => {
      const shape = (input.tensorType?.shape ?? []).map((size, axis) =>
        typeof size === 'number' ? size : axis === 0 ? 2 : 5,
      )
      const size = shape.reduce((all, each) => all * each, 1)
      const numbers = Array.from({ length: size }, () => next())
      const limit = input.name === 'input_ids' ? 50 : 2
      const tensor =
        input.tensorType?.dataType === 'int64'
          ? new RuntimeTensor(
              'int64',
              BigInt64Array.from(numbers, (each) => BigInt(Math.floor(each * limit))),
              shape,
            )
          : new RuntimeTensor(
              'float32',
              Float32Array.from(numbers, (each) => 4 * each - 2),
              shape,
            )
      return [input.name, tensor]
    }),
  )
}

async function check(model: Model, seed: number): Promise<void> {
  const next = uniform(seed)
  const analysis = await analyze(model)
  const removed = randomGroups(analysis, 0.2 + 0.5 * next(), next)
  const [pruned, silenced] = [await without(model, removed), await zeroed(model, removed)]
  const feeds = feedsOf(model, next)
  expect(signature(pruned)).toBe(signature(model))
  expect(await difference(silenced, pruned, feeds)).toBeLessThan(TOLERANCE)
  // The channels did matter, so the comparison says something.
  expect(await difference(model, pruned, feeds)).toBeGreaterThan(100 * TOLERANCE)
}

describe.each(architectures)('%s', (name) => {
  test('as exported', async () => check(await zoo.open(name), 1))

  test('simplified', async () => {
    const model = await zoo.open(name)
    await applyPass(simplify(), model)
    await check(model, 2)
  })
})
