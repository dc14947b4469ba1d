/** RotaryEmbedding, of ONNX and of onnxruntime, whose inputs stand in another order. */
import type { Node } from '../../ir'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import type { Rules } from './rule'

interface Tables {
  readonly cosines: Fact
  readonly sines: Fact
  /** One a token, or that of the first token; undefined: tokens and rows of the tables are the same. */
  readonly positions: Fact | undefined
}

/** Where the heads of `[batch, tokens, heads · depth]` or `[batch, heads, tokens, depth]` lie. */
interface Layout {
  readonly batch: number
  readonly tokens: number
  readonly heads: number
  readonly depth: number
  /** Numbers between sequences, tokens and heads. */
  readonly steps: readonly number[]
}

function layoutOf(x: Fact, count: number): Layout {
  const [batch = 1, second = 1, third = 1] = x.shape
  if (x.rank === 4) {
    const depth = x.dim(3)
    return {
      batch,
      tokens: third,
      heads: second,
      depth,
      steps: [second * third * depth, depth, third * depth],
    }
  }
  if (x.rank !== 3) return decline('an input of other than three or four axes')
  const depth = count > 0 ? third / count : decline('an unknown number of heads')
  if (!Number.isInteger(depth)) decline('heads that do not fit')
  return { batch, tokens: second, heads: count, depth, steps: [second * third, third, depth] }
}

/** @param count heads that stand side by side, where they do */
function rotate(node: Node, plan: Lowering, { cosines, sines, positions }: Tables, count: number): void {
  const x = plan.floats(node, 0)
  const { batch, tokens, heads, depth, steps } = layoutOf(x, count)
  const pairs = cosines.dim(-1)
  const rows = pairs > 0 ? cosines.size / pairs : 0
  const rotated = node.int('rotary_embedding_dim', 0) || depth
  const all = batch * tokens
  const fits =
    cosines.dataType === 'float32' &&
    `${cosines.shape}` === `${sines.shape}` &&
    2 * pairs === rotated &&
    rotated <= depth &&
    (positions ? positions.dataType === 'int64' && [1, all].includes(positions.size) : rows === all)
  if (!fits) decline('tables of angles that do not fit')
  const y = plan.create('float32', x.shape)
  const isSingle = positions !== undefined && positions.size === 1 && all > 1
  if (y.size > 0)
    plan.step(
      'rotaryEmbedding',
      [x, cosines, sines, ...(positions ? [positions] : [])],
      [y],
      [batch, tokens, heads, depth, ...steps, pairs, node.int('interleaved', 0), rows, isSingle ? 1 : 0],
    )
  plan.define(node.output(), y)
}

function ofOnnx(node: Node, plan: Lowering): void {
  const [cosines, sines] = [plan.floats(node, 1), plan.floats(node, 2)]
  const positions = plan.optional(node, 3)
  rotate(node, plan, { cosines, sines, positions }, node.int('num_heads', 0))
}

/** Where heads are not counted, all of each is turned. */
function ofRuntime(node: Node, plan: Lowering): void {
  if (node.float('scale', 1) !== 1 || node.int('is_packed_batching', 0) !== 0) decline('its scale or batches')
  const [positions, cosines, sines] = [plan.input(node, 1), plan.floats(node, 2), plan.floats(node, 3)]
  const count = node.int('num_heads', 0) || plan.input(node, 0).dim(-1) / (2 * cosines.dim(-1))
  rotate(node, plan, { cosines, sines, positions }, count)
}

export const rotaryEmbedding: Rules = {
  RotaryEmbedding: { lower: ofOnnx },
  'com.microsoft.RotaryEmbedding': { lower: ofRuntime },
}
