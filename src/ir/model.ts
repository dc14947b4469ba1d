import { cloneFunctions, cloneGraph } from './clone'
import { type Extras, NO_EXTRAS } from './extras'
import type { ModelFunction } from './function'
import { Graph } from './graph'
import { printModel } from './print'
import { verifyModel } from './verify'

/** What a model says about itself besides its graph. */
export interface ModelFields {
  /** Version of the file format, ONNX's `IR_VERSION`. */
  irVersion: number
  /** Version of each operator set that nodes may use; `''` is ONNX's own. */
  opsetImports: Map<string, number>
  producerName: string
  producerVersion: string
  domain: string
  modelVersion: number
  functions: ModelFunction[]
  extras: Extras
}

/** An ONNX model in memory: a graph, the functions it calls, and what versions it speaks. */
export class Model implements ModelFields {
  irVersion = 10
  opsetImports = new Map([['', 21]])
  producerName = 'onnxpress'
  producerVersion = ''
  domain = ''
  modelVersion = 0
  functions: ModelFunction[] = []
  extras: Extras = NO_EXTRAS

  constructor(
    public graph: Graph = new Graph('main'),
    fields: Partial<ModelFields> = {},
  ) {
    Object.assign(this, fields)
  }

  /** Version of ONNX's own operator set; 1 where the file leaves it out. */
  get opset(): number {
    return this.opsetImports.get('') ?? this.opsetImports.get('ai.onnx') ?? 1
  }

  set opset(version: number) {
    this.opsetImports.delete('ai.onnx')
    this.opsetImports.set('', version)
  }

  /** A deep copy that shares only the weights, which never change. */
  clone(): this {
    const copy = Object.create(Object.getPrototypeOf(this)) as this
    return Object.assign(copy, this, {
      graph: cloneGraph(this.graph),
      functions: cloneFunctions(this.functions),
      opsetImports: new Map(this.opsetImports),
    })
  }

  /**
   * Checks the graph's own rules: every value made once and before it is read, names unique, uses and edges in step.
   * @throws OnnxpressError `INVALID_GRAPH` that names the node or value at fault.
   */
  verify(): void {
    verifyModel(this)
  }

  /** The model as text, one node a line; large weights by type and shape alone. */
  toText(): string {
    return printModel(this)
  }
}
