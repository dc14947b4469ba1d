import { InferenceSession, Tensor } from 'onnxruntime-node'
import { type ChannelLayout, dequantize, type QuantizedType, quantize } from '../../src/native'
import { quantizeModel, type StoredType } from './quantizeModel'
import { channelOf, difference, layouts, refusal, sizeOf, values, wild } from './values'

const ranges: Record<QuantizedType, [number, number]> = {
  int4: [-8, 7],
  uint4: [0, 15],
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
}
const dataTypes = Object.keys(ranges) as QuantizedType[]

function roundHalfEven(v: number): number {
  const down = Math.floor(v)
  if (v - down !== 0.5) return Math.round(v)
  return down % 2 === 0 ? down : down + 1
}

function twin(x: number, scale: number, zeroPoint: number, [low, high]: readonly number[]): number {
  const ratio = Math.fround(x / scale)
  const q = (Number.isNaN(ratio) ? 0 : roundHalfEven(ratio)) + zeroPoint
  return Math.min(Math.max(q, low ?? 0), high ?? 0)
}

/** The values of any of the returned arrays. */
function unpacked(q: ArrayLike<number>, dataType: QuantizedType, size: number): number[] {
  if (!dataType.endsWith('int4')) return Array.from(q)
  return Array.from({ length: size }, (_, i) => {
    const nibble = ((q[i >> 1] ?? 0) >> (i % 2 === 0 ? 0 : 4)) & 15
    return dataType === 'int4' && nibble > 7 ? nibble - 16 : nibble
  })
}

function scalesFor({ channels }: ChannelLayout): Float32Array {
  return Float32Array.from({ length: channels }, (_, c) => 0.01 + (c % 7) * 0.003)
}

describe('quantize and dequantize', () => {
  test.each(dataTypes)('%s with one scale', async (dataType) => {
    for (const size of [0, 1, 2, 15, 33, 70_001]) {
      const x = wild(size, size)
      const zeroPoint = dataType.startsWith('u') ? 5 : -3
      const scale = Math.fround(0.031)
      const params = { scale, zeroPoint, dataType }
      const q = await quantize(x, params)
      const integers = unpacked(q, dataType, size)
      expect(
        difference(
          integers,
          Array.from(x, (v) => twin(v, scale, zeroPoint, ranges[dataType])),
        ),
      ).toBeUndefined()
      const back = await dequantize(q, { ...params, length: size })
      expect(
        difference(
          back,
          integers.map((v) => Math.fround((v - zeroPoint) * scale)),
        ),
      ).toBeUndefined()
    }
  })

  test.each(layouts.flatMap((layout) => dataTypes.map((dataType) => [dataType, layout] as const)))(
    '%s with a scale a channel, %j',
    async (dataType, layout) => {
      const x = values(sizeOf(layout))
      const scale = scalesFor(layout)
      const zeroPoint = Int32Array.from(scale, (_, c) => c % 4)
      const q = await quantize(x, { scale, zeroPoint, dataType, layout })
      const integers = unpacked(q, dataType, x.length)
      const at = (i: number) => {
        const c = channelOf(layout, i)
        return [scale[c] ?? 0, zeroPoint[c] ?? 0] as const
      }
      expect(
        difference(
          integers,
          Array.from(x, (v, i) => twin(v, ...at(i), ranges[dataType])),
        ),
      ).toBeUndefined()
      const back = await dequantize(q, { scale, zeroPoint, dataType, layout })
      expect(
        difference(
          back,
          integers.map((v, i) => Math.fround((v - at(i)[1]) * at(i)[0])),
        ),
      ).toBeUndefined()
    },
  )

  test('narrowed ranges and halves', async () => {
    const x = Float32Array.of(-200, -64.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 63.5, 200, Number.NaN)
    const q = await quantize(x, { scale: 1, zeroPoint: 0, dataType: 'int8', qmin: -64, qmax: 64 })
    expect([...q]).toEqual([-64, -64, -2, -2, 0, 0, 2, 2, 64, 64, 0])
    expect(Object.is(q.constructor, Int8Array)).toBe(true)
  })

  test('leaves the scales to the caller, who may reuse them at once', async () => {
    const scale = Float32Array.of(0.5, 0.25)
    const layout = { outer: 1, channels: 2, inner: 100_000 }
    const pending = quantize(new Float32Array(200_000).fill(1), {
      scale,
      zeroPoint: 0,
      dataType: 'int8',
      layout,
    })
    scale.fill(1)
    const q = await pending
    expect([q[0], q[199_999]]).toEqual([2, 4])
  })
})

