/** Other kernels compute what the dense ones do. */

import { filteredTiles } from '../../../src/engine/choice/alternatives'
import { blockDensity, hasZeros } from '../../../src/engine/choice/zeros'
import { groupsOf } from '../../../src/engine/fusion/fusion'
import { Fact } from '../../../src/engine/plan/fact'
import { Lowering } from '../../../src/engine/plan/lowering'
import { describeProgram, finishedSteps } from '../../../src/engine/plan/program'
import { Slot } from '../../../src/engine/plan/slot'
import type { Step } from '../../../src/engine/plan/step'
import { WeightStore } from '../../../src/engine/plan/weights'
import { attribute, Tensor, type Value } from '../../../src/ir'
import { cpu, engineProgram, engineRelease, engineRunNow, engineSession } from '../../../src/native'
import { closeRuntime } from '../../../src/runtime'
import { expectParity, floats, ModelBuilder, noise } from '../support'

afterAll(closeRuntime)

const SHAPE = [40, 24, 3, 3] as const

/** Numbers of which whole blocks are zero. */
function blocky(rows: number, columns: number, ratio: number): Float32Array {
  const [outputs, inputs, height, width] = SHAPE
  const taps = height * width
  const drawn = noise(outputs * inputs * taps, rows * 31 + columns)
  const values = noise(outputs * inputs * taps, 5)
  return values.map((value, at) => {
    const [output, rest] = [Math.floor(at / (inputs * taps)), at % (inputs * taps)]
    const block =
      Math.floor(output / rows) * inputs * taps +
      Math.floor(Math.floor(rest / taps) / columns) * columns * taps +
      (rest % taps)
    return Math.abs(drawn[block] as number) < ratio ? 0 : value
  })
}

interface Lowered {
  readonly steps: readonly Step[]
  readonly output: Fact
}

function lowered(build: ModelBuilder, x: Value, y: Value): Lowered {
  const plan = new Lowering()
  plan.define(x, Fact.at('float32', [2, 24, 9, 10], Slot.input(0, 2 * 24 * 90 * 4)))
  for (const group of groupsOf(build.graph.nodes)) plan.lower(group)
  const output = plan.fact(y)
  return { steps: finishedSteps(plan, [output]), output }
}

/** Runs the steps, the one that has alternatives by one of them. */
async function run({ steps, output }: Lowered, alternative: number | undefined): Promise<number[]> {
  const chosen = steps.map((step) => {
    const other = alternative === undefined ? undefined : step.alternatives?.[alternative]
    if (!other) return step
    return { ...step, kernel: other.kernel, inputs: step.inputs.with(1, Slot.constant(other.weights, 0)) }
  })
  const { description, sources } = describeProgram(chosen, 1, undefined, 1)
  const store = new WeightStore(2)
  const session = engineSession(2)
  const constants = await Promise.all(sources.map((source) => store.get(source)))
  const y = new Float32Array(output.size)
  engineRunNow(engineProgram(session, { ...description, constants }), [noise(2 * 24 * 90)], [y])
  engineRelease(session)
  store.release()
  return [...y]
}

test.each([
  [8, 1, ['8x1']],
  [4, 1, ['8x1', '4x1']],
  [1, 1, ['1x1']],
])('float weights zero in blocks of %p x %p', async (rows, columns, expected) => {
  const build = new ModelBuilder()
  const x = build.input('x', [2, 24, 9, 10])
  const weights = build.constant(Tensor.from('float32', SHAPE, blocky(rows, columns, 0.7)))
  const y = build.add('Relu', [
    build.add('Conv', [x, weights, build.weight([40])], { pads: attribute.ints([1, 1, 1, 1]) }),
  ])
  const plan = lowered(build, x, y)
  const alternatives = plan.steps.flatMap((step) => step.alternatives ?? [])
  expect(alternatives.map(({ note }) => note.split(' ')[0])).toEqual([...expected, 'tiles'])
  const dense = await run(plan, undefined)
  expect(new Set(dense).size).toBeGreaterThan(1000)
  for (const index of alternatives.keys()) {
    const sparse = await run(plan, index)
    const off = dense.reduce((most, each, at) => Math.max(most, Math.abs(each - (sparse[at] as number))), 0)
    // Terms are the same, and so few that their order hardly matters; transforms of tiles add roundings of their own.
    const isTiled = alternatives[index]?.kernel === 'winograd'
    expect(off).toBeLessThan(216 * 2 ** -23 * (isTiled ? 32 : 8))
  }
})

test.each([
  ['4 pixels', { strides: attribute.ints([4, 5]) }],
  ['6 pixels, padded', { strides: attribute.ints([4, 5]), pads: attribute.ints([1, 2, 1, 0]) }],
  ['1 pixel, dilated', { strides: attribute.ints([9, 9]), dilations: attribute.ints([3, 4]) }],
])('a convolution to %s by vectors of outputs', async (_, attributes) => {
  const build = new ModelBuilder()
  const x = build.input('x', [2, 24, 9, 10])
  const weights = build.constant(Tensor.from('float32', SHAPE, blocky(1, 1, 0)))
  const y = build.add('Relu', [build.add('Conv', [x, weights, build.weight([40])], attributes)])
  const plan = lowered(build, x, y)
  const alternatives = plan.steps.flatMap((step) => step.alternatives ?? [])
  expect(alternatives.map(({ kernel }) => kernel)).toEqual(['pixelconv'])
  const dense = await run(plan, undefined)
  expect(new Set(dense).size).toBeGreaterThan(20)
  for (const [at, each] of (await run(plan, 0)).entries())
    expect(Math.abs(each - (dense[at] as number))).toBeLessThan(216 * 2 ** -23 * 8)
})

