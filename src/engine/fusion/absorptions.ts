/** What steps do to their results as they store them, where a step of its own would do it otherwise. */

import type { CopyAxis } from '../plan/copy'
import type { ByteRule, Step } from '../plan/step'
import type { Absorption } from './absorb'

/** Looks the result's bytes up in a table. */
export const table: Absorption = {
  by: 'withTable',
  join(writer, { kernel, inputs, outputs }, isAlone) {
    const [, entries] = inputs
    const changed = kernel === 'table' && isAlone && entries && writer.withTable?.(entries)
    return changed ? { ...writer, withTable: undefined, ...changed, outputs } : undefined
  },
}

/** Quantizes the result; the floats are stored only where something else reads them. */
export const quantization: Absorption = {
  by: 'withBytes',
  join(writer, reader, isAlone) {
    const rule = writer.withBytes && byteRuleOf(reader)
    const changed = rule && writer.withBytes?.(rule, !isAlone)
    const outputs = [...reader.outputs, ...(isAlone ? [] : writer.outputs)]
    return changed && { ...writer, withBytes: undefined, ...changed, outputs }
  },
}

/** Stores the result with its axes in another order. */
export const transposition: Absorption = {
  by: 'withCopy',
  join(writer, reader, isAlone) {
    const axes = isAlone && writer.withCopy ? wholeCopyOf(reader) : undefined
    const changed = axes && writer.withCopy?.(axes)
    return changed && { ...writer, withCopy: undefined, ...changed, outputs: reader.outputs }
  },
}

/** How a step quantizes, where it does so by one scale. */
function byteRuleOf({ kernel, inputs, parameters }: Step): ByteRule | undefined {
  if (kernel !== 'quantize') return undefined
  const [scales = [], zeroPoints = []] = inputs.slice(1).map((slot) => slot.constant?.tensor.toNumbers())
  const [scale = 0] = scales
  const isOne = scales.length === 1 && scale > 0 && Number.isFinite(scale)
  return isOne ? [scale, zeroPoints[0] ?? 0, parameters.at(-1) ?? 0] : undefined
}

/** The axes of a copy of a whole value to the whole of another. */
function wholeCopyOf({ kernel, inputs, outputs, parameters }: Step): CopyAxis[] | undefined {
  const [element = 0, rank = 0, ...rest] = parameters
  if (kernel !== 'copy' || rest.slice(3 * rank).some((offset) => offset !== 0)) return undefined
  const axes = rest.slice(0, rank).map((size, axis) => ({
    size,
    from: rest[rank + axis] ?? 0,
    to: rest[2 * rank + axis] ?? 0,
  }))
  const bytes = axes.reduce((all, { size }) => all * size, element)
  return inputs[0]?.bytes === bytes && outputs[0]?.bytes === bytes ? axes : undefined
}
