/**
 * Embedding tables in 8 bits, one scale a row:
 *
 *     Gather(table, i)  →  Cast(Gather(table_q, i)) · Gather(scales, i)
 *
 * Only the rows that are looked up are decoded.
 */
import { attribute, type Graph, type Node, Tensor, type Value } from '../../ir'
import type { Skip } from '../pass'
import { FrugalRounder } from './frugalRounder'

/** Tables of fewer elements are not worth three more nodes. */
const SMALLEST_TABLE = 16384

/** Stores every embedding table of a graph in 8 bits. */
export async function storeEmbeddings(
  graph: Graph,
  keep: (node: Node) => boolean,
  rounder = new FrugalRounder(127),
): Promise<{ changed: number; skipped: Skip[] }> {
  const skipped: Skip[] = []
  const tables = new Map<Value, [Value, Value]>()
  let changed = 0
  for (const node of graph) {
    const [table] = node.inputs
    if (!node.is('Gather') || !table?.constant || table.constant.size < SMALLEST_TABLE) continue
    const reason = keep(node) ? 'kept as asked' : refusal(node, table)
    if (reason) {
      if (table.constant.dataType.startsWith('float')) skipped.push({ at: node.label, reason })
      continue
    }
    const stored = tables.get(table) ?? (await storeTable(graph, table, rounder))
    tables.set(table, stored)
    rewriteLookup(graph, node, stored)
    if (table.isUnused) graph.forget(table)
    changed++
  }
  return { changed, skipped }
}

function refusal(node: Node, table: Value): string | undefined {
  const { dataType, shape } = table.constant as Tensor
  if (dataType !== 'float32') return `its table is ${dataType}, not float32`
  return shape.length === 2 && node.int('axis', 0) === 0 ? undefined : 'it does not look up rows of a matrix'
}

async function storeTable(graph: Graph, table: Value, rounder: FrugalRounder): Promise<[Value, Value]> {
  const { tensor, scales } = await rounder.round(table.constant as Tensor, 0)
  return [
    graph.addInitializer(tensor, `${table.name}_q`),
    graph.addInitializer(Tensor.from('float32', [scales.length, 1], scales), `${table.name}_scale`),
  ]
}

function rewriteLookup(graph: Graph, node: Node, [values, scales]: [Value, Value]): void {
  const [, indices] = node.inputs
  const [output] = node.outputs
  if (!output) return
  const add = (opType: string, inputs: (Value | undefined)[], attributes = {}) =>
    graph.add(opType, inputs, { before: node, attributes }).output() as Value
  const row = add('Cast', [add('Gather', [values, indices])], { to: attribute.int(1) })
  const scale = add('Gather', [scales, indices])
  node.setOutput(0, undefined)
  graph.add('Mul', [row, scale], { outputs: [output], before: node, name: node.name })
  graph.remove(node)
}
