/** Passes out of a recipe's data. */
import { describe } from '../errors'
import type { Pass } from '../passes/pass'
import { badRecipe } from './badRecipe'
import { parsePattern } from './parsePattern'
import { registry } from './registry'
import type { RecipeData } from './schema'
import { didYouMean } from './suggest'

/**
 * Makes the passes of a recipe.
 * @throws OnnxpressError `BAD_RECIPE` that names the entry at fault
 */
export function makePasses(entries: RecipeData['passes'], path: string): Pass[] {
  return entries.map((entry, index) => {
    const { name, options } = nameAndOptions(entry, path)
    const factory = registry.get(name)
    if (!factory) {
      const known = [...registry.keys()]
      throw badRecipe(
        path,
        `passes.${index}: there is no pass ${describe(name)}${didYouMean(name, known)}; there are ${known.join(', ')}`,
      )
    }
    try {
      return factory(withPatterns(options) as never)
    } catch (cause) {
      throw badRecipe(path, `passes.${index}: ${(cause as Error).message}`, cause)
    }
  })
}

function nameAndOptions(
  entry: RecipeData['passes'][number],
  path: string,
): { name: string; options: Record<string, unknown> } {
  if (typeof entry === 'string') return { name: entry, options: {} }
  const [first, ...more] = Object.entries(entry)
  if (!first || more.length > 0)
    throw badRecipe(
      path,
      `expected a pass to be a name or one name with its options, found the keys ${Object.keys(entry).join(', ') || 'none'}`,
    )
  const [name, options] = first
  if (options === null || options === undefined) return { name, options: {} }
  if (typeof options === 'object' && !Array.isArray(options))
    return { name, options: options as Record<string, unknown> }
  throw badRecipe(path, `expected options of ${describe(name)} to be an object, found ${describe(options)}`)
}

/** Texts like `/pattern/flags` become patterns, wherever they stand. */
export function withPatterns(value: unknown): unknown {
  if (typeof value === 'string') return parsePattern(value)
  if (Array.isArray(value)) return value.map(withPatterns)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withPatterns(each)]))
}
