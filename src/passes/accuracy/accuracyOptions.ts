/** What may be lost, as callers say it, checked as soon as it is given. */
import { badArgument } from '../../errors'

/** How much may be lost. What is not given has the default of {@link Budget}. */
export interface AccuracyOptions {
  /**
   * Largest loss of the metric, as a ratio: of the caller's `evaluate` if there is one, else of equal arg-max
   * positions of outputs that are probabilities. 0.005 if left out.
   */
  readonly maxDrop?: number
  /** Smallest signal-to-noise ratio of the outputs, in dB, for outputs that are no probabilities; 20 if left out. */
  readonly minSnrDb?: number
  /** Samples that each candidate is measured on while searching; 64 if left out. */
  readonly searchSamples?: number
  /**
   * Measures the loss of each layer alone even where all together are within the budget; false if left out. One session
   * a layer, so it takes a while.
   */
  readonly rank?: boolean
}

/**
 * @param where the pass, for the error
 * @throws OnnxpressError `BAD_ARGUMENT` that names the option.
 */
export function checkAccuracyOptions(
  { maxDrop, minSnrDb, searchSamples }: AccuracyOptions,
  where: string,
): void {
  if (maxDrop !== undefined && !(maxDrop >= 0 && maxDrop <= 1))
    throw badArgument('maxDrop between 0 and 1', where, maxDrop)
  if (minSnrDb !== undefined && !Number.isFinite(minSnrDb))
    throw badArgument('minSnrDb to be a number of dB', where, minSnrDb)
  if (searchSamples !== undefined && !(Number.isInteger(searchSamples) && searchSamples > 0)) {
    throw badArgument('searchSamples to be a whole number above 0', where, searchSamples)
  }
}
