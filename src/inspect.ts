/** What a model is made of. */
import { allNodes, bitsPerElement, formatType, type Model, type Node, type Tensor } from './ir'
import { type DataTypeFacts, Inspection, type LayerFacts } from './report/inspection'
import { constantsOf, modelFacts, type NamedConstant } from './report/modelFacts'

export { type DataTypeFacts, Inspection, type LayerFacts, type PortFacts } from './report/inspection'

export interface InspectOptions {
  /** Whether to list the weights one by one. */
  readonly layers?: boolean
}

/** Smaller constants are scales, axes and shapes. */
const SMALLEST_WEIGHT = 16

/** Counts a model; every weight is read once, one after the other. */
export async function inspect(model: Model, { layers = false }: InspectOptions = {}): Promise<Inspection> {
  const zeros = await countZeros(model)
  const { inputs, outputs } = model.graph
  return new Inspection({
    ...modelFacts(model),
    irVersion: model.irVersion,
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    opsets: Object.fromEntries(model.opsetImports),
    inputs: inputs.map(({ name, type }) => ({ name, type: formatType(type) })),
    outputs: outputs.map(({ name, type }) => ({ name, type: formatType(type) })),
    dataTypes: countTypes(model),
    zeroRatio: zeroRatioOf(model, zeros),
    ...(layers ? { layers: listLayers(model, zeros) } : {}),
  })
}

/** Zeros of each constant that is a weight: numbers, and enough of them. */
async function countZeros(model: Model): Promise<Map<Tensor, number>> {
  const zeros = new Map<Tensor, number>()
  for (const { tensor } of constantsOf(model)) {
    if (!zeros.has(tensor) && isWeight(tensor)) zeros.set(tensor, await zerosOf(tensor))
  }
  return zeros
}

function isWeight({ dataType, size }: Tensor): boolean {
  const isNumber = !/^(int64|bool|string|complex|float8)/.test(dataType) && bitsPerElement(dataType) >= 8
  return size >= SMALLEST_WEIGHT && isNumber
}

async function zerosOf(tensor: Tensor): Promise<number> {
  const elements = (await tensor.load()) as ArrayLike<number | bigint>
  // 16-bit floats come as their patterns, and −0 is a zero too.
  const isHalf = tensor.dataType === 'float16' || tensor.dataType === 'bfloat16'
  let zeros = 0
  for (let index = 0; index < elements.length; index++) {
    const element = Number(elements[index])
    if (element === 0 || (isHalf && element === 0x8000)) zeros++
  }
  return zeros
}

function zeroRatioOf(model: Model, zeros: ReadonlyMap<Tensor, number>): number | undefined {
  let [zero, all] = [0, 0]
  for (const { tensor } of constantsOf(model)) {
    const count = zeros.get(tensor)
    if (count === undefined) continue
    zero += count
    all += tensor.size
  }
  return all > 0 ? zero / all : undefined
}

function countTypes(model: Model): Record<string, DataTypeFacts> {
  const types = new Map<string, DataTypeFacts>()
  for (const { tensor } of constantsOf(model)) {
    const { tensors, elements, bytes } = types.get(tensor.dataType) ?? { tensors: 0, elements: 0, bytes: 0 }
    types.set(tensor.dataType, {
      tensors: tensors + 1,
      elements: elements + tensor.size,
      bytes: bytes + tensor.byteLength,
    })
  }
  return Object.fromEntries([...types].sort(([, a], [, b]) => b.bytes - a.bytes))
}

interface Reader {
  readonly node: Node
  /** Position in execution order. */
  readonly order: number
}

function listLayers(model: Model, zeros: ReadonlyMap<Tensor, number>): LayerFacts[] {
  const readers = firstReaders(model)
  const read = [...constantsOf(model)].flatMap((constant) => {
    const reader = readers.get(constant.name)
    return reader && zeros.has(constant.tensor) ? { constant, reader } : []
  })
  return read
    .sort((a, b) => a.reader.order - b.reader.order)
    .map(({ constant, reader }) => layerFacts(constant, reader.node, zeros.get(constant.tensor) ?? 0))
}

function firstReaders(model: Model): Map<string, Reader> {
  const readers = new Map<string, Reader>()
  let order = 0
  for (const node of allNodes(model.graph)) {
    order++
    for (const input of node.inputs)
      if (input && !readers.has(input.name)) readers.set(input.name, { node, order })
  }
  return readers
}

function layerFacts({ name, tensor }: NamedConstant, node: Node, zeros: number): LayerFacts {
  const { dataType, shape, byteLength, size } = tensor
  return {
    node: node.label,
    opType: node.opType,
    weight: name,
    dataType,
    shape,
    bytes: byteLength,
    zeroRatio: zeros / size,
  }
}
