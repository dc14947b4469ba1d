import { OnnxpressError } from '../errors'

/** An error about a recipe file, which it names. */
export function badRecipe(path: string, problem: string, cause?: unknown): OnnxpressError {
  return new OnnxpressError('BAD_RECIPE', `${path}: ${problem}`, {
    path,
    ...(cause === undefined ? {} : { cause }),
  })
}
