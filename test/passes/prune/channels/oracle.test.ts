/** For every architecture: random channels gone is the same as their weights set to zero. */
import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import type { Model } from '../../../../src/model'
import { simplify } from '../../../../src/passes/simplify'
import { uniform } from '../../../calibrate/support'
import { applyPass } from '../../../support/passContext'
import { analyze, expectExact, type Feeds } from './oracle'
import { type Architecture, architectures, buildZoo } from './zoo'

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
  await expectExact(model, [feedsOf(model, next)], next)
}

/**
 * By architecture: layers that make channels, and widths that can be narrowed, each of which one or several of these
 * layers share. What stays is the last layer; before LayerNormalization, all that is added up; boxes of the detector.
 */
const WIDTHS: Record<Architecture, { layers: number; families: number; wholes: number }> = {
  resnet50: { layers: 54, families: 37, wholes: 1 },
  mobileNetV2: { layers: 36, families: 24, wholes: 1 },
  mobileNetV3: { layers: 49, families: 30, wholes: 1 },
  denseNet: { layers: 24, families: 23, wholes: 1 },
  shuffleNetV2: { layers: 26, families: 25, wholes: 1 },
  efficientNet: { layers: 66, families: 39, wholes: 1 },
  uNet: { layers: 18, families: 17, wholes: 1 },
  inception: { layers: 58, families: 57, wholes: 1 },
  yolo: { layers: 59, families: 53, wholes: 6 },
  vit: { layers: 10, families: 4, wholes: 6 },
  bert: { layers: 15, families: 4, wholes: 7 },
}

describe.each(architectures)('%s', (name) => {
  test('has the widths that the oracle is to try', async () => {
    const { families, wholes, drawing } = await analyze(await zoo.open(name))
    const layers = drawing.sketches.filter(({ made }) => made.some((place) => place.isWide)).length
    expect({ layers, families: families.length, wholes: wholes.length }).toEqual(WIDTHS[name])
    // Every layer is in some family or says why it is not.
    const made = new Set(families.flatMap((family) => family.made.map((place) => place.value?.producer)))
    expect(made.size + wholes.filter(({ kept, of }) => kept === of).length).toBe(layers)
  })

  test('as exported', async () => check(await zoo.open(name), 1))

  test('simplified', async () => {
    const model = await zoo.open(name)
    await applyPass(simplify(), model)
    await check(model, 2)
  })
})

test('ResNet-50 narrows inside each block, between the blocks of a stage, and at the stem', async () => {
  const { families } = await analyze(await zoo.open('resnet50'))
  const widths = (layers: number) =>
    families.filter(({ made }) => made.length === layers).map(({ groups }) => groups.length)
  // Two inner widths in each of 16 blocks, and the stem.
  expect(widths(1)).toHaveLength(2 * 16 + 1)
  // All blocks of a stage add to the same channels as the shortcut into it.
  expect([widths(4), widths(5), widths(7)]).toEqual([[64, 512], [128], [256]])
})

test('attention loses whole heads, of queries, keys and values alike', async () => {
  const [bert, vit] = [await analyze(await zoo.open('bert')), await analyze(await zoo.open('vit'))]
  const heads = ({ families }: typeof bert) => families.filter(({ perGroup }) => perGroup > 1)
  expect(heads(bert).map(({ groups, perGroup, made }) => [groups.length, perGroup, made.length])).toEqual([
    [4, 8, 3],
    [4, 8, 3],
  ])
  // One layer makes all three.
  expect(heads(vit).map(({ groups, perGroup, made }) => [groups.length, perGroup, made.length])).toEqual([
    [4, 24, 1],
    [4, 24, 1],
  ])
})
