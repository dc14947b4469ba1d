/** Plans that are made before anybody asks for them. */
import { WeightStore } from '../../../src/engine/plan/weights'
import { NativeStage } from '../../../src/engine/stages/nativeStage'
import { partition } from '../../../src/engine/stages/partition'
import { attribute, Tensor, type Value } from '../../../src/ir'
import { engineRelease, engineSession } from '../../../src/native'
import { floats, ModelBuilder, noise } from '../support'

/** Runs a model of one input on tensors of these sizes; returns how many plans there are behind each. */
async function plansAfter(
  dims: readonly (string | number)[],
  of: (build: ModelBuilder, x: Value) => Value,
  sizes: readonly (readonly number[])[],
): Promise<number[]> {
  const build = new ModelBuilder()
  build.output(of(build, build.input('x', dims)))
  const [session, weights] = [engineSession(1), new WeightStore(1)]
  const [part] = partition(build.graph, () => true)
  const stage = new NativeStage(part as NonNullable<typeof part>, session, weights, 1)
  const plans: number[] = []
  for (const size of sizes) {
    // As if others ran too: not on this thread.
    await stage.run(new Map([['x', floats(size)]]), false, () => false)
    plans.push((await stage.made()).length)
  }
  stage.release()
  weights.release()
  engineRelease(session)
  return plans
}

const absolute = (build: ModelBuilder, x: Value) => build.add('Abs', [x])

test('the next shape is planned once shapes have grown alike', async () => {
  const sizes = [[3], [4], [5], [6], [7], [40]]
  expect(await plansAfter(['n'], absolute, sizes)).toEqual([1, 2, 4, 5, 6, 7])
})

test('a shape that is known is not planned again', async () => {
  const sizes = [[6], [3], [4], [5], [6]]
  expect(await plansAfter(['n'], absolute, sizes)).toEqual([1, 2, 3, 4, 5])
})

test('a shape that cannot be planned is left to whoever asks for it', async () => {
  const pool = (build: ModelBuilder, x: Value) =>
    build.add('MaxPool', [x], { kernel_shape: attribute.ints([3]), strides: attribute.ints([1]) })
  expect(
    await plansAfter([1, 2, 'n'], pool, [
      [1, 2, 5],
      [1, 2, 4],
      [1, 2, 3],
    ]),
  ).toEqual([1, 2, 3])
  await expect(
    plansAfter([1, 2, 'n'], pool, [
      [1, 2, 5],
      [1, 2, 4],
      [1, 2, 3],
      [1, 2, 2],
    ]),
  ).rejects.toThrow()
})

test('nothing is timed while something else runs', async () => {
  // Products with so many zeros have several kernels, of which the fastest is looked for.
  const sparse = Tensor.float32(
    noise(512 * 512).map((each, at) => ((at * 7) % 10 === 0 ? each : 0)),
    [512, 512],
  )
  const product = (build: ModelBuilder, x: Value) => build.add('MatMul', [x, build.constant(sparse)])
  const sizes = [31, 33, 35, 37].map((rows) => [rows, 512])
  expect(await plansAfter(['rows', 512], product, sizes)).toEqual([1, 2, 3, 4])
})

test('what is made ahead may come too late', async () => {
  const build = new ModelBuilder()
  build.output(build.add('MatMul', [build.input('x', ['rows', 30]), build.weight([30, 500])]))
  const [part] = partition(build.graph, () => true)
  const unheard: unknown[] = []
  const hear = (reason: unknown) => unheard.push(reason)
  process.on('unhandledRejection', hear)
  for (let wait = 0; wait < 6; wait++) {
    const [session, weights] = [engineSession(1), new WeightStore(1)]
    const stage = new NativeStage(part as NonNullable<typeof part>, session, weights, 1)
    for (const rows of [5, 6]) await stage.run(new Map([['x', floats([rows, 30])]]), false, () => false)
    const last = stage.run(new Map([['x', floats([7, 30])]]), false, () => false)
    for (let turn = 0; turn < wait; turn++) await new Promise((resolve) => setImmediate(resolve))
    stage.release()
    weights.release()
    engineRelease(session)
    await last.catch(() => {})
  }
  await new Promise((resolve) => setTimeout(resolve, 20))
  process.off('unhandledRejection', hear)
  expect(unheard).toEqual([])
})
