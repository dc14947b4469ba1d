/**
 * Models of 16-bit floats, computed in 32 bits and not rounded in between: what onnxruntime does with them on processors
 * that have no arithmetic on halves, and has to insert a Cast around every node for.
 */
import {
  type Attribute,
  allNodes,
  attribute,
  dataTypeCode,
  type Graph,
  type Model,
  type Node,
  Tensor,
  tensorType,
  type Value,
  type ValueType,
  withSubgraphs,
} from '../../ir'
import { typeNamedBy } from './namedTypes'
import { widenedSource } from './widenedSource'

const HALF = 'float16'
const FLOAT = 'float32'

/** What the caller gives and gets as halves, as it was. */
export interface Boundary {
  readonly inputs: ReadonlyMap<string, Pick<Value, 'type' | 'initializer'>>
  readonly outputs: ReadonlyMap<string, ValueType | undefined>
}

/** What a model has become: what `narrowBoundary` has to make halves again, and how many constants were widened. */
export interface Widened {
  readonly boundary: Boundary
  readonly constants: number
}

/**
 * Makes all halves of a model floats, inputs and outputs too. Weights stay where they are, and are widened as they are
 * read.
 * @returns a reason where there are halves that cannot be widened, and undefined where there are none: nothing is changed then
 */
export function widenHalves(model: Model): Widened | string | undefined {
  const graphs = [...withSubgraphs(model.graph)]
  if (!graphs.some(hasHalves)) return undefined
  if (model.functions.length > 0) return 'the model has functions of its own'
  if (graphs.some(hasOtherHalves)) return 'it has halves in what is no dense tensor'
  const { inputs, outputs } = model.graph
  const boundary = {
    inputs: new Map(
      inputs.filter(isHalf).map(({ name, type, initializer }) => [name, { type, initializer }]),
    ),
    outputs: new Map(outputs.filter(isHalf).map(({ name, type }) => [name, type])),
  }
  const constants = graphs
    .flatMap((graph) => [...graph.values])
    .reduce((count, value) => count + widenValue(value), 0)
  const inNodes = [...allNodes(model.graph)].reduce((count, node) => count + widenAttributes(node), 0)
  return { boundary, constants: constants + inNodes }
}

/** Has halves come in and go out again: by a Cast each. */
export function narrowBoundary({ graph }: Model, { inputs, outputs }: Boundary): void {
  for (const [name, before] of inputs) {
    const value = graph.own(name)
    if (value?.isGraphInput) castInput(graph, value, before)
  }
  for (const value of new Set(graph.outputs)) {
    if (outputs.has(value.name) && !value.isGraphInput) castOutput(graph, value, outputs.get(value.name))
  }
}

function castInput(graph: Graph, value: Value, before: Pick<Value, 'type' | 'initializer'>): void {
  const wide = graph.createValue(`${value.name}_${FLOAT}`, value.type)
  graph.replaceUses(value, wide)
  for (const inner of withSubgraphs(graph)) if (inner !== graph) replaceOutputs(inner, value, wide)
  value.type = before.type
  value.initializer = before.initializer
  addCast(graph, value, wide, graph.first)
}

function castOutput(graph: Graph, value: Value, type: ValueType | undefined): void {
  const { name } = value
  graph.rename(value, graph.uniqueName(`${name}_${FLOAT}`))
  const narrow = graph.declareValue(name, type)
  replaceOutputs(graph, value, narrow)
  addCast(graph, value, narrow)
}

function addCast(graph: Graph, from: Value, to: Value, before?: Node): void {
  const type = to.tensorType?.dataType === HALF ? HALF : FLOAT
  graph.add('Cast', [from], { outputs: [to], attributes: { to: attribute.int(dataTypeCode(type)) }, before })
}

function replaceOutputs(graph: Graph, from: Value, to: Value): void {
  for (const [index, output] of graph.outputs.entries()) if (output === from) graph.setOutput(index, to)
}

function isHalf({ initializer, tensorType }: Value): boolean {
  return (initializer?.dataType ?? tensorType?.dataType) === HALF
}

function hasHalves(graph: Graph): boolean {
  for (const value of graph.values) if (isHalf(value)) return true
  for (const node of graph) {
    for (const [name, attribute] of node.attributes)
      if (typeNamedBy(name, attribute) === HALF || tensorIn(attribute)?.dataType === HALF) return true
  }
  return false
}

/** Halves in what is no dense tensor. */
function hasOtherHalves(graph: Graph): boolean {
  for (const { type, sparseInitializer } of graph.values) {
    if (sparseInitializer?.values.dataType === HALF) return true
    if (type && type.kind !== 'tensor' && mentionsHalves(type)) return true
  }
  return false
}

function mentionsHalves(type: ValueType | undefined): boolean {
  switch (type?.kind) {
    case 'sequence':
    case 'optional':
      return mentionsHalves(type.element)
    case 'map':
      return mentionsHalves(type.value)
    case 'tensor':
    case 'sparseTensor':
      return type.dataType === HALF
    default:
      return false
  }
}

/** Says how many constants that were. */
function widenValue(value: Value): number {
  const { initializer, tensorType: type } = value
  const isConstant = initializer?.dataType === HALF
  if (isConstant) value.initializer = widened(initializer)
  if (type?.dataType === HALF) value.type = { ...type, dataType: FLOAT }
  else if (isConstant) value.type = tensorType(FLOAT, initializer.shape)
  return isConstant ? 1 : 0
}

function widenAttributes(node: Node): number {
  let count = 0
  for (const [name, each] of [...node.attributes]) {
    const tensor = tensorIn(each)
    if (typeNamedBy(name, each) === HALF) node.setAttribute(name, attribute.int(dataTypeCode(FLOAT)))
    if (tensor?.dataType !== HALF) continue
    node.setAttribute(name, attribute.tensor(widened(tensor)))
    count++
  }
  return count
}

function tensorIn(each: Attribute): Tensor | undefined {
  return each.type === 'tensor' ? each.value : undefined
}

function widened({ shape, byteSource, name }: Tensor): Tensor {
  return Tensor.fromSource(FLOAT, shape, widenedSource(byteSource), name)
}
