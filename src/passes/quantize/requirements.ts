/** What a model must be for QDQ to be written into it. */
import type { Model } from '../../ir'
import type { Skip } from '../pass'

/** QuantizeLinear has an axis from opset 13 on, which per-channel weights need. */
const SMALLEST_OPSET = 13

/** Why this model cannot be quantized, or undefined when it can. */
export function opsetRefusal(model: Model): Skip | undefined {
  if (model.opset >= SMALLEST_OPSET) return undefined
  const reason = `8-bit weights need opset ${SMALLEST_OPSET}, the model has ${model.opset}: put upgradeOpset() first`
  return { at: 'model', reason }
}
