/**
 * Scan 8 runs over the sequence (axis 1) of every item of a batch (axis 0); Scan 9 knows no batches.
 *
 *     y = Scan(_, state, x) {body}           -> y = Scan(state, x) {num_scan_inputs=2, body:
 *                                                 batch(s, i) -> (o): o = Scan(s, i) {body} }
 *
 * The outer Scan takes one item of everything at a time and stacks what the inner one makes of it.
 */
import { attribute } from '../../../ir/attribute'
import { Graph } from '../../../ir/graph'
import type { Node } from '../../../ir/node'
import type { ValueType } from '../../../ir/valueType'
import type { Adapt, AdapterTable } from '../adapter'
import { become, graphOf } from '../edit'

const scan9: Adapt = (node) => {
  if (node.inputs[0]) return 'its sequences have lengths of their own, which Scan 9 has no input for'
  const body = node.attributeOf('body', 'graph')
  const sequences = node.int('num_scan_inputs', undefined)
  if (!body || sequences === undefined) return 'it has no body or no number of scan inputs'
  const inputs = node.inputs.slice(1)
  const batch = nest(node, body, sequences)
  const num_scan_inputs = attribute.int(inputs.length)
  become(node, 'Scan', inputs, { body: attribute.graph(batch), num_scan_inputs })
  return undefined
}

/** A graph that scans the sequences of one item of the batch. */
function nest(node: Node, body: Graph, sequences: number): Graph {
  const batch = new Graph(`${body.name}_batch`, graphOf(node))
  const states = body.inputs.length - sequences
  const items = body.inputs.map((input, index) => {
    const type = index < states ? input.type : sequenceOf(input.type)
    const item = batch.createValue(`${input.name}_item`, type)
    batch.addInput(item)
    return item
  })
  // The body moves one graph further in. All graphs of a model share one set of names, so only the link changes.
  Object.assign(body, { outer: batch })
  const inner = batch.add('Scan', items, {
    outputs: body.outputs.length,
    attributes: innerAttributes(node, body),
  })
  inner.outputs.forEach((output, index) => {
    const type = body.outputs[index]?.type
    if (!output) return
    output.type = index < states ? type : sequenceOf(type)
    batch.addOutput(output)
  })
  return batch
}

function innerAttributes(node: Node, body: Graph) {
  const directions = node.attributes.get('directions')
  const count = node.attributes.get('num_scan_inputs')
  return {
    body: attribute.graph(body),
    ...(count ? { num_scan_inputs: count } : {}),
    ...(directions ? { scan_input_directions: directions } : {}),
  }
}

function sequenceOf(type: ValueType | undefined): ValueType | undefined {
  if (type?.kind !== 'tensor') return undefined
  return type.shape ? { ...type, shape: [undefined, ...type.shape] } : type
}

export const scan: readonly AdapterTable[] = [{ Scan: { 9: scan9 } }]
