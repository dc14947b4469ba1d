/** Writes a plan into the graph as QuantizeLinear and DequantizeLinear pairs (ONNX's QDQ form). */
import type { Range } from '../../calibrate/statistics'
import type { Graph, Node, Value } from '../../ir'
import { correctBias, correctedBias } from '../layer/bias'
import type { Layer } from '../layer/layer'
import { makeRoomForBias } from './biasRoom'
import type { ConstantPool } from './constantPool'
import { gateOf, HARD_SWISH, insertGate } from './gate'
import { type ActivationType, type Affine, affineOf, LIMITS } from './numbers'
import type { Plan } from './plan'
import { int8Bias, storeWeight } from './storedWeight'
import type { Tail } from './tail'
import type { QuantizedWeight } from './weights'

/** What inserting needs to know besides the plan. */
export interface Numbers {
  readonly activationType: ActivationType
  range(value: Value): Range
  weight(layer: Layer): QuantizedWeight
}

/** How one quantized value is written and read. */
interface Encoding {
  readonly write: Affine
  readonly read: Affine
}

export class Inserter {
  private readonly encodings = new Map<Value, Encoding>()
  /** What becomes of the source of each tail. */
  private readonly tailResults: ReadonlyMap<Value, Value>
  /** The DequantizeLinear output that stands for a quantized value. */
  private readonly decoded = new Map<Value, Value>()

  constructor(
    private readonly graph: Graph,
    private readonly plan: Plan,
    private readonly numbers: Numbers,
    private readonly pool: ConstantPool,
  ) {
    this.tailResults = new Map([...plan.tails].map(([result, tail]) => [tail.source, result]))
  }

  /** Changes the graph; afterwards the plan's nodes and values are used up. */
  run(): void {
    for (const input of this.graph.inputs)
      if (this.plan.quantized.has(input)) this.decode(input, this.graph.first, false)
    for (const node of this.graph.nodes) if (node.graph) this.visit(node)
  }

  private visit(node: Node): void {
    const isInt8 = this.plan.layers.has(node) || this.plan.between.has(node)
    if (isInt8) this.readDecoded(node)
    const layer = this.plan.layers.get(node)
    if (layer) this.rewriteLayer(layer)
    for (const output of [...node.outputs]) {
      const produced = output && this.quantizedForm(output)
      if (produced) this.encode(node, produced, isInt8)
    }
  }

  private encode(node: Node, produced: Value, isInt8: boolean): void {
    if (node.is('HardSigmoid') && isInt8) this.decodeGate(node, produced)
    else {
      const before = node.is('HardSwish') && isInt8 ? this.replaceHardSwish(node) : node.next
      this.decode(produced, before, isInt8)
    }
  }

  /** Lets an 8-bit node read the decoded form of its activations. */
  private readDecoded(node: Node): void {
    node.inputs.forEach((input, index) => {
      const decoded = input && this.decoded.get(input)
      if (decoded) node.setInput(index, decoded)
    })
  }

  private quantizedForm(output: Value): Value | undefined {
    if (this.plan.quantized.has(output)) return output
    return this.tailResults.get(output)
  }

  /** value → QuantizeLinear → DequantizeLinear; all readers move over if an 8-bit node made it. */
  private decode(value: Value, before: Node | undefined, isMadeInInt8: boolean): void {
    // A tail whose nodes stay is met where it begins and where it ends.
    if (this.decoded.has(value)) return
    const planned = this.plan.tails.get(value)
    const shifted = planned && this.shiftedEncodingOf(value, planned)
    // Where a tail's numbers do not fit, its nodes stay and the value behind them is quantized from float.
    const tail = shifted ? planned : undefined
    if (planned && !tail && isMadeInInt8 && !this.isMatrixProduct(planned.source))
      this.decode(planned.source, before, true)
    const place = planned && !tail ? planned.nodes.at(-1)?.next : before
    const encoding = shifted ?? this.encodingOf(value)
    const [written, decoded] = this.addPair(value, tail?.source ?? value, encoding, place)
    this.decoded.set(value, decoded)
    if (tail || (isMadeInInt8 && !planned)) this.moveReaders(value, decoded, written)
    if (tail) for (const node of [...tail.nodes].reverse()) this.graph.remove(node)
  }

  /** onnxruntime has integer matrix products with float output; all other 8-bit nodes need theirs quantized. */
  private isMatrixProduct({ producer }: Value): boolean {
    const kind = producer && this.plan.layers.get(producer)?.kind
    return kind === 'matmul' || kind === 'gemm'
  }

