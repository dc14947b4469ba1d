/** What this machine has: processor, kernels, runtimes. */
import { cpu, kernels } from './native'
import { packageVersion } from './packageVersion'
import { Diagnosis, type Found } from './report/diagnosis'
import { about } from './runtime'

export { Diagnosis, type Found } from './report/diagnosis'

/** Looks around; what is missing is told, not thrown. */
export async function doctor(): Promise<Diagnosis> {
  return new Diagnosis({
    onnxpress: packageVersion(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: await attempt(cpu),
    kernels: await attempt(kernels),
    onnxruntime: await attempt(async () => (await about()).onnxruntime),
    sharp: await attempt(async () => (await import('sharp')).default.versions.sharp ?? 'unknown'),
  })
}

async function attempt<T>(find: () => T | Promise<T>): Promise<Found<T>> {
  try {
    return { found: await find() }
  } catch (error) {
    return { problem: (error as { message?: string } | null)?.message ?? String(error) }
  }
}
