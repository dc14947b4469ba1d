import type { Value } from '../../../src/ir'
import { Builder, type Checked, check } from './support'

/** Between two nodes that stay, so that graph inputs and outputs are not in the way. */
export async function inTheMiddle(
  shape: readonly (number | string)[],
  build: (b: Builder, x: Value) => Value,
  opset = 21,
): Promise<Checked> {
  const b = new Builder(opset)
  const x = b.node('Sigmoid', [b.input('x', shape)], {}, 'h')
  return check(b.output(b.node('Relu', [build(b, x)], {}, 'y')))
}