describe('against onnxruntime', () => {
  const types: StoredType[] = ['int8', 'uint8', 'int16', 'uint16']

  async function runModel(opType: string, stored: StoredType, feeds: Record<string, Tensor>, axis?: number) {
    const session = await InferenceSession.create(quantizeModel(opType, stored, axis))
    const { y } = await session.run(feeds)
    await session.release()
    return Array.from(y?.data as ArrayLike<number>)
  }

  test.each(types)('%s: the same integers and floats, bit for bit', async (dataType) => {
    // Every multiple of an awkward quarter step, so that many quotients fall on or next to a tie.
    const scale = Math.fround(0.0078431377)
    const ties = Float32Array.from({ length: 4096 }, (_, k) => (k - 2048) * scale * 0.25)
    const x = Float32Array.from([...values(20_000), ...ties, Infinity, -Infinity, 0, -0])
    const zeroPoint = dataType.startsWith('u') ? 100 : -7
    const dims = [1, 1, x.length]
    const s = new Tensor('float32', Float32Array.of(scale), [])
    const z = new Tensor(dataType, [zeroPoint], [])
    const q = await quantize(x, { scale, zeroPoint, dataType })
    expect(
      difference(q, await runModel('QuantizeLinear', dataType, { x: new Tensor('float32', x, dims), s, z })),
    ).toBeUndefined()
    const back = await dequantize(q, { scale, zeroPoint, dataType })
    expect(
      difference(
        back,
        await runModel('DequantizeLinear', dataType, { x: new Tensor(dataType, q as never, dims), s, z }),
      ),
    ).toBeUndefined()
  })

  test.each([0, 1, 2])('int8 along axis %d', async (axis) => {
    const dims = [5, 6, 35]
    const channels = dims[axis] ?? 0
    const layout = {
      outer: dims.slice(0, axis).reduce((a, b) => a * b, 1),
      channels,
      inner: dims.slice(axis + 1).reduce((a, b) => a * b, 1),
    }
    const x = values(5 * 6 * 35)
    const scale = scalesFor(layout)
    const zeroPoint = Int32Array.from(scale, (_, c) => c - 2)
    const feeds = {
      x: new Tensor('float32', x, dims),
      s: new Tensor('float32', scale, [channels]),
      z: new Tensor('int8', Int8Array.from(zeroPoint), [channels]),
    }
    const q = await quantize(x, { scale, zeroPoint, dataType: 'int8', layout })
    expect(difference(q, await runModel('QuantizeLinear', 'int8', feeds, axis))).toBeUndefined()
  })
})

describe('bad arguments', () => {
  const x = new Float32Array(4)
  const good = { scale: 1, zeroPoint: 0, dataType: 'int8' as const }
  const layout = { outer: 1, channels: 2, inner: 2 }

  test.each([
    [{ ...good, dataType: 'int5' }, /one of int4, uint4, .* for dataType of quantize, received "int5"/],
    [
      { ...good, scale: 0 },
      /Expected a finite float32 above 0 for scale of channel 0 of quantize, received 0/,
    ],
    [{ ...good, scale: 1e-60 }, /above 0/],
    [{ ...good, scale: Number.NaN }, /above 0/],
    [{ ...good, scale: '1' }, /a number or a Float32Array for scale of quantize, received "1"/],
    [{ ...good, scale: Float32Array.of(1, -1), layout }, /scale of channel 1 .* received -1/],
    [{ ...good, scale: Float32Array.of(1, 1) }, /a layout, since scale or zeroPoint is an array/],
    [{ ...good, scale: Float32Array.of(1), layout }, /2 elements, one a channel, for scale/],
    [{ ...good, zeroPoint: 0.5 }, /an integer or an Int32Array for zeroPoint/],
    [{ ...good, zeroPoint: 2 ** 32 }, /an integer from -128 to 127 for zeroPoint of channel 0/],
    [{ ...good, zeroPoint: Int32Array.of(1, 200), layout }, /zeroPoint of channel 1 .* received 200/],
    [{ ...good, qmin: -129 }, /an integer from -128 to 127 for qmin/],
    [{ ...good, qmin: 5, qmax: 4 }, /an integer from 5 to 127 for qmax/],
    [{ ...good, layout: { outer: 1, channels: 1, inner: 5 } }, /outer \* channels \* inner = 4/],
  ])('%j', async (params, message) => {
    const error = await refusal(quantize(x, params as never))
    expect(error.code).toBe('BAD_ARGUMENT')
    expect(error.message).toMatch(message)
  })

  test('of dequantize', async () => {
    const wrongArray = await refusal(dequantize(new Uint8Array(4), good))
    expect(wrongArray.message).toBe(
      'Expected the array that holds int8 for q of dequantize, received a Uint8Array',
    )
    const wrongLength = await refusal(dequantize(new Uint8Array(4), { ...good, dataType: 'int4', length: 9 }))
    expect(wrongLength.message).toMatch(/5 bytes for 9 values/)
    for (const length of [-1, 6.5, Number.NaN, 2 ** 60]) {
      const error = await refusal(dequantize(new Uint8Array(4), { ...good, dataType: 'int4', length }))
      expect(error.code).toBe('BAD_ARGUMENT')
    }
  })
})
