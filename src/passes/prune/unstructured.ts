/** `prune.unstructured`: the weights that matter least become zero, wherever they are. */
import { badArgument } from '../../errors'
import type { Pass } from '../pass'
import { checkMaskOptions, checkRatio, type MaskOptions } from './maskOptions'
import { maskPass } from './maskPass'

export interface UnstructuredOptions extends MaskOptions {
  /** Share of weights that become zero, above 0 and below 1. */
  readonly ratio: number
  /**
   * `layer`: each layer loses that share. `global`: all layers together do; those lose more whose outputs change less. If
   * left out, `layer`.
   */
  readonly scope?: 'layer' | 'global'
}

const WHERE = 'prune.unstructured'

/**
 * Sets the weights of layers to zero that matter least. With samples the weights that stay are solved for anew, layer by
 * layer, each on the inputs that the layers before it produce by then. The file gets no smaller and onnxruntime no faster
 * by zeros alone: they are for engines that skip them, for compressors, and for training that goes on.
 * @throws OnnxpressError `BAD_ARGUMENT` for options out of range; when applied also `BAD_SAMPLES` where the score needs
 * samples and none were given.
 */
export function pruneUnstructured(options: UnstructuredOptions): Pass {
  const { ratio, scope = 'layer' } = options ?? {}
  checkRatio(ratio, WHERE)
  if (scope !== 'layer' && scope !== 'global')
    throw badArgument("scope to be 'layer' or 'global'", WHERE, scope)
  checkMaskOptions(options, WHERE)
  return maskPass(options, {
    name: WHERE,
    pattern: `${+(100 * ratio).toFixed(2)}% anywhere`,
    ratio,
    isGlobal: scope === 'global',
    hasLayerRatios: true,
    patternOf: (share) => ({ kind: 'unstructured', ratio: share }),
    refusal: () => undefined,
  })
}
