import type { Node } from '../../ir'

/** Whether a Gemm takes rows of activations as they lie, and multiplies nothing by factors. */
export function isPlainGemm(node: Node): boolean {
  return node.int('transA', 0) === 0 && node.float('alpha', 1) === 1 && node.float('beta', 1) === 1
}
