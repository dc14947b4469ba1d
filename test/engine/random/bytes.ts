/** Operators between 8-bit values, as quantizers write them. */
import { attribute } from '../../../src/ir'
import { LARGEST_WEIGHT } from '../../support/saturation'
import { type Bytes, type Growth, isUsual, type RandomGraph, type Shaped, sizeOf } from './graph'
import { convolutionOf } from './layers'
import { MOVEMENTS } from './movements'
import { pool } from './summaries'

const { int } = attribute

/** Scales of which no sums or products lie at halves: which way they fall hangs on how onnxruntime fuses, too. */
function anyBytes({ dice, byteType }: RandomGraph): Bytes {
  return {
    scale: 0.015 + 0.04 * dice.real(),
    zeroPoint: dice.pick(byteType === 'uint8' ? [0, 128, 113] : [0, -128, 7]),
  }
}

/** A value by QuantizeLinear and DequantizeLinear. */
export function quantized(graph: RandomGraph, x: Shaped, bytes = anyBytes(graph)): Shaped {
  const { byteType } = graph
  const zero = (byteType === 'uint8' ? Uint8Array : Int8Array).of(bytes.zeroPoint)
  const by = [graph.number(bytes.scale), graph.tensor(byteType, [], zero)]
  const q = graph.add('QuantizeLinear', [x, ...by], x.shape)
  return { ...graph.add('DequantizeLinear', [q, ...by], x.shape), bytes }
}

/** 8-bit weights, whose products with such values are of about their size. */
function integers(graph: RandomGraph, shape: readonly number[], axis: number): Shaped {
  const { dice } = graph
  const count = shape[axis] as number
  const numbers = Int8Array.from({ length: sizeOf(shape) }, () => dice.size(-LARGEST_WEIGHT, LARGEST_WEIGHT))
  const isEach = dice.chance(0.7)
  const scales = Float32Array.from({ length: isEach ? count : 1 }, () => {
    return (0.5 + dice.real()) / 64 / Math.sqrt(numbers.length / count)
  })
  const thinned = graph.thinned(shape, numbers)
  const scale = graph.tensor('float32', isEach ? [count] : [], scales)
  const attributes = isEach ? { axis: int(axis) } : {}
  // Where they saturate, onnxruntime's own products of wider weights are wrong.
  if (LARGEST_WEIGHT < 127 || dice.chance(0.7))
    return graph.add('DequantizeLinear', [graph.tensor('int8', shape, thinned), scale], shape, attributes)
  const zeros = Uint8Array.from(scales, () => dice.size(40, 215))
  const inner = sizeOf(shape.slice(axis + 1))
  const bytes = Uint8Array.from(thinned, (number, at) => {
    const zero = zeros[isEach ? Math.floor(at / inner) % count : 0] ?? 0
    return Math.min(Math.max(number + zero, 0), 255)
  })
  const zero = graph.tensor('uint8', isEach ? [count] : [], zeros)
  return graph.add('DequantizeLinear', [graph.tensor('uint8', shape, bytes), scale, zero], shape, attributes)
}

const conv: Growth = (graph, x) => {
  const { dice } = graph
  const found = convolutionOf(graph, x)
  if (!found) return undefined
  const { shape, attributes } = found
  const bias = dice.chance(0.6) ? graph.weights([shape[1] as number], 0.5) : undefined
  const y = graph.add('Conv', [x, integers(graph, found.weights, 0), bias], shape, attributes)
  return quantized(graph, dice.chance(0.4) ? graph.add('Relu', [y], shape) : y)
}

const matmul: Growth = (graph, x) => {
  const depth = x.shape.at(-1) ?? 1
  const outputs = graph.dice.size(1, 70)
  const shape = [...x.shape.slice(0, -1), outputs]
  if (x.shape.length < 2 || depth > 1000 || !isUsual(shape)) return undefined
  return quantized(graph, graph.add('MatMul', [x, integers(graph, [depth, outputs], 1)], shape))
}

const arithmetic: Growth = (graph, x) => {
  const { dice } = graph
  const alike = graph.values.filter(({ shape }) => `${shape}` === `${x.shape}`)
  return quantized(graph, graph.add(dice.pick(['Add', 'Add', 'Mul']), [x, dice.pick(alike)], x.shape))
}

/** With a constant that is no 8-bit number. */
const withNumber: Growth = (graph, x) => {
  const { dice } = graph
  const opType = dice.pick(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min'])
  const number = graph.number((dice.chance(0.5) ? 1 : -1) * (0.3 + dice.real()))
  const operands = opType !== 'Div' && dice.chance(0.4) ? [number, x] : [x, number]
  return quantized(graph, graph.add(opType, operands, x.shape))
}

const activation: Growth = (graph, x) => {
  const opType = graph.dice.pick(['Relu', 'Sigmoid', 'HardSwish', 'LeakyRelu', 'Tanh', 'Gelu', 'HardSigmoid'])
  return quantized(graph, graph.add(opType, [x], x.shape))
}

const gate: Growth = (graph, x) => {
  if (x.shape.length !== 4) return undefined
  const shape = [...x.shape.slice(0, 2), 1, 1]
  const mean = quantized(graph, graph.add('GlobalAveragePool', [x], shape))
  graph.values.push(mean)
  const by = quantized(graph, graph.add(graph.dice.pick(['Sigmoid', 'HardSigmoid']), [mean], shape))
  return quantized(graph, graph.add('Mul', [x, by], x.shape))
}

/** Some are quantized again, by the same: of two pairs with nothing between them onnxruntime makes one. */
const moved = MOVEMENTS.map((move): Growth => {
  return (graph, x) => {
    const y = move(graph, x)
    return y && (graph.dice.chance(0.6) ? quantized(graph, y, x.bytes) : { ...y, bytes: x.bytes })
  }
})

const pooled: Growth = (graph, x) => {
  const y = pool(graph, x)
  return y && quantized(graph, y)
}

export const BYTES: readonly Growth[] = [
  ...Array<Growth>(8).fill(conv),
  ...Array<Growth>(4).fill(matmul),
  ...Array<Growth>(4).fill(arithmetic),
  ...Array<Growth>(3).fill(activation),
  withNumber,
  withNumber,
  gate,
  gate,
  pooled,
  pooled,
  ...moved,
]
