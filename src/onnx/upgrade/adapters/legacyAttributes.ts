/**
 * Attributes of the first opsets that later ones dropped or say otherwise.
 *
 *     Relu(x) {consumed_inputs}              -> Relu(x)
 *     Concat(a, b)                           -> Concat(a, b) {axis=1}
 *     Cast(x) {to="FLOAT"}                   -> Cast(x) {to=1}
 *     LpPool(x) {p=2.0}                      -> LpPool(x) {p=2}
 *     Pad(x) {paddings}                      -> Pad(x) {pads}
 *     Gemm(a, b, c) {broadcast=1}            -> Gemm(a, b, c)
 *     LSTM(x, w, r) {output_sequence=1}      -> LSTM(x, w, r)
 */
import { attribute } from '../../../ir/attribute'
import { dataTypeCode } from '../../../ir/dataType'
import type { Node } from '../../../ir/node'
import type { Adapt, AdapterTable } from '../adapter'
import { castTarget } from '../castTarget'
import { forAll, setDefault } from '../edit'

export const dropConsumedInputs: Adapt = (node) => {
  node.removeAttribute('consumed_inputs')
  return undefined
}

const CONSUMERS =
  `Abs Add BatchNormalization Ceil Clip Div Dropout Elu Exp Floor HardSigmoid InstanceNormalization
LeakyRelu Log Max Mean Min Mul Neg PRelu Reciprocal Relu Sigmoid Sqrt Sub Sum Tanh`.replace(/\s+/g, ' ')

/** Version 1 rounded its defaults to four digits. */
const selu6: Adapt = (node, step) => {
  setDefault(node, 'alpha', attribute.float(1.673200011253357))
  setDefault(node, 'gamma', attribute.float(1.0506999492645264))
  return dropConsumedInputs(node, step)
}

const concat4: Adapt = (node) => {
  setDefault(node, 'axis', attribute.int(1))
  return undefined
}

const cast6: Adapt = (node) => {
  const target = castTarget(node)
  if (!target) return 'its attribute "to" names no element type'
  node.setAttribute('to', attribute.int(dataTypeCode(target)))
  return undefined
}

const pad2: Adapt = (node) => {
  const pads = node.attributes.get('paddings')
  if (!pads) return 'it has no attribute "paddings"'
  node.removeAttribute('paddings')
  node.setAttribute('pads', pads)
  return undefined
}

const gemm7: Adapt = (node) => {
  node.removeAttribute('broadcast')
  return undefined
}

/** Whether the sequence is wanted shows in whether output Y is there. */
const recurrent7: Adapt = (node) => {
  node.removeAttribute('output_sequence')
  return undefined
}

function wholeNorm(node: Node): string | undefined {
  const p = node.float('p', undefined)
  if (p === undefined) return undefined
  if (!Number.isInteger(p)) return `its norm p = ${p} is not a whole number`
  node.setAttribute('p', attribute.int(p))
  return undefined
}

const lpPool2: Adapt = (node) =>
  node.attributes.has('kernel_shape') ? wholeNorm(node) : 'it has no attribute "kernel_shape"'

export const legacyAttributes: readonly AdapterTable[] = [
  forAll(CONSUMERS, 6, dropConsumedInputs),
  forAll('GRU LSTM RNN', 7, recurrent7),
  { Cast: { 6: cast6 }, Concat: { 4: concat4 }, Gemm: { 7: gemm7 }, Pad: { 2: pad2 }, Selu: { 6: selu6 } },
  { GlobalLpPool: { 2: wholeNorm }, LpPool: { 2: lpPool2 } },
]
