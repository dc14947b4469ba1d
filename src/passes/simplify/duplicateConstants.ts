/** Constants of the same type, shape and content become one. */
import { fingerprintOf, sameTensor } from '../../analysis'
import { type Graph, type Tensor, type Value, withSubgraphs } from '../../ir'

/** Merges equal initializers, graph by graph; returns how many went. */
export async function mergeDuplicateConstants(graph: Graph): Promise<number> {
  let merged = 0
  for (const each of withSubgraphs(graph)) {
    for (const group of candidates(each)) merged += await mergeGroup(each, group)
  }
  return merged
}

/** Constants that could be equal as far as types and shapes tell; those that stand alone need not be read. */
function candidates(graph: Graph): Value[][] {
  const groups = new Map<string, Value[]>()
  for (const value of graph.values) {
    const tensor = value.constant
    if (!tensor || value.isGraphOutput) continue
    const key = `${tensor.dataType}[${tensor.shape}]${tensor.byteLength}`
    groups.set(key, [...(groups.get(key) ?? []), value])
  }
  return [...groups.values()].filter((group) => group.length > 1)
}

async function mergeGroup(graph: Graph, group: readonly Value[]): Promise<number> {
  const seen = new Map<string, Value[]>()
  let merged = 0
  for (const value of group) {
    const fingerprint = await fingerprintOf(value.constant as Tensor)
    const others = seen.get(fingerprint) ?? []
    const twin = await equalAmong(others, value.constant as Tensor)
    if (!twin) {
      seen.set(fingerprint, [...others, value])
      continue
    }
    graph.replaceUses(value, twin)
    graph.forget(value)
    merged++
  }
  return merged
}

async function equalAmong(values: readonly Value[], tensor: Tensor): Promise<Value | undefined> {
  for (const value of values) if (value.constant && (await sameTensor(tensor, value.constant))) return value
  return undefined
}
