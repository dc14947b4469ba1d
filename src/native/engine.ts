/** The executor of plans: programs of steps over memory that is laid out beforehand. It knows kernels, not ONNX. */
import { types } from 'node:util'
import { badArgument, OnnxpressError } from '../errors'
import { addon } from './addon'
import { asBadArgument, messageOf, requirePinned } from './arguments'

/** Threads and working memory that the programs of a session share. */
export interface EngineSession {
  readonly kind: 'session'
}

/** Bytes or packed weights that programs share. */
export interface EngineConstant {
  readonly kind: 'constant'
  /** Memory that it takes. */
  readonly bytes: number
}

/** Where a value lies: a constant, the working memory, or a buffer that each run brings. */
export const PLACES = ['constant', 'arena', 'input', 'output'] as const

export interface ProgramValue {
  readonly place: (typeof PLACES)[number]
  /** Offset in the working memory, or position among constants, inputs or outputs. */
  readonly at: number
  readonly bytes: number
  /** Where in that constant, input or output the value begins. */
  readonly offset: number
}

export interface ProgramStep {
  readonly kernel: string
  /** Values by position. */
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** Numbers whose meaning the kernel knows; see cpp/engine/steps. */
  readonly parameters: readonly number[]
}

export interface ProgramDescription {
  readonly values: readonly ProgramValue[]
  readonly constants: readonly EngineConstant[]
  readonly steps: readonly ProgramStep[]
  readonly arenaBytes: number
  readonly inputs: number
  readonly outputs: number
}

export interface EngineProgram {
  readonly kind: 'program'
  /** Instruction set of each step's kernel. */
  readonly isas: readonly string[]
  /** Working memory of one run. */
  readonly workingBytes: number
}

const handles = new WeakMap<object, object>()
const NO_SECONDS = new Float64Array(0)

/** @param threads that one run may use, from 1 to 1024 */
export function engineSession(threads: number): EngineSession {
  return wrapped({ kind: 'session' as const }, addon().engineSession(threads))
}

/**
 * Copies bytes (form `raw`) or packs weights for a kernel.
 * @throws OnnxpressError `BAD_ARGUMENT` for a form that no kernel has, or parameters that do not fit the bytes
 */
export async function engineConstant(
  form: string,
  elements: ArrayBufferView,
  parameters: readonly number[] = [],
): Promise<EngineConstant> {
  const { operands, packed } = packing('engineConstant', form, elements, parameters)
  await refused(addon().enginePack(...operands))
  return packed()
}

/** The same on the calling thread: for small constants. */
export function engineConstantNow(
  form: string,
  elements: ArrayBufferView,
  parameters: readonly number[] = [],
): EngineConstant {
  const { operands, packed } = packing('engineConstantNow', form, elements, parameters)
  try {
    addon().enginePackNow(...operands)
  } catch (error) {
    throw asBadArgument(error)
  }
  return packed()
}

/** What the addon packs from and to, and the constant once it has done so. */
function packing(caller: string, form: string, elements: ArrayBufferView, parameters: readonly number[]) {
  requireBuffer(elements, caller)
  const handle = addon().engineConstant()
  const bytes = new Float64Array(1)
  return {
    operands: [handle, form, elements, Float64Array.from(parameters), bytes] as const,
    packed: () => wrapped({ kind: 'constant' as const, bytes: bytes[0] as number }, handle),
  }
}

/**
 * A raw constant of so many bytes, which come in order in pieces: they are nowhere all at once but in it.
 * @throws OnnxpressError `BAD_ARGUMENT` when they are more or fewer
 */
export async function engineRawConstant(
  bytes: number,
  pieces: AsyncIterable<Uint8Array>,
): Promise<EngineConstant> {
  const native = addon()
  const handle = native.engineConstant()
  let position = 0
  for await (const piece of pieces) {
    const end = position + piece.byteLength
    if (end > bytes) throw badArgument(`${bytes} bytes`, 'engineRawConstant', end)
    await refused(native.engineWrite(handle, bytes, position, piece))
    position = end
  }
  if (position < bytes) throw badArgument(`${bytes} bytes`, 'engineRawConstant', position)
  return wrapped({ kind: 'constant' as const, bytes }, handle)
}

/** @throws OnnxpressError `BAD_ARGUMENT` when a step does not fit its kernel or reaches outside its memory */
export function engineProgram(session: EngineSession, description: ProgramDescription): EngineProgram {
  const { values, constants, steps, arenaBytes, inputs, outputs } = description
  const plain = {
    values: Float64Array.from(
      values.flatMap(({ place, at, bytes, offset }) => [PLACES.indexOf(place), at, bytes, offset]),
    ),
    sizes: Float64Array.of(arenaBytes, inputs, outputs),
    constants: constants.map(handleOf),
    steps: steps.map((step) => ({
      kernel: step.kernel,
      values: Float64Array.of(step.inputs.length, ...step.inputs, ...step.outputs),
      parameters: Float64Array.from(step.parameters),
    })),
  }
  try {
    const [handle, isas, workingBytes] = addon().engineProgram(handleOf(session), plain)
    return wrapped({ kind: 'program' as const, isas, workingBytes }, handle)
  } catch (error) {
    throw asBadArgument(error)
  }
}

/**
 * Runs a program off the event loop. The buffers must not be changed meanwhile; outputs are written in place.
 * @param seconds one number a step, to which its time is added
 * @throws OnnxpressError `RUNTIME` when a step fails, as at an index outside its axis
 */
export async function engineRun(
  program: EngineProgram,
  inputs: readonly ArrayBufferView[],
  outputs: readonly ArrayBufferView[],
  seconds = NO_SECONDS,
): Promise<void> {
  for (const each of [...inputs, ...outputs]) requireBuffer(each, 'engineRun')
  await failed(addon().engineRun(handleOf(program), inputs, outputs, seconds))
}

/** The same on the calling thread: for programs of a few small steps, as at plan time. */
export function engineRunNow(
  program: EngineProgram,
  inputs: readonly ArrayBufferView[],
  outputs: readonly ArrayBufferView[],
  seconds = NO_SECONDS,
): void {
  for (const each of [...inputs, ...outputs]) requireBuffer(each, 'engineRunNow')
  try {
    addon().engineRunNow(handleOf(program), inputs, outputs, seconds)
  } catch (error) {
    throw asRuntime(error)
  }
}

/** Whether runs of the program are over before another thread could tell of their end. */
export function engineIsShort(program: EngineProgram): boolean {
  return addon().engineIsShort(handleOf(program))
}

/** Lets go of the memory behind it once no run uses it any more; what is released already stays so. */
export function engineRelease(object: EngineSession | EngineConstant | EngineProgram): void {
  const handle = handles.get(object)
  if (handle) addon().engineRelease(handle)
  handles.delete(object)
}

function wrapped<T extends object>(object: T, handle: object): T {
  handles.set(object, handle)
  return object
}

function handleOf(object: object): object {
  const handle = handles.get(object)
  if (handle) return handle
  throw new OnnxpressError('BAD_ARGUMENT', 'Expected a session of the engine that is not released')
}

function requireBuffer(x: ArrayBufferView, where: string): void {
  if (!types.isTypedArray(x)) throw badArgument('a typed array', where, x)
  requirePinned(x, where)
}

async function refused(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw asBadArgument(error)
  }
}

async function failed(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw asRuntime(error)
  }
}

function asRuntime(cause: unknown): OnnxpressError {
  return new OnnxpressError('RUNTIME', messageOf(cause), { cause })
}
