/** What `inspect` found. */
import { printable } from './printable'
import type { ModelFacts } from './reportData'
import { textTable } from './textTable'
import { toJson } from './toJson'
import { formatBytes, formatCount, formatShare } from './units'

export interface PortFacts {
  readonly name: string
  /** Type and shape as text: `float32[batch,3,224,224]`. */
  readonly type: string
}

/** Constants of one element type. */
export interface DataTypeFacts {
  readonly tensors: number
  readonly elements: number
  readonly bytes: number
}

/** A weight and what reads it. */
export interface LayerFacts {
  /** Label of the node that reads it first. */
  readonly node: string
  readonly opType: string
  readonly weight: string
  readonly dataType: string
  readonly shape: readonly number[]
  readonly parameters: number
  readonly bytes: number
  /** Share of elements that are 0. */
  readonly zeroRatio: number
  /** Patterns that the zeros follow: blocks of outputs × input channels, `4x1`; at most N of M that are not 0, `2:4`. */
  readonly patterns: readonly string[]
  /** Multiply-accumulates of the layer in one run, where its shapes are known. */
  readonly macs?: number
}

export interface InspectionData extends ModelFacts {
  readonly irVersion: number
  readonly producer: string
  /** Version of each operator set, by domain; `''` is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>
  readonly inputs: readonly PortFacts[]
  readonly outputs: readonly PortFacts[]
  /** By element type, most bytes first. */
  readonly dataTypes: Readonly<Record<string, DataTypeFacts>>
  /** Share of elements of all weights that are 0; undefined where there are none. */
  readonly zeroRatio: number | undefined
  /** With the option `layers`: multiply-accumulates of one run, where all shapes are known. */
  readonly macs?: number | undefined
  /** With the option `layers`: constants of at least 16 numbers, in the order in which they are read. */
  readonly layers?: readonly LayerFacts[]
}

export interface Inspection extends InspectionData {}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor assigns every field of the data
export class Inspection {
  constructor(data: InspectionData) {
    Object.assign(this, data)
  }

  /** The facts as text for terminals; names out of the model are escaped. */
  toString(): string {
    const types = Object.entries(this.dataTypes).map(([type, { tensors, elements, bytes }]) => [
      type,
      formatCount(tensors),
      formatCount(elements),
      formatBytes(bytes),
    ])
    const operations = Object.entries(this.operations).map(([name, count]) => [name, formatCount(count)])
    return [
      headOf(this),
      portTable(this),
      textTable(['constants', 'tensors', 'elements', 'bytes'], types),
      textTable(['operation', 'nodes'], operations),
      ...(this.layers ? [layerTable(this.layers)] : []),
    ].join('\n\n')
  }

  /** Plain data. */
  toJSON(): InspectionData {
    return toJson({ ...this }) as InspectionData
  }
}

const OPEN = 'unknown, since input sizes are open; give shapes'

function headOf(found: InspectionData): string {
  const opsets = Object.entries(found.opsets).map(([domain, version]) => `${domain || 'onnx'} ${version}`)
  const lines = [
    `${formatBytes(found.bytes)}, ${formatCount(found.parameters)} parameters, ${formatCount(found.nodes)} nodes`,
    `opset ${opsets.join(', ')}; file format ${found.irVersion}${found.producer ? `; made by ${found.producer}` : ''}`,
    `zeros among the weights: ${formatShare(found.zeroRatio)}`,
    ...(found.layers
      ? [`multiply-accumulates: ${found.macs === undefined ? OPEN : formatCount(found.macs)}`]
      : []),
  ]
  return lines.map(printable).join('\n')
}

function portTable({ inputs, outputs }: InspectionData): string {
  const rows = [
    ...inputs.map(({ name, type }) => ['in', name, type]),
    ...outputs.map(({ name, type }) => ['out', name, type]),
  ]
  return textTable(['', 'name', 'type'], rows)
}

function layerTable(layers: readonly LayerFacts[]): string {
  const rows = layers.map((layer) => [
    layer.node,
    layer.opType,
    `${layer.dataType}[${layer.shape}]`,
    formatCount(layer.parameters),
    formatBytes(layer.bytes),
    layer.macs === undefined ? '' : formatCount(layer.macs),
    formatShare(layer.zeroRatio),
    layer.patterns.join(' '),
  ])
  return textTable(['node', 'operation', 'weight', 'parameters', 'bytes', 'MACs', 'zeros', 'pattern'], rows)
}
