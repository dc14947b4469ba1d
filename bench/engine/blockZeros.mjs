// Copies of models whose layers are zero in random blocks: for speed alone, they are of no other use.

import { Model, Tensor } from '../../dist/index.mjs'

/** Numbers from 0 to 1, the same each time. */
function draws(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state / 2 ** 32
  }
}

/** Outputs, inputs and taps of weights, and how far elements are apart along each. */
function layoutOf(node, [first, second, ...kernel]) {
  const taps = kernel.reduce((all, size) => all * size, 1)
  const isTransposed = node.opType === 'Conv' || (node.opType === 'Gemm' && node.int('transB', 0) !== 0)
  return isTransposed
    ? { outputs: first, inputs: second, taps, outer: second * taps, inner: taps }
    : { outputs: second, inputs: first, taps, outer: 1, inner: second }
}

/** The tensor with blocks of rows by columns at one tap set to zero, each by the ratio's chance. */
function withZeros(tensor, { outputs, inputs, taps, outer, inner }, { rows, columns, ratio }, draw) {
  const elements = tensor.elements.slice()
  for (let row = 0; row < outputs; row += rows)
    for (let column = 0; column < inputs; column += columns)
      for (let tap = 0; tap < taps; tap++) {
        if (draw() >= ratio) continue
        for (let i = row; i < Math.min(outputs, row + rows); i++)
          for (let j = column; j < Math.min(inputs, column + columns); j++)
            elements[i * outer + j * inner + tap] = 0
      }
  return Tensor.from(tensor.dataType, tensor.shape, elements, tensor.name)
}

/** The constant that a layer's weights are, or are made of. */
function weightsOf(node) {
  if (!['Conv', 'MatMul', 'MatMulInteger', 'Gemm'].includes(node.opType)) return undefined
  const weights = node.input(1)
  const value = weights.producer?.opType === 'DequantizeLinear' ? weights.producer.input(0) : weights
  return value.initializer && value.initializer.shape.length > 1 ? value : undefined
}

/** @param {{ rows: number, columns: number, ratio: number }} blocks */
export async function saveWithZeros(from, to, blocks) {
  const model = await Model.open(from)
  const draw = draws(7)
  for (const node of model.graph) {
    const value = weightsOf(node)
    if (!value) continue
    const layout = layoutOf(node, value.initializer.shape)
    // The first convolution has too few inputs for blocks, and those by depth have one.
    if (layout.inputs >= 4) value.initializer = withZeros(value.initializer, layout, blocks, draw)
  }
  await model.save(to)
}
