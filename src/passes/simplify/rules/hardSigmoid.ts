/**
 * A spelled-out HardSigmoid:
 *
 *     Clip(x + 3, 0, 6) / 6        ->   HardSigmoid(x) {alpha=1/6, beta=0.5}
 *     Clip(x · a + b, 0, 1)        ->   HardSigmoid(x) {alpha=a, beta=b}
 *     Clip(x + b, 0, 1)            ->   HardSigmoid(x) {alpha=1, beta=b}
 *
 * since max(0, min(1, αx + β)) is what HardSigmoid computes. Clip may be Min and Max; division may be multiplication.
 */
import { attribute, type Node } from '../../../ir'
import {
  any,
  type Match,
  type OpPattern,
  op,
  patternRule,
  removeUnused,
  replaceNode,
  scalar,
} from '../../../rewrite'
import { clipped, plus } from '../clip'
import { whyNotOne } from '../recognition'

const SIXTH: Record<string, number> = { Div: 6, Mul: 1 / 6 }

const overSix = Object.entries(SIXTH).map(([opType, number]) =>
  op(opType, [clipped(plus(any('x'), 3), 0, 6), scalar(number)], { commutative: opType === 'Mul' }),
)

const product = op('Mul', [any('x'), scalar(undefined, 'alpha')], { commutative: true })
const quotient = op('Div', [any('x'), scalar(undefined, 'divisor')])
const unitClips = [product, quotient, any('x')].flatMap((inner) => {
  const sum = op('Add', [inner, scalar(undefined, 'beta')], { commutative: true })
  const pattern = clipped(sum, 0, 1)
  return (pattern.kind === 'anyOf' ? pattern.patterns : [pattern]) as readonly OpPattern[]
})

export const hardSigmoid = patternRule({
  name: 'HardSigmoid',
  patterns: [...overSix, ...unitClips],
  check: (match, context) => whyNotOne(match.nodes, match.value('x'), context),
  rewrite(match) {
    const [alpha, beta] = parametersOf(match)
    replaceNode(match.nodes[0] as Node, 'HardSigmoid', [match.value('x')], {
      alpha: attribute.float(Math.fround(alpha)),
      beta: attribute.float(Math.fround(beta)),
    })
    removeUnused(match.nodes.slice(1))
  },
})

function parametersOf(match: Match): [number, number] {
  if (!match.find('beta')) return [1 / 6, 0.5]
  const alpha = match.find('alpha') ? match.number('alpha') : 1
  return [match.find('divisor') ? 1 / match.number('divisor') : alpha, match.number('beta')]
}