test.each([
  [32, 4],
  [8, 4],
  [4, 4],
])('8-bit weights zero in blocks of %p x %p, to bytes and to floats', async (rows, columns) => {
  for (const isQuantized of [true, false]) {
    const build = new ModelBuilder()
    const scalar = (value: number) => build.constant(Tensor.float32([value]))
    const zero = build.constant(Tensor.from('uint8', [], Uint8Array.of(100)))
    const pair = (value: Value, scale: number) =>
      build.add('DequantizeLinear', [
        build.add('QuantizeLinear', [value, scalar(scale), zero]),
        scalar(scale),
        zero,
      ])
    const x = build.input('x', [2, 24, 9, 10])
    const q = Tensor.from(
      'int8',
      SHAPE,
      Int8Array.from(blocky(rows, columns, 0.7), (each) => Math.round(each * 127)),
    )
    const weights = build.add('DequantizeLinear', [build.constant(q), scalar(0.01)])
    const conv = build.add('Conv', [pair(x, 0.01), weights], { pads: attribute.ints([1, 1, 1, 1]) })
    const y = isQuantized ? pair(conv, 0.1) : build.add('Tanh', [conv])
    const plan = lowered(build, x, y)
    const alternatives = plan.steps.flatMap((step) => step.alternatives ?? [])
    const tallest = cpu().available.includes('amx') ? 32 : 8
    expect(alternatives.map(({ note }) => note.split(' ')[0])).toContain(`${Math.min(rows, tallest)}x4`)
    const dense = await run(plan, undefined)
    for (const index of alternatives.keys()) expect(await run(plan, index)).toEqual(dense)
  }
})

test.each([
  ['of weights with few zeros', { strides: attribute.ints([2, 1]) }, []],
  ['of kernels that dilate', { dilations: attribute.ints([1, 2]) }, []],
  ['of tiles, where the kernel moves by 1', { strides: attribute.ints([1, 1]) }, ['winograd']],
])('alternatives %s', (_, attributes, expected) => {
  const build = new ModelBuilder()
  const x = build.input('x', [2, 24, 9, 10])
  const weights = build.constant(Tensor.from('float32', SHAPE, blocky(8, 1, 0.1)))
  const steps = lowered(build, x, build.add('Conv', [x, weights], attributes)).steps
  expect(steps.flatMap((step) => step.alternatives ?? []).map(({ kernel }) => kernel)).toEqual(expected)
})

test('a session with sparse weights gives what onnxruntime gives, whichever kernels it chooses', async () => {
  const build = new ModelBuilder()
  const x = build.input('x', [2, 24, 9, 10])
  const weights = build.constant(Tensor.from('float32', SHAPE, blocky(8, 1, 0.9)))
  build.output(build.add('Conv', [x, weights, build.weight([40])]))
  await expectParity(build.model, { x: floats([2, 24, 9, 10]) }, 1e-5)
})

test.each([
  [128, 128, '4x4'],
  [256, 256, '2x2'],
  [512, 512, '2x2'],
])('%p outputs of %p channels are filtered in tiles of %p', (outputs, inputs, tiles) => {
  const tensor = Tensor.from('float32', [1], new Float32Array(1))
  const notes = filteredTiles(tensor, { outputs, inputs, taps: 9 }).map(({ note }) => note)
  expect(notes).toEqual([`tiles of ${tiles}`])
})

test('zeros are seen wherever they lie, and few are none', () => {
  const ones = () => new Float32Array(100_003).fill(1)
  const tensor = (values: Float32Array) => Tensor.from('float32', [values.length], values)
  expect(hasZeros(tensor(ones()), 0.1)).toBe(false)
  const few = ones().map((each, at) => (at % 20 === 0 ? 0 : each))
  expect(hasZeros(tensor(few), 0.1)).toBe(false)
  const half = ones().map((each, at) => (at % 2 === 0 ? 0 : each))
  expect(hasZeros(tensor(half), 0.1)).toBe(true)
  for (const [from, end] of [
    [0, 25_000],
    [40_000, 65_000],
    [75_003, 100_003],
  ])
    expect(hasZeros(tensor(ones().fill(0, from, end)), 0.1)).toBe(true)
  const source = { byteLength: 400_012, read: () => new Uint8Array(0), load: async () => new Uint8Array(0) }
  const whole = { ...source, async *pieces() {} }
  expect(hasZeros(Tensor.fromSource('float32', [100_003], whole), 0.1)).toBe(true)
})

test('density counts the blocks that hold something', () => {
  // Two outputs, three inputs, one tap.
  const tensor = Tensor.float32([1, 0, 0, 0, 0, 2], [2, 3])
  const layout = { outputs: 2, inputs: 3, taps: 1 }
  expect(blockDensity(tensor, layout, 1, 1)).toBeCloseTo(2 / 6)
  expect(blockDensity(tensor, layout, 2, 1)).toBeCloseTo(2 / 3)
  expect(blockDensity(tensor, layout, 2, 2)).toBeCloseTo(1)
  expect(blockDensity(tensor, layout, 1, 2)).toBeCloseTo(2 / 4)
})
