/** Recipes from files. */
import { open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Pass } from '../passes/pass'
import type { Preprocess } from '../samples/preprocess'
import { badRecipe } from './badRecipe'
import { makePasses } from './makePasses'

/** No recipe is longer. */
const MOST_BYTES = 2 ** 20

/** What a recipe says. */
export interface LoadedRecipe {
  readonly passes: readonly Pass[]
  /** Where the samples are, seen from the recipe's own folder. */
  readonly samples?: string
  readonly preprocess?: Preprocess
  readonly seed?: number
}

/**
 * Reads a recipe, YAML or JSON:
 *
 *     passes:
 *       - simplify
 *       - quantize.static: { range: mse, keep: [/classifier/] }
 *     samples: ./calibration
 *     preprocess: { resize: { width: 224, height: 224 } }
 *     seed: 7
 *
 * Passes have the names and options of the library; texts like `/classifier/i` are patterns. A path under `samples`
 * starts from the recipe's folder.
 * @throws OnnxpressError `BAD_RECIPE` that says where the mistake is
 */
export async function loadRecipe(path: string): Promise<LoadedRecipe> {
  // What reads and checks YAML is a third of all code by the time that loading takes, and few programs read a recipe.
  const { parseRecipe } = require('./parseRecipe') as typeof import('./parseRecipe')
  const { passes, samples, preprocess, seed } = parseRecipe(await readText(path), path)
  return {
    passes: makePasses(passes, path),
    ...(samples === undefined ? {} : { samples: resolve(dirname(path), samples) }),
    ...(preprocess && { preprocess }),
    ...(seed === undefined ? {} : { seed }),
  }
}

async function readText(path: string): Promise<string> {
  const file = await open(path).catch((cause: Error) => {
    throw badRecipe(path, `cannot be read: ${cause.message}`, cause)
  })
  try {
    const { size } = await file.stat()
    if (size > MOST_BYTES) throw badRecipe(path, `expected at most ${MOST_BYTES} bytes, found ${size}`)
    return await file.readFile('utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EISDIR')
      throw badRecipe(path, 'expected a file, found a folder', cause)
    throw cause
  } finally {
    await file.close()
  }
}
