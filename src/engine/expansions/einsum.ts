/** Einsum of one or two operands, said by sums, transposes and a product of matrices. */
import { attribute, Tensor, type Value } from '../../ir'
import type { Rule } from '../../rewrite'
import { type Expansion, expansion } from './expansion'

/** A value and the label of each of its axes. */
interface Labeled {
  readonly value: Value
  readonly labels: readonly string[]
}

/** Stands for all axes that are summed over, once they are one. */
const SUMMED = '*'

/** Labels of operands and of the result; undefined where an axis has none, or one occurs twice in an operand. */
function parsed(equation: string): { operands: string[][]; result: string[] } | undefined {
  const [left = '', right] = equation.replaceAll(' ', '').split('->')
  const operands = left.split(',').map((each) => [...each])
  const all = operands.flat()
  const once = [...new Set(all)].filter((label) => all.indexOf(label) === all.lastIndexOf(label))
  const result = right === undefined ? once.sort() : [...right]
  const isPlain = [...operands, result].every((each) => new Set(each).size === each.length)
  return isPlain && !equation.includes('.') && result.every((label) => all.includes(label))
    ? { operands, result }
    : undefined
}

/**
 * Axes in that order; those that the value does not have are 1 long, and left out at the beginning, but for the `kept` last
 * ones.
 */
function arranged(
  site: Expansion,
  { value, labels }: Labeled,
  wanted: readonly (string | undefined)[],
  kept: number,
): Value {
  const isThere = (label: string | undefined) => label !== undefined && labels.includes(label)
  const order = wanted.filter(isThere).map((label) => labels.indexOf(label as string))
  const turned = order.every((axis, at) => axis === at)
    ? value
    : site.add('Transpose', [value], { perm: attribute.ints(order) })
  const first = wanted.findIndex((label, at) => isThere(label) || at >= wanted.length - kept)
  const missing = wanted.slice(first).flatMap((label, at) => (isThere(label) ? [] : [at]))
  return missing.length === 0 ? turned : site.add('Unsqueeze', [turned, site.constant(Tensor.int64(missing))])
}

/** The same without axes that neither the result nor the other operand has. */
function withoutOwnSums(site: Expansion, { value, labels }: Labeled, kept: readonly string[]): Labeled {
  const axes = labels.flatMap((label, axis) => (kept.includes(label) ? [] : [axis]))
  if (axes.length === 0) return { value, labels }
  const sum = site.add('ReduceSum', [value, site.constant(Tensor.int64(axes))], {
    keepdims: attribute.int(0),
  })
  return { value: sum, labels: labels.filter((label) => kept.includes(label)) }
}

/** The same with the axes that are summed over as one, at the end. */
function withOneSum(site: Expansion, operand: Labeled, summed: readonly string[]): Labeled {
  const others = operand.labels.filter((label) => !summed.includes(label))
  if (summed.length === 1)
    return { ...operand, labels: operand.labels.map((label) => (label === summed[0] ? SUMMED : label)) }
  const last = arranged(site, operand, [...others, ...summed], 0)
  // With no axis left to be merged, -1 makes one of size 1.
  const shape = site.constant(Tensor.int64([...others.map(() => 0), -1]))
  return { value: site.add('Reshape', [last, shape]), labels: [...others, SUMMED] }
}

function product(site: Expansion, a: Labeled, b: Labeled, result: readonly string[]): void {
  const inBoth = a.labels.filter((label) => b.labels.includes(label))
  const batch = inBoth.filter((label) => result.includes(label))
  const summed = inBoth.filter((label) => !result.includes(label))
  const [left, right] = [a, b].map(({ labels }) => labels.filter((label) => !inBoth.includes(label)))
  const [rows, columns] = [left?.at(-1), right?.at(-1)]
  // What is more than a matrix is broadcast.
  const outer = [...batch, ...(left?.slice(0, -1) ?? []), ...(right?.slice(0, -1) ?? [])]
  const [x, y] = [withOneSum(site, a, summed), withOneSum(site, b, summed)]
  const matrices = site.add('MatMul', [
    arranged(site, x, [...outer, rows, SUMMED], 2),
    arranged(site, y, [...outer, SUMMED, columns], 2),
  ])
  const rank = outer.length + 2
  const gone = [rows === undefined ? [rank - 2] : [], columns === undefined ? [rank - 1] : []].flat()
  const labels = [...outer, rows, columns].filter((label) => label !== undefined)
  finish(site, matrices, labels, gone, result)
}

function finish(
  site: Expansion,
  value: Value,
  labels: readonly string[],
  gone: readonly number[],
  result: readonly string[],
): void {
  const squeezed = gone.length === 0 ? value : site.add('Squeeze', [value, site.constant(Tensor.int64(gone))])
  const order = result.map((label) => labels.indexOf(label))
  if (order.every((axis, at) => axis === at)) site.finish('Identity', [squeezed])
  else site.finish('Transpose', [squeezed], { perm: attribute.ints(order) })
}

function einsum(site: Expansion): string | undefined {
  const { node } = site
  const found = parsed(node.string('equation', ''))
  const [first, second, ...more] = node.inputs
  if (!found || !first || more.length > 0 || found.operands.length !== node.inputs.length)
    return 'an equation with more than two operands, with axes without labels, or with labels that occur twice'
  const { operands, result } = found
  const [a, b] = [first, second].map((value, at) => value && { value, labels: operands[at] ?? [] })
  if (!a) return undefined
  const left = withoutOwnSums(site, a, [...result, ...(b?.labels ?? [])])
  if (b) product(site, left, withoutOwnSums(site, b, [...result, ...a.labels]), result)
  else finish(site, left.value, left.labels, [], result)
  return undefined
}

export const einsumExpansions: readonly Rule[] = [expansion(['Einsum'], einsum)]
