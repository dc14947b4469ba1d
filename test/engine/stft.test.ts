/** Short-time Fourier transforms, against the sums that define them. */
import { attribute, Tensor, tensorType } from '../../src/ir'
import { closeRuntime, type FeedTensor } from '../../src/runtime'
import { expectParity, floats, ModelBuilder, noise, runEngine } from './support'

afterAll(closeRuntime)

interface Transform {
  readonly frame: number
  readonly hop: number
  readonly isOneSided?: boolean
  readonly hasWindow?: boolean
  readonly hasLength?: boolean
  readonly dims?: readonly number[]
}

const windowOf = (frame: number) => noise(frame, 3).map((each) => 0.5 + each / 4)

function modelOf({
  frame,
  hop,
  isOneSided = true,
  hasWindow = true,
  hasLength = false,
  dims = [2, 300],
}: Transform) {
  const build = new ModelBuilder()
  const x = build.input('x', dims)
  const window = hasWindow ? build.constant(Tensor.from('float32', [frame], windowOf(frame))) : undefined
  const length = hasLength || !hasWindow ? build.constant(Tensor.int64([frame], [])) : undefined
  const step = build.constant(Tensor.int64([hop], []))
  const y = build.add('STFT', [x, step, window, length], { onesided: attribute.int(isOneSided ? 1 : 0) })
  return build.output(y).model
}

/** The largest difference to sums in double precision, relative to the largest of them. */
function error({ frame, hop, hasWindow = true }: Transform, x: Float32Array, y: FeedTensor): number {
  const [, frames = 0, bins = 0] = y.dims
  const length = x.length / (y.dims[0] ?? 1)
  const window = hasWindow ? windowOf(frame) : new Float32Array(frame).fill(1)
  let [most, largest] = [0, 0]
  for (const [at, found] of [...(y.data as Float32Array)].entries()) {
    const [part, bin] = [at % 2, Math.floor(at / 2) % bins]
    const index = Math.floor(at / 2 / bins)
    const start = Math.floor(index / frames) * length + (index % frames) * hop
    let sum = 0
    for (let n = 0; n < frame; n++) {
      const angle = (2 * Math.PI * ((bin * n) % frame)) / frame
      sum += (x[start + n] ?? 0) * (window[n] ?? 0) * (part ? -Math.sin(angle) : Math.cos(angle))
    }
    most = Math.max(most, Math.abs(sum - found))
    largest = Math.max(largest, Math.abs(sum))
  }
  return most / largest
}

test.each<[string, Transform]>([
  ['of a power of two', { frame: 64, hop: 16 }],
  ['of another length', { frame: 50, hop: 20 }],
  ['of all frequencies', { frame: 30, hop: 7, isOneSided: false }],
  ['without a window', { frame: 32, hop: 8, hasWindow: false }],
  ['of a window and a length', { frame: 32, hop: 8, hasLength: true }],
  ['of a signal with an axis for its parts', { frame: 32, hop: 8, dims: [2, 300, 1] }],
])('frames %s', async (_, transform) => {
  const { dims = [2, 300] } = transform
  const x = floats(dims)
  // onnxruntime's fast transform of lengths that are no power of two is off by 2e-5 itself.
  const run = await expectParity(modelOf(transform), { x }, 1e-4)
  expect(run.declined).toEqual([])
  const [y] = Object.values(run.results)
  expect(error(transform, x.data as Float32Array, y as FeedTensor)).toBeLessThan(2e-6)
})

test('what is left to onnxruntime', async () => {
  // Of complex signals it makes something else each time.
  const complex = modelOf({ frame: 16, hop: 8, isOneSided: false, dims: [1, 100, 2] })
  expect((await runEngine(complex, { x: floats([1, 100, 2]) })).declined).toHaveLength(1)
  const long = await runEngine(modelOf({ frame: 2048, hop: 512, dims: [1, 4096] }), { x: floats([1, 4096]) })
  expect(long.declined).toHaveLength(1)
  const model = modelOf({ frame: 32, hop: 8, dims: [2, 300, 1] })
  for (const input of model.graph.inputs) input.type = tensorType('float32', [2, 300, 'parts'])
  expect((await expectParity(model, { x: floats([2, 300, 1]) }, 1e-4)).declined).toHaveLength(1)
})
