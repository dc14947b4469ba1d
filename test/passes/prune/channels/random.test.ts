/** The oracle on graphs of operators put together at random. */
import fc from 'fast-check'
import { attribute, type Value } from '../../../../src/ir'
import { uniform } from '../../../calibrate/support'
import { LayerBuilder, samplesFor } from '../../quantize/support'
import { exactEffect } from './oracle'

const int = attribute.int
const ints = attribute.ints

/** [2, channels, 4, 4], as are all that are put together. */
interface Image {
  readonly value: Value
  readonly channels: number
}

type Step = (g: LayerBuilder, images: readonly Image[], pick: (count: number) => number) => Image

const last = (images: readonly Image[]) => images.at(-1) as Image

function unary(opType: string): Step {
  return (g, images) => ({ ...last(images), value: g.node(opType, [last(images).value]) })
}

function withNumber(opType: string, number: number): Step {
  return (g, images) => ({ ...last(images), value: g.node(opType, [last(images).value, g.weight(number)]) })
}

/** A layer that makes an image as wide as another, to be put together with it. */
const beside: Step = (g, images, pick) => {
  const [a, b] = [last(images), images[pick(images.length)] as Image]
  const fitted = a.channels === b.channels ? b.value : g.conv(b.value, [a.channels, b.channels, 1, 1])
  return { ...a, value: g.node(['Add', 'Mul', 'Max', 'Sub'][pick(4)] as string, [a.value, fitted]) }
}

const STEPS: readonly Step[] = [
  (g, images, pick) => {
    const { value, channels } = last(images)
    const outputs = [4, 6, 8, 12][pick(4)] as number
    return {
      value: g.conv(value, [outputs, channels, 3, 3], { pads: 1, bias: pick(2) === 0 }),
      channels: outputs,
    }
  },
  (g, images) => ({
    ...last(images),
    value: g.conv(last(images).value, [last(images).channels, 1, 3, 3], {
      pads: 1,
      group: last(images).channels,
    }),
  }),
  (g, images) => {
    const { value, channels } = last(images)
    if (channels % 2) return last(images)
    return { value: g.conv(value, [channels, channels / 2, 1, 1], { group: 2 }), channels }
  },
  (g, images, pick) => {
    const [a, b] = [images[pick(images.length)] as Image, last(images)]
    return {
      value: g.node('Concat', [a.value, b.value], { axis: int(1) }),
      channels: a.channels + b.channels,
    }
  },
  (g, images, pick) => {
    const { value, channels } = last(images)
    if (channels < 3) return last(images)
    const first = 1 + pick(channels - 2)
    const parts = g.model.graph.add('Split', [value, g.ints([first, channels - first])], {
      outputs: 2,
      attributes: { axis: int(1) },
    }).outputs
    const side = pick(2)
    const width = side === 0 ? first : channels - first
    // A part as it is, and the other through a layer.
    const other = g.conv(parts[1 - side] as Value, [width, channels - width, 1, 1])
    return { value: g.node('Add', [parts[side] as Value, other]), channels: width }
  },
  (g, images, pick) => {
    const { value, channels } = last(images)
    const order = Array.from({ length: channels }, (_, at) => (at * 5 + pick(channels)) % channels)
    return { value: g.node('Gather', [value, g.ints(order)], { axis: int(1) }), channels }
  },
  (g, images, pick) => {
    const { value, channels } = last(images)
    const [before, after] = [pick(3), pick(3)]
    const padded = g.node('Pad', [value, g.ints([0, before, 0, 0, 0, after, 0, 0])])
    return { value: padded, channels: channels + before + after }
  },
  (g, images) => {
    const { value, channels } = last(images)
    if (channels % 2) return last(images)
    const apart = g.node('Reshape', [value, g.ints([0, 2, channels / 2, 4, 4])])
    const turned = g.node('Transpose', [apart], { perm: ints([0, 2, 1, 3, 4]) })
    return { value: g.node('Reshape', [turned, g.ints([0, channels, 4, 4])]), channels }
  },
  (g, images) => {
    const { value, channels } = last(images)
    const one = g.weight(Array(channels).fill(1))
    const inputs = [value, g.some([channels]), g.some([channels]), g.some([channels]), one]
    return { value: g.node('BatchNormalization', inputs), channels }
  },
  (g, images) => {
    const { value, channels } = last(images)
    return {
      value: g.node('InstanceNormalization', [value, g.some([channels]), g.some([channels])]),
      channels,
    }
  },
  (g, images) => {
    const { value, channels } = last(images)
    if (channels % 2) return last(images)
    const grouped = g.node('GroupNormalization', [value, g.some([channels]), g.some([channels])], {
      num_groups: int(2),
    })
    return { value: grouped, channels }
  },
  (g, images) => {
    const { value, channels } = last(images)
    const gate = g.node('Sigmoid', [g.conv(g.node('GlobalAveragePool', [value]), [channels, channels, 1, 1])])
    return { value: g.node('Mul', [value, gate]), channels }
  },
  (g, images) => {
    const { value, channels } = last(images)
    return { value: g.node('Mul', [value, g.some([channels, 1, 1])]), channels }
  },
  (g, images) => {
    const { value, channels } = last(images)
    const turned = g.node('Transpose', [value], { perm: ints([0, 2, 3, 1]) })
    const hidden = g.node('Tanh', [g.node('MatMul', [turned, g.some([channels, 6])])])
    return { value: g.node('Transpose', [hidden], { perm: ints([0, 3, 1, 2]) }), channels: 6 }
  },
  (g, images) => {
    const { value, channels } = last(images)
    const pooled = g.node('AveragePool', [value], { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) })
    return { value: pooled, channels }
  },
  beside,
  beside,
  unary('Relu'),
  unary('Sigmoid'),
  unary('Softplus'),
  unary('HardSwish'),
  withNumber('Add', 0.3),
  withNumber('Mul', -0.7),
  withNumber('Max', 0.1),
]

/** A graph of so many steps; numbers from `next` say which. */
function build(steps: number, next: () => number): LayerBuilder {
  const g = new LayerBuilder()
  const pick = (count: number) => Math.floor(next() * count)
  const images: Image[] = [{ value: g.conv(g.input('x', [2, 3, 4, 4]), [8, 3, 1, 1]), channels: 8 }]
  for (let step = 0; step < steps; step++) {
    const made = (STEPS[pick(STEPS.length)] as Step)(g, images, pick)
    images.push(made)
  }
  const { value, channels } = last(images)
  g.conv(value, [3, channels, 1, 1])
  return g.output(g.conv(value, [3, channels, 3, 3], { pads: 1 }))
}

const RUNS = 60

test('without channels as with their weights set to zero', async () => {
  let effects = 0
  const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 })
  await fc.assert(
    fc.asyncProperty(seeds, fc.integer({ min: 2, max: 12 }), async (seed, steps) => {
      const next = uniform(seed)
      const { model } = build(steps, next)
      const effect = await exactEffect(model, samplesFor(model, 1), next)
      if (effect > 0.01) effects++
    }),
    { numRuns: RUNS, seed: 3, endOnFailure: true },
  )
  expect(effects).toBeGreaterThan(0.6 * RUNS)
})
