/**
 * The opset upgrade as a pass. It lies here and not among the passes because those may not know the room that knows
 * ONNX's versions.
 */
import { badArgument } from '../errors'
import { DEFAULT_OPSET, upgradeOpset as upgrade } from '../onnx/upgrade/upgradeOpset'
import { NEWEST_OPSET } from '../onnx/upgrade/versions'
import type { Pass } from '../passes/pass'

export interface UpgradeOpsetOptions {
  /** Version of ONNX's own operator set to bring the model to, at least; 21 if left out. */
  readonly to?: number | undefined
}

/**
 * Brings a model to a newer version of ONNX's operator set, which integer operations and later passes need. A model
 * that is there or beyond stays as it is.
 * @throws OnnxpressError `BAD_ARGUMENT`; when applied also `UNSUPPORTED`, which lists the nodes that have no equal there.
 */
export function upgradeOpset({ to = DEFAULT_OPSET }: UpgradeOpsetOptions = {}): Pass {
  if (!Number.isInteger(to) || to < 1 || to > NEWEST_OPSET)
    throw badArgument(`an opset from 1 to ${NEWEST_OPSET}`, 'to of upgradeOpset', to)
  return {
    name: 'upgradeOpset',
    lossless: true,
    options: { to },
    apply({ model }) {
      const from = model.opset
      const { changed, skipped } = upgrade(model, to)
      return { changed, skipped, details: { from, to: model.opset } }
    },
  }
}
