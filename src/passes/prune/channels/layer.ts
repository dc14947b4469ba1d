/** Layers whose weight sums over all channels of their input: one matrix, with a row an output and a column an input. */
import type { Node } from '../../../ir'
import { type Layer, layerOf } from '../../layer/layer'
import { matrixShape } from '../../layer/weightMatrix'

/** The layer that a node is, if its weight sums over all its input channels. */
export function summingLayer(node: Node): Layer | undefined {
  const layer = layerOf(node)
  return layer && matrixShape(layer).groups === 1 ? layer : undefined
}

/** What products are multiplied with; Gemm's alpha. */
export function factorOf({ kind, node }: Layer): number {
  return kind === 'gemm' ? node.float('alpha', 1) : 1
}