  private addPair(
    value: Value,
    source: Value,
    { write, read }: Encoding,
    before: Node | undefined,
  ): [Node, Value] {
    const type = this.numbers.activationType
    const written = this.graph.add(
      'QuantizeLinear',
      [source, this.pool.scale(write.scale), this.pool.zeroPoint(type, write.zeroPoint)],
      {
        outputs: [this.graph.createValue(`${value.name}_q`)],
        before,
      },
    )
    const decoded = this.graph.add(
      'DequantizeLinear',
      [written.output(), this.pool.scale(read.scale), this.pool.zeroPoint(type, read.zeroPoint)],
      {
        outputs: [this.graph.createValue(`${value.name}_dq`)],
        before,
      },
    )
    return [written, decoded.output() as Value]
  }

  private moveReaders(value: Value, decoded: Value, written: Node): void {
    const source = written.inputs[0]
    this.graph.replace(value, decoded)
    written.setInput(0, source)
  }

  private encodingOf(value: Value): Encoding {
    const shared = this.plan.sharesWith.get(value)
    const known = shared && this.encodings.get(shared)
    if (known) return this.remember(value, { write: known.read, read: known.read })
    const read = affineOf(this.numbers.range(value), this.numbers.activationType)
    return this.remember(value, { write: read, read })
  }

  private shiftedEncodingOf(value: Value, tail: Tail): Encoding | undefined {
    if (tail.factor === 1 && tail.shift === 0) return this.encodingOf(value)
    const encoding = shiftedEncoding(this.numbers.range(value), tail, this.numbers.activationType)
    return encoding && this.remember(value, encoding)
  }

  private remember(value: Value, encoding: Encoding): Encoding {
    this.encodings.set(value, encoding)
    return encoding
  }

  /** HardSwish(x) = x · HardSigmoid(x), with the gate in 8 bits; returns the node before which to go on. */
  private replaceHardSwish(node: Node): Node | undefined {
    const [x] = node.inputs as [Value]
    const gate = insertGate(HARD_SWISH, x, node, this.pool, this.numbers.activationType)
    node.opType = 'Mul'
    node.setInput(1, gate)
    return node.next
  }

  private decodeGate(node: Node, value: Value): void {
    const gate = insertGate(
      gateOf(node) ?? HARD_SWISH,
      node.inputs[0] as Value,
      node,
      this.pool,
      this.numbers.activationType,
    )
    this.decoded.set(value, gate)
    this.encodings.set(value, gateEncoding(this.numbers.activationType))
    this.graph.replace(value, gate)
    this.graph.remove(node)
  }

  private rewriteLayer(layer: Layer): void {
    const { node } = layer
    const rounded = this.numbers.weight(layer)
    if (layer.kind === 'matmul') {
      node.setInput(1, storeWeight(this.graph, layer, rounded, this.pool))
      if (rounded.correction) correctBias(this.graph, layer, rounded.correction)
      return
    }
    const inputScale = this.encodings.get(layer.input)?.read.scale
    const weight = inputScale
      ? makeRoomForBias(layer, rounded, correctedBias(layer, rounded.correction), inputScale)
      : rounded
    node.setInput(1, storeWeight(this.graph, layer, weight, this.pool))
    node.setInput(2, int8Bias(this.graph, layer, weight, inputScale, this.pool))
  }
}

function gateEncoding(type: ActivationType): Encoding {
  const gate = { scale: Math.fround(1 / 255), zeroPoint: LIMITS[type][0] }
  return { write: gate, read: gate }
}

/**
 * Numbers for y = factor · h + shift. The scale is made a little larger, at most by a quarter, so that shift/scale is
 * whole and 0 stays exact in both; where the shift is too small for that, the tail is left in the graph.
 */
export function shiftedEncoding(
  range: Range,
  { factor, shift }: Tail,
  type: ActivationType,
): Encoding | undefined {
  const [low, high] = LIMITS[type]
  const plain = affineOf(range, type)
  const steps = Math.floor(Math.abs(shift) / plain.scale)
  if (shift !== 0 && steps < 4) return undefined
  const scale = shift === 0 ? plain.scale : Math.fround(Math.abs(shift) / steps)
  const zeroPoint = Math.min(Math.max(Math.round(low - Math.min(0, range.min) / scale), low), high)
  const written = zeroPoint + Math.sign(shift) * steps
  if (written < low || written > high) return undefined
  return { write: { scale: Math.fround(scale / factor), zeroPoint: written }, read: { scale, zeroPoint } }
}
