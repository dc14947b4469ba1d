/** Checks what every function of this room is given, before anything reaches native code. */
import { types } from 'node:util'
import { badArgument, OnnxpressError } from '../errors'
import { isScratch } from './scratch'

/** A tensor seen around one axis: element (o, c, i) stands at `((o * channels) + c) * inner + i`. */
export interface ChannelLayout {
  /** Product of the dimensions before the axis. */
  readonly outer: number
  /** Length of the axis. */
  readonly channels: number
  /** Product of the dimensions after the axis. */
  readonly inner: number
}

/**
 * Native threads read the memory while JavaScript goes on, so it must stay where it is: a resizable buffer may give
 * pages back, and a transferred one is somebody else's.
 */
export function requirePinned(x: ArrayBufferView, where: string): void {
  const { buffer } = x
  if ((buffer as { resizable?: boolean }).resizable && !isScratch(buffer)) {
    throw badArgument('an array on a buffer of fixed length', where, x)
  }
  if (x.byteLength === 0 && isDetached(buffer)) throw badArgument('an array not yet transferred', where, x)
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    return new Uint8Array(buffer) === undefined
  } catch {
    return true
  }
}

export function requireFloat32(x: unknown, where: string): asserts x is Float32Array {
  if (!types.isFloat32Array(x)) throw badArgument('a Float32Array', where, x)
  requirePinned(x, where)
}

export function requireFloat64(x: unknown, where: string): asserts x is Float64Array {
  if (!types.isFloat64Array(x)) throw badArgument('a Float64Array', where, x)
  requirePinned(x, where)
}

export function requireUint16(x: unknown, where: string): asserts x is Uint16Array {
  if (!types.isUint16Array(x)) throw badArgument('a Uint16Array', where, x)
  requirePinned(x, where)
}

/** Rows and columns are dimensions, and each of the arrays has so many elements. */
export function requireMatrix(
  arrays: Readonly<Record<string, { readonly length: number }>>,
  rows: number,
  columns: number,
  where: string,
): void {
  for (const [name, value] of Object.entries({ rows, columns })) {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 31)
      throw badArgument('an integer of at least 0', `${name} of ${where}`, value)
  }
  for (const [name, { length }] of Object.entries(arrays)) {
    if (length !== rows * columns)
      throw badArgument(`${rows * columns} elements`, `${name} of ${where}`, length)
  }
}

/** @returns outer, channels and inner, when they are lengths whose product is `size`. */
export function requireLayout(layout: ChannelLayout, size: number, where: string): [number, number, number] {
  if (layout === null || typeof layout !== 'object') {
    throw badArgument('{ outer, channels, inner }', `layout of ${where}`, layout)
  }
  const { outer, channels, inner } = layout
  for (const [name, length] of Object.entries({ outer, channels, inner })) {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw badArgument('an integer of at least 0', `layout.${name} of ${where}`, length)
    }
  }
  if (outer * channels * inner !== size) {
    throw badArgument(
      `outer * channels * inner = ${size}`,
      `layout of ${where}`,
      `${outer} * ${channels} * ${inner}`,
    )
  }
  return [outer, channels, inner]
}

/** Makes a result's array; a length that cannot be had is a typed error, not a crash. */
export function allocate<T>(make: new (length: number) => T, length: number, where: string): T {
  try {
    return new make(length)
  } catch (cause) {
    throw new OnnxpressError(
      'LIMIT_EXCEEDED',
      `Expected memory for ${length} elements of the result of ${where}`,
      {
        cause,
      },
    )
  }
}

/** Waits for native work and gives its failures a code. */
export async function settled(work: Promise<void>, where: string): Promise<void> {
  try {
    await work
  } catch (cause) {
    throw new OnnxpressError('LIMIT_EXCEEDED', `${(cause as Error).message} (${where})`, { cause })
  }
}

/** A refusal of native code, with a code. */
export function asBadArgument(cause: unknown): OnnxpressError {
  return new OnnxpressError('BAD_ARGUMENT', messageOf(cause), { cause })
}

export function messageOf(error: unknown): string {
  return String((error as { message?: unknown } | null)?.message ?? error)
}
