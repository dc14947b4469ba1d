// A detector like YOLOv8: blocks that split and concatenate, a pyramid that resizes and concatenates, and heads whose
// boxes are distributions over distances.

import { attribute } from '../../dist/index.mjs'
import { ConvolutionalBuilder } from './convolutional.mjs'

/** Distances that a side of a box is a distribution over. */
const BINS = 16
const SIDES = 4

/** Splits, works on one half again and again, and concatenates all that was on the way. */
function crossStage(builder, x, { channels: [from, to], depth, shortcut }) {
  const half = to / 2
  const parts = builder.split(builder.unit(x, { channels: [from, to] }, 'SiLU'), [half, half])
  const all = [...parts]
  for (let at = 0; at < depth; at++) {
    const before = all.at(-1)
    const first = builder.unit(before, { channels: [half, half], size: 3 }, 'SiLU')
    const second = builder.unit(first, { channels: [half, half], size: 3 }, 'SiLU')
    all.push(shortcut ? builder.node('Add', [before, second]) : second)
  }
  return builder.unit(builder.concat(all), { channels: [(2 + depth) * half, to] }, 'SiLU')
}

function pyramidPooling(builder, x, channels) {
  const narrow = builder.unit(x, { channels: [channels, channels / 2] }, 'SiLU')
  const pools = [narrow]
  for (let at = 0; at < 3; at++) pools.push(builder.pool(pools.at(-1), 'MaxPool', 5, 1, 2))
  return builder.unit(builder.concat(pools), { channels: [2 * channels, channels] }, 'SiLU')
}

function upsample(builder, x) {
  const scales = builder.graph.own('scales') ?? builder.floats('scales', [1, 1, 2, 2])
  const attributes = {
    mode: attribute.string('nearest'),
    coordinate_transformation_mode: attribute.string('asymmetric'),
    nearest_mode: attribute.string('floor'),
  }
  return builder.node('Resize', [x, undefined, scales], attributes)
}

/** [batch, 4 · 16 + classes, positions] of one scale. */
function head(builder, x, { channels, boxes, labels, classes, positions }) {
  const inner = (width) => {
    const first = builder.unit(x, { channels: [channels, width], size: 3 }, 'SiLU')
    return builder.unit(first, { channels: [width, width], size: 3 }, 'SiLU')
  }
  const box = builder.conv(inner(boxes), { channels: [boxes, SIDES * BINS], bias: true })
  const label = builder.conv(inner(labels), { channels: [labels, classes], bias: true })
  return builder.reshape(builder.concat([box, label]), [-1, SIDES * BINS + classes, positions])
}

/** The mean of each side's distribution. */
function distances(builder, boxes, positions) {
  const laidOut = builder.reshape(boxes, [-1, SIDES, BINS, positions])
  const shares = builder.node('Softmax', [builder.transpose(laidOut, [0, 2, 1, 3])], {
    axis: attribute.int(1),
  })
  const steps = builder.floats(
    'steps',
    Array.from({ length: BINS }, (_, step) => step),
    [1, BINS, 1, 1],
  )
  const mean = builder.node('Conv', [shares, steps], { kernel_shape: attribute.ints([1, 1]) }, '/dfl/Conv')
  return builder.reshape(mean, [-1, SIDES, positions])
}

/**
 * Input `input` float32 [batch, 3, size, size], output `detections` float32 [batch, 4 + classes, positions]; opset 17.
 * @param {{ seed?: number, width?: number, depth?: number, size?: number, classes?: number }} [options] `width`:
 *   channels of the stem
 */
export function yolo({ seed = 8, width = 16, depth = 1, size = 320, classes = 80 } = {}) {
  const builder = new ConvolutionalBuilder('yolo', seed)
  const [w2, w4, w8, w16] = [2, 4, 8, 16].map((factor) => factor * width)
  const down = (x, from, to) => builder.unit(x, { channels: [from, to], size: 3, stride: 2 }, 'SiLU')
  const stage = (x, from, to, shortcut) => crossStage(builder, x, { channels: [from, to], depth, shortcut })
  let x = down(down(builder.image(size), 3, width), width, w2)
  const fine = stage(down(stage(x, w2, w2, true), w2, w4), w4, w4, true)
  const middle = stage(down(fine, w4, w8), w8, w8, true)
  x = stage(down(middle, w8, w16), w16, w16, true)
  const coarse = pyramidPooling(builder, x, w16)
  const lateral = stage(builder.concat([upsample(builder, coarse), middle]), w16 + w8, w8, false)
  const p3 = stage(builder.concat([upsample(builder, lateral), fine]), w8 + w4, w4, false)
  const p4 = stage(builder.concat([down(p3, w4, w4), lateral]), w4 + w8, w8, false)
  const p5 = stage(builder.concat([down(p4, w8, w8), coarse]), w8 + w16, w16, false)
  const [boxes, labels] = [Math.max(BINS, w4 / 4), w4]
  const scales = [
    [p3, w4, 8],
    [p4, w8, 16],
    [p5, w16, 32],
  ].map(([level, channels, stride]) => ({ level, channels, positions: (size / stride) ** 2 }))
  const heads = scales.map(({ level, ...shape }) =>
    head(builder, level, { ...shape, boxes, labels, classes }),
  )
  const positions = scales.reduce((sum, scale) => sum + scale.positions, 0)
  const [box, label] = builder.split(builder.concat(heads, 2), [SIDES * BINS, classes])
  const found = [distances(builder, box, positions), builder.node('Sigmoid', [label])]
  builder.output(builder.concat(found), 'detections', ['batch', SIDES + classes, positions])
  return builder.model(17)
}
