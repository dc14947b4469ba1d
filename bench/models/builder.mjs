// What all graph builders share: constants, nodes and one seed a tensor.

import { Graph, Model, Tensor, tensorType } from '../../dist/index.mjs'
import { NormalWeights } from './normalWeights.mjs'

export class Builder {
  #seed

  /** @param {string} name of the graph @param {number} seed */
  constructor(name, seed) {
    this.graph = new Graph(name)
    this.#seed = seed * 1000
  }

  /** A graph input. */
  input(name, dataType, shape) {
    const value = this.graph.declareValue(name, tensorType(dataType, shape))
    this.graph.addInput(value)
    return value
  }

  /** Makes `value` a graph output of that name. */
  output(value, name, shape) {
    this.graph.rename(value, name)
    value.type = tensorType('float32', shape)
    this.graph.addOutput(value)
  }

  /** Adds a node and gives its first output. */
  node(opType, inputs, attributes = {}, name = '') {
    return this.graph.add(opType, inputs, { attributes, name }).output()
  }

  /** Random float32 weights. */
  normal(name, shape, deviation, mean = 0) {
    const size = shape.reduce((product, length) => product * length, 1)
    const source = new NormalWeights(size, { seed: this.#seed++, deviation, mean })
    return this.graph.addInitializer(Tensor.fromSource('float32', shape, source), name)
  }

  scalar(name, number) {
    return this.graph.addInitializer(Tensor.float32([number]), name)
  }

  /** A float32 constant without axes. */
  constant(name, number) {
    return this.graph.addInitializer(Tensor.float32([number], []), name)
  }

  floats(name, numbers, shape = [numbers.length]) {
    return this.graph.addInitializer(Tensor.float32(numbers, shape), name)
  }

  /** An int64 constant without axes. */
  index(name, number) {
    return this.graph.addInitializer(Tensor.int64([number], []), name)
  }

  ints(name, numbers) {
    return this.graph.addInitializer(Tensor.int64(numbers), name)
  }

  /** The finished model, as an exporter of that opset would call it. */
  model(opset, irVersion = 8) {
    const model = new Model(this.graph, {
      irVersion,
      opsetImports: new Map([['', opset]]),
      producerName: 'onnxpress-bench',
    })
    model.verify()
    return model
  }
}
