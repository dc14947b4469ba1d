/** com.microsoft's GroupQueryAttention: of new tokens to all so far, whose keys and values go from run to run. */
import type { Node } from '../../ir'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import type { Slot } from '../plan/slot'
import { decline } from '../plan/unplannable'
import type { Rules } from './rule'

const FLOAT_BYTES = 4

/** Rows of heads: where the first begins, and how many numbers are between those of two tokens. */
interface TokenRows {
  readonly slot: Slot
  readonly step: number
}

interface Heads {
  readonly queries: number
  readonly keys: number
  /** Numbers of a head. */
  readonly depth: number
}

/** Whether the node says what the kernel does not have: what changes scores, what becomes of them, kept keys of few bits. */
function isUnknown(node: Node): boolean {
  const isChanged = node.float('softcap', 0) !== 0 || node.int('smooth_softmax', 0) !== 0
  const isKeptOtherwise = ['k_quant_type', 'v_quant_type'].some(
    (name) => node.string(name, 'NONE') !== 'NONE',
  )
  const isAsked = node.int('qk_output', 0) !== 0
  // Positions, biases and sinks of its own.
  return isChanged || isKeptOtherwise || isAsked || node.inputs.slice(9).some((input) => input)
}

function headsOf(node: Node, width: number, isPacked: boolean): Heads {
  const [queries, keys] = [node.int('num_heads', 0), node.int('kv_num_heads', 0)]
  const depth = width / (isPacked ? queries + 2 * keys : queries)
  if (queries < 1 || keys < 1 || queries % keys !== 0 || !Number.isInteger(depth))
    return decline('heads that do not fit')
  return { queries, keys, depth }
}

/** Queries, keys and values: of a value each, or side by side in one. */
function rowsOf(node: Node, plan: Lowering, { queries, keys, depth }: Heads): TokenRows[] {
  const all = plan.floats(node, 0)
  const [k, v] = [plan.optional(node, 1), plan.optional(node, 2)]
  if (k && v) {
    const isFit = ({ dataType, size, rank }: Fact) =>
      dataType === 'float32' && rank === 3 && size === (all.size / queries) * keys
    if (!isFit(k) || !isFit(v)) return decline('keys and values that do not fit')
    return [all, k, v].map((each) => ({ slot: plan.slotOf(each), step: each.dim(2) }))
  }
  const slot = plan.slotOf(all)
  return [0, queries, queries + keys].map((heads) => {
    const start = heads * depth * FLOAT_BYTES
    return { slot: slot.view(start, slot.bytes - start), step: all.dim(2) }
  })
}

/** Cosines, sines, and what the kernel is told of them: pairs, whether they are neighbors, positions. */
function rotationOf(node: Node, plan: Lowering, { depth }: Heads): [tables: Fact[], numbers: number[]] {
  if (node.int('do_rotary', 0) === 0) return [[], [0, 0, 0]]
  const tables = [plan.floats(node, 7), plan.floats(node, 8)]
  const [positions, pairs] = [tables[0]?.dim(0) ?? 0, tables[0]?.dim(1) ?? 0]
  if (tables.some(({ rank, size }) => rank !== 2 || size !== positions * pairs) || 2 * pairs > depth)
    return decline('tables of angles that do not fit')
  return [tables, [pairs, node.int('rotary_interleaved', 0), positions]]
}

/** Keys or values of before, `[batch, heads, rows, depth]`; none where there are none yet. */
function keptOf(node: Node, plan: Lowering, index: number, batch: number, { keys, depth }: Heads): Fact {
  const kept = plan.optional(node, index) ?? plan.create('float32', [batch, keys, 0, depth])
  const isFit = kept.dataType === 'float32' && kept.rank === 4 && kept.dim(0) === batch
  return isFit && kept.dim(1) === keys && kept.dim(3) === depth ? kept : decline('kept keys that do not fit')
}

function groupQueryAttention(node: Node, plan: Lowering): void {
  if (isUnknown(node)) decline('scores or keys of a kind that it does not have')
  const x = plan.floats(node, 0)
  if (x.rank !== 3 || x.size === 0) decline('queries that are no rows of tokens')
  const [batch, tokens] = [x.dim(0), x.dim(1)]
  const heads = headsOf(node, x.dim(2), !plan.optional(node, 1))
  const rows = rowsOf(node, plan, heads)
  const kept = [3, 4].map((index) => keptOf(node, plan, index, batch, heads))
  const past = kept[0]?.dim(2) ?? 0
  const [total = 0] = plan.numbers(plan.input(node, 6))
  const lengths = plan.input(node, 5)
  if (lengths.dataType !== 'int32' || lengths.size !== batch || kept[1]?.dim(2) !== past)
    decline('lengths that do not fit')
  const present = Math.max(past, total)
  const [tables, rotation] = rotationOf(node, plan, heads)
  const window = Math.max(node.int('local_window_size', -1), 0)
  const y = plan.create('float32', [batch, tokens, heads.queries * heads.depth])
  const shape = [batch, heads.keys, present, heads.depth]
  const [presentKeys, presentValues] = [plan.create('float32', shape), plan.create('float32', shape)]
  plan.step(
    'cachedAttention',
    [...rows.map(({ slot }) => slot), ...kept, lengths, ...tables],
    [y, presentKeys, presentValues],
    [
      ...[batch, tokens, heads.keys, heads.queries / heads.keys, heads.depth, past, present],
      ...[tokens === total ? 1 : 0, node.float('scale', 0) || 1 / Math.sqrt(heads.depth), window],
      ...rotation,
      ...rows.map(({ step }) => step),
    ],
  )
  for (const [index, fact] of [y, presentKeys, presentValues].entries()) plan.define(node.output(index), fact)
}

export const cachedAttention: Rules = {
  'com.microsoft.GroupQueryAttention': { lower: groupQueryAttention },
}
