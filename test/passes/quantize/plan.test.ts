import fc from 'fast-check'
import { attribute, type Model, type Value } from '../../../src/ir'
import { findLayers, type Layer } from '../../../src/passes/layer/layer'
import type { Decisions, Precision } from '../../../src/passes/quantize/decisions'
import { makePlan } from '../../../src/passes/quantize/plan'
import { Ranges } from '../../../src/passes/quantize/ranges'
import { rewriteModel } from '../../../src/passes/quantize/rewrite'
import { quantizeStatic } from '../../../src/passes/quantize/static'
import { WeightStore } from '../../../src/passes/quantize/weightStore'
import { LARGEST_WEIGHT } from '../../support/saturation'
import {
  check,
  collect,
  contextFor,
  type Feeds,
  LayerBuilder,
  leftovers,
  operationsOf,
  runAll,
  SIGNED_AS_THEY_ARE,
  samplesFor,
  signatureOf,
  snrOf,
} from './support'

const SHAPE = [1, 4, 6, 6]

type Step = (b: LayerBuilder, values: Value[], pick: (from: Value[]) => Value) => Value

/** What a random graph is made of; every step keeps the shape. */
const STEPS: Record<string, Step> = {
  conv: (b, values, pick) => b.conv(pick(values), [4, 4, 1, 1]),
  depthwise: (b, values, pick) => b.conv(pick(values), [4, 1, 3, 3], { group: 4, pads: 1 }),
  relu: (b, values, pick) => b.node('Relu', [pick(values)]),
  clip: (b, values, pick) => b.node('Clip', [pick(values), b.weight(0), b.weight(2)]),
  half: (b, values, pick) => b.node('Mul', [pick(values), b.weight(0.5)]),
  shift: (b, values, pick) => b.node('Add', [pick(values), b.weight(0.7)]),
  add: (b, values, pick) => b.node('Add', [pick(values), pick(values)]),
  hardSwish: (b, values, pick) => b.node('HardSwish', [pick(values)]),
  gate: (b, values, pick) => {
    const x = pick(values)
    const attributes = { alpha: attribute.float(1 / 6), beta: attribute.float(0.5) }
    return b.node('Mul', [x, b.node('HardSigmoid', [pick(values)], attributes)])
  },
  hardSigmoid: (b, values, pick) =>
    b.node('HardSigmoid', [pick(values)], { alpha: attribute.float(1 / 6), beta: attribute.float(0.5) }),
  leaky: (b, values, pick) => b.node('LeakyRelu', [pick(values)]),
  concat: (b, values, pick) => {
    const joined = b.node('Concat', [pick(values), pick(values)], { axis: attribute.int(1) })
    return b.conv(joined, [4, 8, 1, 1])
  },
  matmul: (b, values, pick) => b.node('MatMul', [pick(values), b.some([6, 6], 0.5)]),
  swish: (b, values, pick) => {
    const x = pick(values)
    return b.node('Mul', [x, b.node('Sigmoid', [x])])
  },
  transpose: (b, values, pick) => b.node('Transpose', [pick(values)], { perm: attribute.ints([0, 1, 3, 2]) }),
  pool: (b, values, pick) =>
    b.node('MaxPool', [pick(values)], {
      kernel_shape: attribute.ints([3, 3]),
      pads: attribute.ints([1, 1, 1, 1]),
    }),
  split: (b, values, pick) => {
    const split = b.model.graph.add('Split', [pick(values), b.ints([2, 2])], {
      outputs: 2,
      attributes: { axis: attribute.int(1) },
    })
    return b.node('Concat', [...split.outputs].reverse(), { axis: attribute.int(1) })
  },
  tanh: (b, values, pick) => b.node('Tanh', [pick(values)]),
}

interface Recipe {
  readonly activations: 'uint8' | 'int8'
  readonly steps: readonly (readonly [name: string, first: number, second: number])[]
  readonly precisions: readonly Precision[]
  readonly outputs: readonly number[]
}

const number = fc.nat({ max: 20 })
const recipes: fc.Arbitrary<Recipe> = fc.record({
  steps: fc.array(fc.tuple(fc.constantFrom(...Object.keys(STEPS)), number, number), {
    minLength: 3,
    maxLength: 10,
  }),
  activations: fc.constantFrom('uint8' as const, 'int8' as const),
  precisions: fc.array(fc.constantFrom<Precision>('int8', 'int8', 'stored', 'float'), {
    minLength: 10,
    maxLength: 10,
  }),
  outputs: fc.array(number, { maxLength: 2 }),
})

