import type { Node } from '../ir'

/** "Leave this alone": a node's name or operation type, a pattern for either, or a predicate on the node. */
export type Keep =
  | string
  | RegExp
  | ((node: Node) => boolean)
  | readonly (string | RegExp | ((node: Node) => boolean))[]

/** The predicate that a `keep` option stands for. Names are those of the node and of its outputs. */
export function keepPredicate(keep: Keep | undefined): (node: Node) => boolean {
  if (keep === undefined) return () => false
  const single = Array.isArray(keep)
    ? keep.map((each) => keepPredicate(each))
    : [predicateOf(keep as string | RegExp)]
  return (node) => single.some((matches) => matches(node))
}

function predicateOf(keep: string | RegExp | ((node: Node) => boolean)): (node: Node) => boolean {
  if (typeof keep === 'function') return keep
  const matches =
    typeof keep === 'string' ? (word: string) => word === keep : (word: string) => new RegExp(keep).test(word)
  return (node) => [node.name, node.opType, ...node.outputs.map((output) => output?.name ?? '')].some(matches)
}
