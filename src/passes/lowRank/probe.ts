/** One layer as a model of its own, to be timed. */
import { Graph, Model, Tensor, tensorType } from '../../ir'
import { findLayers, type Layer } from '../layer/layer'
import type { RankPoint } from './rankPoint'
import { product } from './scheme'
import { stageStorages } from './stages'
import { writeStages } from './write'

/** A model of the layer's node alone, with its own weights. @param shape of the activations that the layer reads */
export function probeOf(layer: Layer, shape: readonly number[], opset: number): Model {
  const { node, weight, bias } = layer
  const model = new Model(new Graph('layer'), { opsetImports: new Map([['', opset]]) })
  const { graph } = model
  const x = graph.createValue('x', tensorType('float32', shape))
  graph.addInput(x)
  const constants = [weight, bias].flatMap((value) =>
    value?.constant ? graph.addInitializer(value.constant, value.name) : [],
  )
  const copy = graph.add(node.opType, [x, ...constants], {
    attributes: Object.fromEntries(node.attributes),
    outputs: [graph.createValue('y', tensorType('float32'))],
  })
  const output = copy.output()
  if (output) graph.addOutput(output)
  return model
}

/** The same with factors of such ranks in the layer's place; their numbers have no bearing on time. */
export function factoredProbe(probe: Model, { scheme, ranks }: RankPoint): Model {
  const model = probe.clone()
  const [layer] = findLayers(model.graph, () => false).layers
  if (!layer) return model
  const filled = stageStorages(layer, scheme, ranks).map(({ shape }) =>
    Tensor.from('float32', shape, new Float32Array(product(shape)).fill(0.01)),
  )
  writeStages(model.graph, layer, scheme, filled)
  return model
}
