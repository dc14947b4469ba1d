/** What steps do to their results as they store them, where a step of its own would do it otherwise. */
import type { Absorption } from './absorb'
import type { ByteRule, Step } from './step'

/** Looks the result's bytes up in a table. */
export const table: Absorption = (writer, reader, isAlone) => {
  const [, entries] = reader.inputs
  if (reader.kernel !== 'table' || !isAlone || !writer.withTable || !entries) return undefined
  const { withTable, ...rest } = writer
  return { ...rest, ...withTable(entries), outputs: reader.outputs }
}

/** Quantizes the result; the floats are stored only where something else reads them. */
export const quantization: Absorption = (writer, reader, isAlone) => {
  const rule = byteRuleOf(reader)
  const joined = rule && writer.withBytes?.(rule, !isAlone)
  if (!joined) return undefined
  const { withBytes, ...rest } = writer
  return { ...rest, ...joined, outputs: [...reader.outputs, ...(isAlone ? [] : writer.outputs)] }
}

/** How a step quantizes, where it does so by one scale. */
function byteRuleOf({ kernel, inputs, parameters }: Step): ByteRule | undefined {
  if (kernel !== 'quantize') return undefined
  const [scales = [], zeroPoints = []] = inputs.slice(1).map((slot) => slot.constant?.tensor.toNumbers())
  const [scale = 0] = scales
  const isOne = scales.length === 1 && scale > 0 && Number.isFinite(scale)
  return isOne ? [scale, zeroPoints[0] ?? 0, parameters.at(-1) ?? 0] : undefined
}
