/** What `doctor` found. */
import type { CpuInfo, KernelInfo } from '../native'
import { printable } from './printable'

/** What was found, or the reason why not. */
export type Found<T> = { readonly found: T } | { readonly problem: string }

export interface DiagnosisData {
  readonly onnxpress: string
  readonly node: string
  readonly platform: string
  /** Instruction sets and threads, as the native addon sees them. */
  readonly cpu: Found<CpuInfo>
  /** Families of kernels, and the variant of each that runs here. */
  readonly kernels: Found<readonly KernelInfo[]>
  /** Version of onnxruntime-node. */
  readonly onnxruntime: Found<string>
  /** Version of sharp, which images as samples need. */
  readonly sharp: Found<string>
}

export class Diagnosis implements DiagnosisData {
  readonly onnxpress: string
  readonly node: string
  readonly platform: string
  readonly cpu: DiagnosisData['cpu']
  readonly kernels: DiagnosisData['kernels']
  readonly onnxruntime: DiagnosisData['onnxruntime']
  readonly sharp: DiagnosisData['sharp']

  constructor(data: DiagnosisData) {
    this.onnxpress = data.onnxpress
    this.node = data.node
    this.platform = data.platform
    this.cpu = data.cpu
    this.kernels = data.kernels
    this.onnxruntime = data.onnxruntime
    this.sharp = data.sharp
  }

  /** Whether everything that compression needs is there; images alone need sharp. */
  get isSound(): boolean {
    return 'found' in this.cpu && 'found' in this.kernels && 'found' in this.onnxruntime
  }

  /** The findings as text for terminals. */
  toString(): string {
    return [
      `onnxpress ${this.onnxpress}, Node ${this.node}, ${this.platform}`,
      'found' in this.cpu ? cpuLine(this.cpu.found) : `native addon: ${missing(this.cpu.problem)}`,
      'found' in this.kernels ? kernelLines(this.kernels.found) : 'kernels: none without the native addon',
      `onnxruntime-node: ${'found' in this.onnxruntime ? this.onnxruntime.found : missing(this.onnxruntime.problem)}`,
      `sharp, which images as samples need: ${'found' in this.sharp ? this.sharp.found : 'not installed'}`,
    ].join('\n')
  }
}

function cpuLine({ isa, available, forced, threads }: CpuInfo): string {
  const why =
    forced === undefined
      ? 'the best that this processor and this system allow'
      : `held down by ONNXPRESS_ISA=${printable(forced)}`
  return `instruction set: ${isa}, ${why} (${available.join(', ')}); ${threads} threads`
}

function kernelLines(kernels: readonly KernelInfo[]): string {
  const lines = kernels.map(({ family, variants }) => {
    const names = variants.map(({ isa, chosen }) => (chosen ? `[${isa}]` : isa))
    return `  ${family}: ${names.join(' ')}`
  })
  return ['kernels, fastest first, the chosen one in brackets:', ...lines].join('\n')
}

function missing(problem: string): string {
  return `MISSING. ${problem.split('\n').map(printable).join('\n  ')}`
}
