/**
 * The only place that loads the addon. Everything else in this room calls `addon()` and gets plain functions: arrays
 * in, results written to arrays that the caller made.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { OnnxpressError } from '../errors'

/** What binding/addon.cc exports. Promises resolve when the output arrays (last arguments) are filled. */
export interface Addon {
  minMax(x: Float32Array, out: Float64Array): Promise<void>
  minMaxPerChannel(x: Float32Array, ...rest: [...Lengths, Float32Array, Float32Array]): Promise<void>
  histogram(
    x: Float32Array,
    min: number,
    max: number,
    counts: Float64Array,
    nonFinite: Float64Array,
  ): Promise<void>
  quantize(
    x: Float32Array,
    ...rest: [...Lengths, ...Scales, ...Bounds, number, ArrayBufferView]
  ): Promise<void>
  dequantize(
    q: ArrayBufferView,
    ...rest: [...Lengths, ...Scales, number, number, Float32Array]
  ): Promise<void>
  errorSums(reference: Float32Array, actual: Float32Array, out: Float64Array): Promise<void>
  quantizationError(x: Float32Array, ...rest: [...Lengths, ...Scales, ...Bounds, Float64Array]): Promise<void>
  channelSums(x: Float32Array, ...rest: [...Lengths, Float64Array]): Promise<void>
  toFloat32(bits: Uint16Array, isBfloat16: number, y: Float32Array): Promise<void>
  fromFloat32(x: Float32Array, isBfloat16: number, bits: Uint16Array): Promise<void>
  gramAccumulate(
    x: Float32Array,
    geometry: Int32Array,
    positions: Int32Array,
    sums: Float64Array,
    gram: Float64Array,
  ): Promise<void>
  gramNorms(
    x: Float32Array,
    rows: number,
    columns: number,
    gram: Float64Array,
    norms: Float64Array,
  ): Promise<void>
  roundWeights(
    weights: Float32Array,
    rows: number,
    columns: number,
    gram: Float64Array,
    ...rest: [scales: Float32Array, ...Bounds, damping: number, q: Int8Array, out: Float64Array]
  ): Promise<void>
  pruneWeights(
    weights: Float32Array,
    rows: number,
    columns: number,
    gram: Float64Array,
    pattern: Float64Array | undefined,
    ...rest: [damping: number, mask: Uint8Array, pruned: Float32Array, out: Float64Array]
  ): Promise<void>
  leastSquares(
    weights: Float32Array,
    rows: number,
    columns: number,
    gram: Float64Array,
    ...rest: [kept: Int32Array, damping: number, refitted: Float32Array, out: Float64Array]
  ): Promise<void>
  selectMask(
    scores: Float32Array,
    rows: number,
    columns: number,
    pattern: Float64Array,
    ...rest: [mask: Uint8Array, out: Float64Array]
  ): Promise<void>
  filledBlocks(
    elements: ArrayBufferView,
    outputs: number,
    inputs: number,
    taps: number,
    rows: number,
    columns: number,
  ): number
  svd(
    matrix: Float64Array,
    rows: number,
    columns: number,
    ...rest: [
      rank: number,
      seed: number,
      u: Float64Array,
      s: Float64Array,
      v: Float64Array,
      out: Float64Array,
    ]
  ): Promise<void>
  singularValues(
    matrix: Float64Array,
    rows: number,
    columns: number,
    s: Float64Array,
    out: Float64Array,
  ): Promise<void>
  cholesky(
    matrix: Float64Array,
    size: number,
    damping: number,
    factor: Float64Array,
    out: Float64Array,
  ): Promise<void>
  solveTriangular(
    factor: Float64Array,
    size: number,
    rows: number,
    transposed: number,
    x: Float64Array,
  ): Promise<void>
  product(
    a: Float64Array,
    rows: number,
    depth: number,
    b: Float64Array,
    ...rest: [columns: number, transposed: number, c: Float64Array]
  ): Promise<void>
  engineSession(threads: number): object
  engineConstant(): object
  enginePack(
    constant: object,
    form: string,
    bytes: ArrayBufferView,
    ...rest: [parameters: Float64Array, out: Float64Array]
  ): Promise<void>
  enginePackNow(
    constant: object,
    form: string,
    bytes: ArrayBufferView,
    ...rest: [parameters: Float64Array, out: Float64Array]
  ): void
  engineWrite(constant: object, size: number, position: number, bytes: ArrayBufferView): Promise<void>
  engineProgram(session: object, description: object): [program: object, isas: string[], workingBytes: number]
  engineRun(
    program: object,
    inputs: readonly ArrayBufferView[],
    outputs: readonly ArrayBufferView[],
    seconds: Float64Array,
  ): Promise<void>
  engineRunNow(
    program: object,
    inputs: readonly ArrayBufferView[],
    outputs: readonly ArrayBufferView[],
    seconds: Float64Array,
  ): void
  engineIsShort(program: object): boolean
  engineRelease(handle: object): void
  cpu(): { isa: string; available: string[]; forced: string; threads: number }
  kernels(): { family: string; variants: { isa: string; chosen: boolean }[] }[]
}

type Lengths = [outer: number, channels: number, inner: number]
type Scales = [scales: Float32Array, zeroPoints: Int32Array]
type Bounds = [qmin: number, qmax: number]

/** Two folders above this file is the package's root, both for src/native and for dist/native. */
const root = resolve(__dirname, '..', '..')

let loaded: Addon | undefined

/**
 * The native addon, loaded at first use.
 * @throws {OnnxpressError} `NOT_AVAILABLE` when no build of it can be loaded here; `BAD_ARGUMENT` when ONNXPRESS_ISA
 * or ONNXPRESS_THREADS holds something that it does not know.
 */
export function addon(): Addon {
  loaded ??= loadAddon(root)
  return loaded
}

/** Tries the places where a build may lie under `folder`, in order. */
export function loadAddon(folder: string): Addon {
  const tried: string[] = []
  for (const path of candidates(folder)) {
    if (!existsSync(path)) {
      tried.push(`${path}: no such file`)
      continue
    }
    try {
      return require(path) as Addon
    } catch (cause) {
      const message = cause instanceof Error || isErrorLike(cause) ? cause.message : String(cause)
      if (message.startsWith('Expected ')) throw new OnnxpressError('BAD_ARGUMENT', message, { cause })
      tried.push(`${path}: ${message}`)
    }
  }
  throw new OnnxpressError('NOT_AVAILABLE', notLoaded(tried))
}

function candidates(folder: string): string[] {
  const platform = `${process.platform}-${process.arch}`
  return [
    join(folder, 'build', 'Release', 'onnxpress.node'),
    join(folder, 'prebuilds', platform, 'onnxpress.node'),
  ]
}

/** An error of another realm, as under jest. */
function isErrorLike(value: unknown): value is { message: string } {
  return typeof (value as { message?: unknown } | null)?.message === 'string'
}

function notLoaded(tried: readonly string[]): string {
  return [
    `Expected a native addon that loads on ${process.platform}-${process.arch} with Node ${process.version}, tried:`,
    ...tried.map((line) => `- ${line}`),
    'Possible solutions:',
    '- npm run build:native   (in the onnxpress package; needs CMake and a C++20 compiler)',
    '- npm install --foreground-scripts onnxpress   (a fresh copy, with the output of its install step shown)',
  ].join('\n')
}
