import { InferenceSession } from '../../../src/engine'
import { attribute, Tensor, type Value } from '../../../src/ir'
import { closeRuntime } from '../../../src/runtime'
import { expectParity, floats, ModelBuilder, noise } from '../support'

afterAll(closeRuntime)

const [CHANNELS, SIZE] = [32, 28]

/** Of each sixteen blocks of 4 outputs only one holds something. */
function sparseWeight(build: ModelBuilder, outputs: number, inputs: number, kernel: number): Value {
  const depth = inputs * kernel ** 2
  const elements = noise(outputs * depth, depth).map((each, index) => {
    const block = Math.floor(index / depth / 4) + (index % depth)
    return block % 16 === 0 ? each : 0
  })
  return build.constant(Tensor.from('float32', [outputs, inputs, kernel, kernel], elements))
}

function conv(
  build: ModelBuilder,
  x: Value,
  outputs: number,
  inputs: number,
  kernel: number,
  stride = 1,
): Value {
  const pad = (kernel - 1) / 2
  const weight = sparseWeight(build, outputs, inputs, kernel)
  return build.add('Conv', [x, weight, build.weight([outputs])], {
    pads: attribute.ints([pad, pad, pad, pad]),
    strides: attribute.ints([stride, stride]),
  })
}

/** Two blocks with a residual each, of which the second halves the image; what lies between is read by Conv alone. */
function residualNetwork(read: (build: ModelBuilder, between: Value) => void = () => {}): ModelBuilder {
  const build = new ModelBuilder()
  const x = build.input('x', [1, CHANNELS, SIZE, SIZE])
  const short = conv(build, x, 4 * CHANNELS, CHANNELS, 1)
  const inner = build.add('Relu', [
    conv(build, build.add('Relu', [conv(build, x, CHANNELS, CHANNELS, 1)]), CHANNELS, CHANNELS, 3),
  ])
  const first = build.add('Relu', [build.add('Add', [conv(build, inner, 4 * CHANNELS, CHANNELS, 1), short])])
  read(build, first)
  const down = build.add('Relu', [conv(build, first, CHANNELS, 4 * CHANNELS, 3, 2)])
  const shortDown = conv(build, first, 4 * CHANNELS, 4 * CHANNELS, 1, 2)
  const sum = build.add('Add', [conv(build, down, 4 * CHANNELS, CHANNELS, 1), shortDown])
  build.output(conv(build, build.add('Relu', [sum]), CHANNELS, 4 * CHANNELS, 3, 2))
  return build
}

const feeds = { x: floats([1, CHANNELS, SIZE, SIZE]) }

async function kernels(build: ModelBuilder, threads: number): Promise<string> {
  await using session = await InferenceSession.create(build.model, { intraOpNumThreads: threads })
  await session.run(feeds)
  return String(await session.explain())
}

test('images between convolutions by blocks lie in halves where there are threads', async () => {
  const build = residualNetwork()
  expect((await kernels(build, 2)).match(/blockconv\.halves/g)).toHaveLength(8)
  expect(await kernels(build, 1)).not.toContain('blockconv.halves')
})

test.each([1, 2, 3])('and the values are the same, %p threads', async (threads) => {
  await expectParity(residualNetwork().model, feeds, 1e-6, { intraOpNumThreads: threads })
})

test('what others read, and its residual, stay whole', async () => {
  const build = residualNetwork((network, between) =>
    network.output(network.add('GlobalAveragePool', [between])),
  )
  const lines = (await kernels(build, 2)).split('\n').filter((line) => line.includes('blockconv'))
  expect(lines.filter((line) => line.includes('blockconv.halves'))).toHaveLength(7)
  await expectParity(build.model, feeds, 1e-6, { intraOpNumThreads: 2 })
})
