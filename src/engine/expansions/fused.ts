/** onnxruntime's own operators on floats, which its optimizer makes of ONNX's, taken apart again. */
import { attribute, type Value } from '../../ir'
import type { Rule } from '../../rewrite'
import { type Expansion, float32Expansion, microsoft } from './expansion'

/** What an activation is told, in order; `Clip` takes its bounds as inputs. */
const ACTIVATIONS: Readonly<Record<string, readonly string[]>> = {
  Relu: [],
  Tanh: [],
  Sigmoid: [],
  LeakyRelu: ['alpha'],
  HardSigmoid: ['alpha', 'beta'],
  Clip: ['min', 'max'],
}

/** Ends with the activation that the node names, if it names one. */
function finishWithActivation(site: Expansion, x: Value, numbers: readonly number[]): void {
  const name = site.node.string('activation', '')
  if (name === 'Clip') site.finish('Clip', [x, ...numbers.map((each) => site.float(each))])
  else site.finish(name || 'Identity', [x], named(ACTIVATIONS[name] ?? [], numbers))
}

function named(names: readonly string[], numbers: readonly number[]) {
  return Object.fromEntries(names.map((name, at) => [name, attribute.float(numbers[at] as number)]))
}

function unknownActivation({ node }: Expansion, numbers: readonly number[]): string | undefined {
  const name = node.string('activation', '')
  const parameters = name ? ACTIVATIONS[name] : []
  if (parameters?.length === numbers.length) return undefined
  return `its activation ${name} with ${numbers.length} parameters`
}

/** Conv, then another value added, then an activation. */
function conv(site: Expansion): string | undefined {
  const { node } = site
  const numbers = node.floats('activation_params', [])
  const reason = unknownActivation(site, numbers)
  if (reason) return reason
  const [x, w, bias, other] = node.inputs
  const product = site.add('Conv', [x, w, bias], site.attributes('activation', 'activation_params'))
  finishWithActivation(site, other ? site.add('Add', [product, other]) : product, numbers)
  return undefined
}

function gemm(site: Expansion): string | undefined {
  const { node } = site
  const names = ['activation_alpha', 'activation_beta', 'activation_gamma']
  const numbers = names.flatMap((name) => (node.attributes.has(name) ? [node.float(name, 0)] : []))
  const reason = unknownActivation(site, numbers)
  if (reason) return reason
  finishWithActivation(site, site.add('Gemm', node.inputs, site.attributes('activation', ...names)), numbers)
  return undefined
}

function matMul(site: Expansion): string | undefined {
  const { node } = site
  if (node.int('transBatchA', 0) || node.int('transBatchB', 0)) return 'its batches are moved'
  const turns = [node.int('transA', 0), node.int('transB', 0)]
  const ranks = node.inputs.map((input) => site.rankOf(input))
  if (turns.some((turn, side) => turn && (ranks[side] ?? 0) < 2))
    return 'the axes of its operands are unknown'
  const operands = node.inputs.map((input, side) => (turns[side] ? site.transposed(input) : input))
  const alpha = node.float('alpha', 1)
  if (alpha === 1) site.finish('MatMul', operands)
  else site.finish('Mul', [site.add('MatMul', operands), site.float(alpha)])
  return undefined
}

/** x + bias, where there is one. */
function biased(site: Expansion): Value | undefined {
  const [x, bias] = site.node.inputs
  return bias ? site.add('Add', [x, bias]) : x
}

function gelu(site: Expansion): undefined {
  site.finish('Gelu', [biased(site)])
}

function fastGelu(site: Expansion): undefined {
  site.finish('Gelu', [biased(site)], { approximate: attribute.string('tanh') })
}

/** The sum of both inputs and a bias, which may be asked for, normalized. */
function skipLayerNormalization(site: Expansion): string | undefined {
  const [x, skip, gamma, beta, bias] = site.node.inputs
  return normalizedSum(site, [x, skip, bias], 'LayerNormalization', [gamma, beta])
}

/** The same by the root of its mean square. */
function skipSimplifiedLayerNormalization(site: Expansion): string | undefined {
  const [x, skip, gamma, bias] = site.node.inputs
  return normalizedSum(site, [x, skip, bias], 'SimplifiedLayerNormalization', [gamma])
}

type Summands = readonly [x: Value | undefined, skip: Value | undefined, bias: Value | undefined]

function normalizedSum(
  site: Expansion,
  [x, skip, bias]: Summands,
  opType: string,
  factors: readonly (Value | undefined)[],
): string | undefined {
  const { node } = site
  if (site.isAsked(1, 2)) return 'its mean or deviation is asked for'
  const sum = site.takeOver(3, 'Add', [bias ? site.add('Add', [x, bias]) : x, skip])
  site.takeOver(0, opType, [sum, ...factors], {
    axis: attribute.int(-1),
    epsilon: attribute.float(node.float('epsilon', 1e-5)),
  })
  site.remove()
  return undefined
}

export const fusedExpansions: readonly Rule[] = [
  float32Expansion([microsoft('FusedConv')], conv),
  float32Expansion([microsoft('FusedGemm')], gemm),
  float32Expansion([microsoft('FusedMatMul')], matMul),
  float32Expansion([microsoft('Gelu'), microsoft('BiasGelu')], gelu),
  float32Expansion([microsoft('FastGelu')], fastGelu),
  float32Expansion([microsoft('SkipLayerNormalization')], skipLayerNormalization),
  float32Expansion([microsoft('SkipSimplifiedLayerNormalization')], skipSimplifiedLayerNormalization),
]
