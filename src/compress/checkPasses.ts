/** Whether what a caller gives as passes are passes. */
import { badArgument } from '../errors'

/** @throws OnnxpressError `BAD_ARGUMENT` that says which entry is none. */
export function checkPasses(passes: unknown): void {
  if (!Array.isArray(passes)) throw badArgument('an array of passes', 'compress', passes)
  for (const [index, pass] of passes.entries()) {
    const where = `passes[${index}] of compress`
    if (typeof pass === 'function')
      throw badArgument('a pass', `${where} (call the factory: ${pass.name || 'simplify'}())`, pass)
    const { name, apply, needs } = (pass ?? {}) as Record<string, unknown>
    if (typeof name !== 'string' || typeof apply !== 'function')
      throw badArgument('a pass { name, apply(context) }', where, pass)
    if (needs !== undefined && typeof needs !== 'function')
      throw badArgument('needs to be a function', where, needs)
  }
}
