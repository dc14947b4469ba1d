/** The text of a recipe as data. */
import { parseDocument } from 'yaml'
import type { z } from 'zod'
import { badRecipe } from './badRecipe'
import { type RecipeData, recipeSchema } from './schema'
import { didYouMean } from './suggest'

/** An alias may stand for much; a recipe needs hardly any. */
const MOST_ALIASES = 16

/**
 * Reads YAML, of which JSON is a part, and checks its form.
 * @throws OnnxpressError `BAD_RECIPE` that says where the mistake is
 */
export function parseRecipe(text: string, path: string): RecipeData {
  const checked = recipeSchema.safeParse(parseYaml(text, path))
  if (checked.success) return checked.data
  throw badRecipe(path, checked.error.issues.slice(0, 5).map(describeIssue).join('; '))
}

function parseYaml(text: string, path: string): unknown {
  const document = parseDocument(text, { prettyErrors: true, version: '1.2', customTags: [] })
  const [error] = document.errors
  if (error) throw badRecipe(path, error.message.split('\n')[0] ?? 'it is no YAML', error)
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch (cause) {
    throw badRecipe(path, (cause as Error).message, cause)
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join('.') || 'recipe'
  if (issue.code !== 'unrecognized_keys') return `${place}: ${issue.message}`
  const known = place === 'recipe' ? Object.keys(recipeSchema.shape) : []
  const names = issue.keys.map((key) => `${JSON.stringify(key)}${didYouMean(key, known)}`)
  return `${place}: no such setting: ${names.join(', ')}`
}
