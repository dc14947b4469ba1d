/** What the addon found on this machine and which kernels it chose, for `doctor`. */
import { addon } from './addon'

/** Instruction sets and threads. */
export interface CpuInfo {
  /** The best set that the processor, the operating system and ONNXPRESS_ISA allow. */
  readonly isa: string
  /** All sets that may be used, slowest first. */
  readonly available: string[]
  /** ONNXPRESS_ISA, when set: kernels above it are left out. */
  readonly forced?: string
  /** Threads of the pool: the machine's, at most ONNXPRESS_THREADS. */
  readonly threads: number
}

/** One family of kernels and the variant of it that runs here. */
export interface KernelInfo {
  readonly family: string
  /** Fastest first. */
  readonly variants: { readonly isa: string; readonly chosen: boolean }[]
}

/** @throws {OnnxpressError} `NOT_AVAILABLE` */
export function cpu(): CpuInfo {
  const { isa, available, forced, threads } = addon().cpu()
  return { isa, available, threads, ...(forced === '' ? {} : { forced }) }
}

/** @throws {OnnxpressError} `NOT_AVAILABLE` */
export function kernels(): KernelInfo[] {
  return addon().kernels()
}
