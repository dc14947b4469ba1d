/**
 * Decides, before anything is changed, which nodes run in 8 bits and which values are quantized.
 *
 * A value is *wanted* in 8 bits when a layer reads it as activations, or a node that can compute in 8 bits does and its
 * own output is wanted. Going forward, a node between layers runs in 8 bits when all its activations are there already
 * and its output is wanted. The output of an 8-bit convolution is always quantized, since onnxruntime has no integer
 * convolution with float output; matrix products have one, which is as fast and more exact.
 */
import type { Graph, Node, Value } from '../../ir'
import type { Layer } from '../layer/layer'
import { activationInputs, roleOf } from './operators'
import { isClipping, type Tail, tailOf } from './tail'

export interface Plan {
  /** Layers that run in 8 bits, by node. */
  readonly layers: ReadonlyMap<Node, Layer>
  /** Nodes between layers that run in 8 bits. */
  readonly between: ReadonlySet<Node>
  /** Values that are quantized, in the order in which they are made. */
  readonly quantized: ReadonlySet<Value>
  /** Values that share scale and zero point with another. */
  readonly sharesWith: ReadonlyMap<Value, Value>
  /** What quantization makes superfluous before a quantized value, by that value. */
  readonly tails: ReadonlyMap<Value, Tail>
}

class Draft implements Plan {
  readonly between = new Set<Node>()
  readonly quantized = new Set<Value>()
  readonly sharesWith = new Map<Value, Value>()
  readonly tails = new Map<Value, Tail>()
  private readonly tailNodes = new Set<Node>()

  constructor(
    readonly layers: ReadonlyMap<Node, Layer>,
    private readonly wanted: ReadonlySet<Value>,
  ) {}

  visit(node: Node): void {
    const [output, ...others] = node.outputs
    for (const other of others) if (other && this.isWanted(other)) this.quantizeFloat(other)
    if (!output || this.isInTail(node)) return
    const layer = this.layers.get(node)
    if (layer?.kind === 'conv') this.quantize(output)
    else if (this.canStay(node) && this.isWanted(output)) this.stay(node, output)
    else if (this.isWanted(output)) this.quantizeFloat(output)
  }

  private stay(node: Node, output: Value): void {
    this.between.add(node)
    const [input] = node.inputs
    if (roleOf(node) === 'move' && input) {
      this.quantized.add(output)
      this.sharesWith.set(output, this.sharesWith.get(input) ?? input)
    } else this.quantize(output)
  }

  /** Quantizes what an 8-bit node makes, together with what can be absorbed after it. */
  private quantize(output: Value): void {
    // A gate in 8 bits is several nodes with encodings of their own, which nothing can be absorbed into.
    const tail = output.producer?.is('HardSigmoid') ? undefined : tailOf(output)
    const isUseful = tail && (isClipping(tail.nodes[0] as Node) || this.wanted.has(tail.result))
    if (tail && isUseful) this.take(tail)
    this.quantized.add(tail && isUseful ? tail.result : output)
  }

  /** Quantizes what a float node makes; float readers go on reading the float value. */
  private quantizeFloat(output: Value): void {
    const tail = tailOf(output)
    if (!tail || !this.wanted.has(tail.result)) this.quantized.add(output)
    else if (tail.result.consumers.every((node) => this.readsInt8(node))) {
      this.take(tail)
      this.quantized.add(tail.result)
    }
  }

  private readsInt8(node: Node): boolean {
    return this.layers.has(node) || roleOf(node) !== 'float'
  }

  private isWanted(output: Value): boolean {
    const tail = tailOf(output)
    return this.wanted.has(output) || (tail !== undefined && this.wanted.has(tail.result))
  }

  private take(tail: Tail): void {
    this.tails.set(tail.result, tail)
    for (const node of tail.nodes) this.tailNodes.add(node)
  }

  private isInTail(node: Node): boolean {
    const [output] = node.outputs
    return this.tailNodes.has(node) || (output !== undefined && this.quantized.has(output))
  }

  /** Whether a node can compute on the 8-bit values that are there. */
  private canStay(node: Node): boolean {
    return roleOf(node) !== 'float' && activationInputs(node).every((input) => this.quantized.has(input))
  }
}

/** @param isInt8 which layers are to run in 8 bits; transposed convolutions never do, onnxruntime has no kernel */
export function makePlan(graph: Graph, layers: readonly Layer[], isInt8: (layer: Layer) => boolean): Plan {
  const chosen = layers.filter((layer) => layer.kind !== 'convTranspose' && isInt8(layer))
  const byNode = new Map(chosen.map((layer) => [layer.node, layer]))
  const wanted = wantedValues(graph, byNode)
  const draft = new Draft(byNode, wanted)
  for (const input of graph.inputs) if (wanted.has(input)) draft.quantized.add(input)
  for (const node of graph) draft.visit(node)
  return draft
}

/** Values that some 8-bit layer would like to read, directly or through nodes that can stay in 8 bits. */
function wantedValues(graph: Graph, layers: ReadonlyMap<Node, Layer>): Set<Value> {
  const wanted = new Set<Value>()
  for (const node of graph.nodes.reverse()) {
    const layer = layers.get(node)
    if (layer) wanted.add(layer.input)
    else if (node.outputs[0] && wanted.has(node.outputs[0]) && passesOn(node)) {
      for (const input of activationInputs(node)) if (isFloat(input)) wanted.add(input)
    }
  }
  return wanted
}

/** Whether a node that is asked for 8 bits would itself like to read 8 bits. */
function passesOn(node: Node): boolean {
  if (isClipping(node)) return true
  // Next to a constant, Add and Mul are either absorbed or left in float.
  return roleOf(node) !== 'float' && !activationInputs(node).some((input) => input.constant)
}

function isFloat(value: Value): boolean {
  return !value.constant && (value.tensorType?.dataType ?? 'float32') === 'float32'
}
