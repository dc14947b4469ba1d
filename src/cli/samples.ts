/** Samples as options of the library. */
import { type CompressOptions, loadSamples, type Model, type Preprocess } from '../index'

/** `samples` and `evaluate` of a path; nothing where there is none. */
export async function samplesOf(
  path: string | undefined,
  model: Model,
  preprocess: Preprocess | undefined,
): Promise<Pick<CompressOptions, 'samples' | 'evaluate'>> {
  if (path === undefined) return {}
  const { samples, evaluate } = await loadSamples(path, model, { preprocess })
  return { samples, evaluate }
}
