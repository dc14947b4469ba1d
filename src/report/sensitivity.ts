/** What `sensitivity` found. */
import { escapeHtml } from './escapeHtml'
import { type Curve, linePlot } from './linePlot'
import { page } from './page'
import { textTable } from './textTable'
import { toJson } from './toJson'
import { formatCount } from './units'

/** What a model lost when a pass changed one layer alone. */
export interface SensitivityPoint {
  /** What the pass was asked for, from 0 to 1. */
  readonly ratio: number
  /** Signal-to-noise ratio that the outputs kept, in dB; Infinity where nothing changed. */
  readonly snrDb: number
  /** Share of equal arg-max positions; undefined where outputs have none. */
  readonly agreement?: number
  /** The caller's own metric, where there is one. */
  readonly metric?: number
}

/** The loss of one layer over ratios. */
export interface SensitivityCurve {
  /** Name of the layer's output: the same in every copy of the model. */
  readonly key: string
  readonly name: string
  readonly opType: string
  readonly parameters: number
  /** By rising ratio; empty where the pass left the layer alone. */
  readonly points: readonly SensitivityPoint[]
  /** Why the pass left it alone at some ratio. */
  readonly reason?: string
}

export interface SensitivityData {
  /** Name of the pass. */
  readonly pass: string
  readonly ratios: readonly number[]
  readonly sampleCount: number
  /** Whether the samples were made up, which says little about real ones. */
  readonly isSynthetic: boolean
  /** Points that were measured before and kept. */
  readonly cachedPoints: number
  /** The most sensitive layer first. */
  readonly layers: readonly SensitivityCurve[]
}

export interface Sensitivity extends SensitivityData {}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor assigns every field of the data
export class Sensitivity {
  constructor(data: SensitivityData) {
    Object.assign(this, data)
  }

  /** A table for terminals, the most sensitive layer first; names out of the model are escaped. */
  toString(): string {
    const header = ['layer', 'operation', 'weights', ...this.ratios.map((ratio) => `dB at ${ratio}`)]
    const rows = this.layers.map((layer) => [
      layer.name,
      layer.opType,
      formatCount(layer.parameters),
      ...this.ratios.map((ratio) => cell(layer, ratio)),
    ])
    return [...this.notes(), textTable(header, rows)].join('\n\n')
  }

  /** Plain data. */
  toJSON(): SensitivityData {
    return toJson({ ...this }) as SensitivityData
  }

  /** One page with a plot for each layer, the most sensitive first; nothing is loaded, nothing runs. */
  toHtml(): string {
    const curves = this.layers.map(curveOf)
    const plots = this.layers.map((layer, index) => plotHtml(layer, curves[index] as Curve, curves))
    const notes = this.notes().map((note) => `<p class="warning">${escapeHtml(note)}</p>`)
    const about = `<p>Outputs' signal-to-noise ratio when <code>${escapeHtml(this.pass)}</code> changes one layer alone, over ${this.sampleCount} samples; lower is more sensitive.</p>`
    return page('onnxpress sensitivity', [...notes, about, ...plots].join('\n'))
  }

  private notes(): string[] {
    return this.isSynthetic
      ? ['The samples were made up: real ones may tell another story. Give samples of your own.']
      : []
  }
}

/** Noise of the outputs relative to their signal, as a ratio of powers. */
export function noiseOf({ snrDb }: SensitivityPoint): number {
  return 10 ** (-snrDb / 10)
}

function cell({ points, reason }: SensitivityCurve, ratio: number): string {
  const point = points.find((each) => each.ratio === ratio)
  if (!point) return reason ? 'left alone' : ''
  return Number.isFinite(point.snrDb) ? point.snrDb.toFixed(1) : 'no loss'
}

function curveOf({ points }: SensitivityCurve): Curve {
  return points
    .filter(({ snrDb }) => Number.isFinite(snrDb))
    .map(({ ratio, snrDb }) => ({ x: ratio, y: snrDb }))
}

function plotHtml(layer: SensitivityCurve, curve: Curve, all: readonly Curve[]): string {
  const title = `<h3>${escapeHtml(layer.name)}</h3><p>${escapeHtml(layer.opType)}, ${formatCount(layer.parameters)} weights</p>`
  const why = layer.reason ? `<p>left alone: ${escapeHtml(layer.reason)}</p>` : ''
  return `${title}${why}${curve.length > 0 ? linePlot(curve, all, { x: 'ratio', y: 'dB' }) : ''}`
}
