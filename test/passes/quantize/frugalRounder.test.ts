import { MemorySource, Tensor } from '../../../src/ir'
import { FrugalRounder } from '../../../src/passes/quantize/frugalRounder'

/** Numbers of all sizes, halves of a step among them. */
function numbers(size: number): Float32Array {
  return Float32Array.from(
    { length: size },
    (_, index) => Math.sin((index + 1) * 12.9898) * ((index % 7) + 0.5),
  )
}

function weightOf(shape: readonly number[]): Tensor {
  const size = shape.reduce((product, each) => product * each, 1)
  return Tensor.from('float32', shape, numbers(size))
}

async function collected(pieces: AsyncIterable<Uint8Array>): Promise<number[]> {
  const all: number[] = []
  for await (const piece of pieces)
    all.push(...new Int8Array(piece.buffer, piece.byteOffset, piece.byteLength))
  return all
}

/** Obvious: the scale of an element's channel, then the nearest number. */
function twin(weight: Tensor, axis: number, levels: number): number[] {
  const elements = weight.elements as Float32Array
  const inner = weight.shape.slice(axis + 1).reduce((product, each) => product * each, 1)
  const channel = (index: number) => Math.floor(index / inner) % (weight.shape[axis] as number)
  const reach = new Float64Array(weight.shape[axis] as number)
  elements.forEach((value, index) => {
    reach[channel(index)] = Math.max(reach[channel(index)] as number, Math.abs(value))
  })
  return Array.from(elements, (value, index) => {
    const quotient = Math.fround(value / Math.fround((reach[channel(index)] as number) / levels))
    const floor = Math.floor(quotient)
    const isHalf = quotient - floor === 0.5
    const rounded = isHalf ? floor + (Math.abs(floor) % 2) : Math.round(quotient)
    return Math.min(Math.max(rounded, -levels), levels) + 0
  })
}

describe.each([
  [[12, 5, 3, 3], 0],
  [[7, 11], 1],
  [[7, 11], 0],
  [[2, 3, 4], 1],
  [[1, 1], 0],
] as const)('a weight of shape %j by axis %d', (shape, axis) => {
  test.each([127, 63])('is the same kept and rounded when it is read, %d levels', async (levels) => {
    const weight = weightOf(shape)
    const kept = await new FrugalRounder(levels).round(weight, axis)
    const lazy = await new FrugalRounder(levels, 0).round(weight, axis)
    const expected = twin(weight, axis, levels)
    expect([...kept.scales]).toEqual([...lazy.scales])
    expect(Array.from(kept.tensor.elements as Int8Array)).toEqual(expected)
    expect(Array.from(lazy.tensor.elements as Int8Array)).toEqual(expected)
    expect(Array.from((await lazy.tensor.load()) as Int8Array)).toEqual(expected)
    expect(await collected(lazy.tensor.byteSource.pieces(5))).toEqual(expected)
  })
})

test('blocks of many channels, and several of one, are put together in order', async () => {
  // More than one block of four million elements, by rows and by columns.
  const weight = weightOf([2100, 2100])
  for (const axis of [0, 1]) {
    const kept = await new FrugalRounder(127).round(weight, axis)
    const lazy = await new FrugalRounder(127, 0).round(weight, axis)
    expect(
      Buffer.compare(Buffer.from(kept.tensor.bytes), Buffer.from(await lazy.tensor.byteSource.load())),
    ).toBe(0)
  }
})

test('bytes that start anywhere in a file are read', async () => {
  const elements = numbers(6)
  const shifted = new Uint8Array(25)
  shifted.set(new Uint8Array(elements.buffer), 1)
  const weight = Tensor.fromSource('float32', [2, 3], new MemorySource(shifted.subarray(1)))
  const { tensor } = await new FrugalRounder(127, 0).round(weight, 0)
  expect(Array.from((await tensor.load()) as Int8Array)).toEqual(twin(weight, 0, 127))
})

test('the same weight is rounded once', async () => {
  const rounder = new FrugalRounder(127)
  const weight = weightOf([3, 4])
  expect(await rounder.round(weight, 0)).toBe(await rounder.round(weight.withName('other'), 0))
  expect(await rounder.round(weight, 1)).not.toBe(await rounder.round(weight, 0))
})

test('NaN becomes 0 and does not set the scale', async () => {
  const weight = Tensor.from('float32', [1, 3], Float32Array.of(Number.NaN, 1, -0.5))
  for (const keptBytes of [0, 2 ** 20]) {
    const { tensor, scales } = await new FrugalRounder(127, keptBytes).round(weight, 0)
    expect(Array.from(tensor.elements as Int8Array)).toEqual([0, 127, -64])
    expect(scales[0]).toBeCloseTo(1 / 127, 8)
  }
})
