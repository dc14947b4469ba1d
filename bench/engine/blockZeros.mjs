// Copies of models whose convolutions are zero in random blocks: for speed alone, they are of no other use.

import { Model, Tensor } from '../../dist/index.mjs'

/** Numbers from 0 to 1, the same each time. */
function draws(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state / 2 ** 32
  }
}

/** The tensor with blocks of rows by columns at one tap set to zero, each by the ratio's chance. */
function withZeros(tensor, { rows, columns, ratio }, draw) {
  const [outputs, inputs, ...kernel] = tensor.shape
  const taps = kernel.reduce((all, size) => all * size, 1)
  const elements = tensor.elements.slice()
  for (let row = 0; row < outputs; row += rows)
    for (let column = 0; column < inputs; column += columns)
      for (let tap = 0; tap < taps; tap++) {
        if (draw() >= ratio) continue
        for (let i = row; i < Math.min(outputs, row + rows); i++)
          for (let j = column; j < Math.min(inputs, column + columns); j++)
            elements[(i * inputs + j) * taps + tap] = 0
      }
  return Tensor.from(tensor.dataType, tensor.shape, elements, tensor.name)
}

/** @param {{ rows: number, columns: number, ratio: number }} blocks */
export async function saveWithZeros(from, to, blocks) {
  const model = await Model.open(from)
  const draw = draws(7)
  for (const node of model.graph) {
    if (node.opType !== 'Conv') continue
    const weights = node.input(1)
    const value = weights.producer?.opType === 'DequantizeLinear' ? weights.producer.input(0) : weights
    // The first layer has too few inputs for blocks, and those by depth have one.
    if (value.initializer && value.initializer.shape[1] >= 4)
      value.initializer = withZeros(value.initializer, blocks, draw)
  }
  await model.save(to)
}
