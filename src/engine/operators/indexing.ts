/** Elements and runs that indices point to, read from there and written there. */
import { dataTypeCode, type Node } from '../../ir'
import { stridesOf } from '../plan/broadcast'
import { elementBytes, gathered } from '../plan/copy'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { axisOf, sizeBetween } from './axis'
import type { Rules } from './rule'

/** As cpp/indexing/elements.h numbers them. */
const REDUCTIONS = ['none', 'add', 'mul', 'max', 'min']

/** Indices as kernels read them. */
function wide(plan: Lowering, indices: Fact): Fact {
  if (indices.dataType === 'int64') return indices
  if (indices.dataType !== 'int32') return decline(`indices of type ${indices.dataType}`)
  const y = plan.create('int64', indices.shape)
  plan.step('cast', [indices], [y], [dataTypeCode('int32'), dataTypeCode('int64'), indices.size])
  return y
}

/** How updates are taken; together with what is there they are floats. */
function reductionOf(node: Node, data: Fact): number {
  const reduction = REDUCTIONS.indexOf(node.string('reduction', 'none'))
  if (reduction < 0 || (reduction > 0 && data.dataType !== 'float32'))
    decline(`${node.string('reduction', 'none')} of ${data.dataType}`)
  return reduction
}

/** bytes of an element, reduction where there is one, rank, axis, sizes */
function alongAxis(node: Node, data: Fact, indices: Fact, ...reduction: readonly number[]): number[] {
  if (indices.rank !== data.rank || data.rank === 0) decline('indices with other axes than the data')
  const axis = axisOf(node.int('axis', 0), data.rank)
  if (indices.shape.some((size, at) => at !== axis && size > data.dim(at))) decline('indices beyond the data')
  return [elementBytes(data), ...reduction, data.rank, axis, ...data.shape, ...indices.shape]
}

function gatherElements(node: Node, plan: Lowering): void {
  const [data, indices] = [plan.input(node, 0), plan.input(node, 1)]
  const y = plan.create(data.dataType, indices.shape)
  const sizes = alongAxis(node, data, indices)
  if (y.size > 0) plan.step('gatherElements', [data, wide(plan, indices)], [y], sizes)
  plan.define(node.output(), y)
}

/** A copy of a value, to be written to. */
function copied(plan: Lowering, x: Fact): Fact {
  return gathered(plan, x, x.shape, stridesOf(x.shape))
}

function scatterElements(node: Node, plan: Lowering): void {
  const [data, indices, updates] = [plan.input(node, 0), plan.input(node, 1), plan.input(node, 2)]
  const sizes = alongAxis(node, data, indices, reductionOf(node, data))
  if (`${updates.shape}` !== `${indices.shape}`) decline('updates with other axes than the indices')
  const y = copied(plan, data)
  if (indices.size > 0) plan.step('scatterElements', [wide(plan, indices), updates], [y], sizes)
  plan.define(node.output(), y)
}

interface Tuples {
  /** What indices and updates have in common, and what a tuple points to. */
  readonly shape: readonly number[]
  readonly run: readonly number[]
  /** batches, tuples of each, bytes of a run, depth, sizes of the axes that tuples go by */
  readonly sizes: readonly number[]
}

function tuplesOf(data: Fact, indices: Fact, batchDims: number): Tuples {
  const depth = indices.dim(-1)
  if (indices.rank === 0 || batchDims + depth > data.rank || batchDims >= indices.rank)
    decline('tuples longer than the data has axes')
  const batches = sizeBetween(data.shape, 0, batchDims)
  const tuples = sizeBetween(indices.shape, batchDims, indices.rank - 1)
  const run = data.shape.slice(batchDims + depth)
  const bytes = run.reduce((product, size) => product * size, elementBytes(data))
  return {
    shape: indices.shape.slice(0, -1),
    run,
    sizes: [batches, tuples, bytes, depth, ...data.shape.slice(batchDims, batchDims + depth)],
  }
}

function gatherRuns(node: Node, plan: Lowering): void {
  const [data, indices] = [plan.input(node, 0), plan.input(node, 1)]
  const { shape, run, sizes } = tuplesOf(data, indices, node.int('batch_dims', 0))
  const y = plan.create(data.dataType, [...shape, ...run])
  if (y.size > 0) plan.step('gatherRuns', [data, wide(plan, indices)], [y], sizes)
  plan.define(node.output(), y)
}

function scatterRuns(node: Node, plan: Lowering): void {
  const [data, indices, updates] = [plan.input(node, 0), plan.input(node, 1), plan.input(node, 2)]
  const { shape, run, sizes } = tuplesOf(data, indices, 0)
  const reduction = reductionOf(node, data)
  if (`${updates.shape}` !== `${[...shape, ...run]}`) decline('updates of another shape than is written to')
  const y = copied(plan, data)
  if (updates.size > 0) plan.step('scatterRuns', [wide(plan, indices), updates], [y], [reduction, ...sizes])
  plan.define(node.output(), y)
}

export const indexing: Rules = {
  GatherElements: { lower: gatherElements },
  ScatterElements: { lower: scatterElements },
  GatherND: { lower: gatherRuns },
  ScatterND: { lower: scatterRuns },
}
