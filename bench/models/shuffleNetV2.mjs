// ShuffleNetV2 (Ma et al. 2018): half of the channels pass by, then all are shuffled.

import { ConvolutionalBuilder } from './convolutional.mjs'

const REPEATS = [4, 8, 4]

/** [batch, 2 · c, height, width] to pairs of channels, one of each half. */
function shuffle(builder, x, channels, size) {
  const laidOut = builder.reshape(x, [-1, 2, channels / 2, size, size])
  return builder.reshape(builder.transpose(laidOut, [0, 2, 1, 3, 4]), [-1, channels, size, size])
}

function branch(builder, x, { from, to, stride }) {
  const narrow = builder.unit(x, { channels: [from, to] })
  const filtered = builder.unit(narrow, { channels: [to, to], size: 3, stride, group: to }, '')
  return builder.unit(filtered, { channels: [to, to] })
}

function shortcut(builder, x, from, to) {
  const filtered = builder.unit(x, { channels: [from, from], size: 3, stride: 2, group: from }, '')
  return builder.unit(filtered, { channels: [from, to] })
}

/**
 * Input `input` float32 [batch, 3, size, size], output `logits` float32 [batch, classes]; opset 17.
 * @param {{ seed?: number, widths?: number[], repeats?: number[], size?: number, classes?: number }} [options] `widths`:
 *   of the stem, each stage and the last convolution
 */
export function shuffleNetV2({
  seed = 22,
  widths = [24, 116, 232, 464, 1024],
  repeats = REPEATS,
  size = 224,
  classes = 1000,
} = {}) {
  const builder = new ConvolutionalBuilder('shufflenet_v2', seed)
  const [stem, ...stages] = widths
  let x = builder.unit(builder.image(size), { channels: [3, stem], size: 3, stride: 2 })
  x = builder.pool(x, 'MaxPool', 3, 2, 1)
  let [from, side] = [stem, size / 4]
  for (const [stage, count] of repeats.entries()) {
    const [to, half] = [stages[stage], stages[stage] / 2]
    side /= 2
    x = builder.concat([shortcut(builder, x, from, half), branch(builder, x, { from, to: half, stride: 2 })])
    x = shuffle(builder, x, to, side)
    for (let unit = 1; unit < count; unit++) {
      const [kept, worked] = builder.split(x, [half, half])
      x = builder.concat([kept, branch(builder, worked, { from: half, to: half, stride: 1 })])
      x = shuffle(builder, x, to, side)
    }
    from = to
  }
  const last = stages.at(-1)
  builder.classify(builder.unit(x, { channels: [from, last] }), last, classes)
  return builder.model(17)
}