function build({ steps, outputs }: Recipe): LayerBuilder {
  const b = new LayerBuilder()
  const values = [b.input('x', SHAPE)]
  for (const [name, first, second] of steps) {
    const numbers = [first, second]
    // Mostly the newest value, so that chains come about.
    const pick = (from: Value[]) => {
      const number = numbers.shift() ?? 0
      return from.at(number > 8 ? -1 : -1 - (number % from.length)) as Value
    }
    values.push((STEPS[name] as Step)(b, values, pick))
  }
  const made = values.slice(1)
  const chosen = new Set([made.at(-1), ...outputs.map((number) => made[number % made.length])])
  for (const value of chosen) if (value) b.output(value)
  return b
}

test('whatever layers are in 8 bits, no value is quantized that nobody asked statistics of', () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const { model } = build(recipe)
      const asked = new Set(
        quantizeStatic()
          .needs?.(model)
          ?.map((each) => each.value),
      )
      const { layers } = findLayers(model.graph, () => false)
      const plan = makePlan(
        model.graph,
        layers,
        (layer) => recipe.precisions[layers.indexOf(layer)] === 'int8',
      )
      for (const value of plan.quantized) expect(asked).toContain(value.name)
      for (const layer of plan.layers.values()) expect(plan.quantized).toContain(layer.input)
    }),
    { numRuns: 500 },
  )
})

test('random graphs keep their outputs, names and types, and run every 8-bit convolution in 8 bits', async () => {
  await fc.assert(
    fc.asyncProperty(recipes, async (recipe) => {
      const { model } = build(recipe)
      const samples = samplesFor(model, 2)
      const original = model.clone()
      const convolutions = await rewrite(model, samples, recipe)
      expect((await operationsOf(model)).QLinearConv ?? 0).toBe(convolutions)
      expect(leftovers(model)).toEqual([])
      expect(signatureOf(model)).toBe(signatureOf(original))
      const [reference, plain] = [await runAll(original, samples), await runAll(model, samples)]
      const optimized = await runAll(model, samples, 'all', SIGNED_AS_THEY_ARE)
      expect(snrOf(reference, plain)).toBeGreaterThan(15)
      expect(snrOf(plain, optimized)).toBeGreaterThan(15)
    }),
    { numRuns: 40 },
  )
})

/** Some layers in 8 bits, some stored so, some left alone; returns how many convolutions are in 8 bits. */
async function rewrite(model: Model, samples: readonly Feeds[], recipe: Recipe): Promise<number> {
  const { layers } = findLayers(model.graph, () => false)
  const statistics = await collect(model, quantizeStatic().needs?.(model) ?? [], samples)
  const weights = new WeightStore(LARGEST_WEIGHT, statistics)
  await weights.prepare(layers, () => undefined)
  const ranges = new Ranges(statistics, { method: 'minMax' })
  const precisions = new Map(layers.map((layer, index) => [layer.key, recipe.precisions[index] ?? 'int8']))
  const decisions: Decisions = { precision: (layer) => precisions.get(layer.key) ?? 'float' }
  const range = (value: Value) => ranges.of(value)
  const numbers = {
    activationType: recipe.activations,
    range,
    weight: (layer: Layer) => weights.of(layer),
  }
  const { int8 } = await rewriteModel(model, decisions, numbers, undefined)
  model.verify()
  return layers.filter((layer) => layer.kind === 'conv' && int8.includes(layer.key)).length
}

test('a layer without 8-bit neighbors next to one with them', async () => {
  const b = new LayerBuilder()
  const c = b.conv(b.input('x', SHAPE), [4, 4, 1, 1], { name: 'first' })
  b.output(b.conv(b.node('Mul', [c, b.weight(2)]), [4, 4, 1, 1], { name: 'y' }))
  const { operations } = await check(b, { keep: 'y' })
  expect(operations.QLinearConv).toBe(1)
})

test('accuracy control writes graphs in which fewer tails are absorbed', async () => {
  const b = new LayerBuilder()
  const c = b.conv(b.input('x', SHAPE), [4, 4, 1, 1], { name: 'first' })
  b.output(b.conv(b.node('Mul', [c, b.weight(2)]), [4, 4, 1, 1], { name: 'y' }))
  const pass = quantizeStatic({ accuracy: { minSnrDb: 70 } })
  const result = await pass.apply(await contextFor(pass, b.model, samplesFor(b.model)))
  expect(result.details).toMatchObject({ withinBudget: false })
  b.model.verify()
})
