/** ONNX's own operators that others say as well. */
import type { Rule } from '../../rewrite'
import { type Expansion, expansion } from './expansion'

/** A number is not equal to itself if it is none. */
function isNoNumber(site: Expansion): undefined {
  const x = site.node.input(0)
  site.finish('Not', [site.add('Equal', [x, x])])
}

/** x − x is NaN for what is not finite; the sign of x is whether it is larger than −x. */
function isInfinite(site: Expansion): undefined {
  const { node } = site
  const x = node.input(0)
  const rest = site.add('Sub', [x, x])
  const isOneOfBoth = site.add('And', [
    site.add('Not', [site.add('Equal', [rest, rest])]),
    site.add('Equal', [x, x]),
  ])
  const [isAbove, isBelow] = [node.int('detect_positive', 1) !== 0, node.int('detect_negative', 1) !== 0]
  const opposite = site.add('Neg', [x])
  if (isAbove && isBelow) site.finish('Identity', [isOneOfBoth])
  else if (isAbove) site.finish('And', [isOneOfBoth, site.add('Greater', [x, opposite])])
  else if (isBelow) site.finish('And', [isOneOfBoth, site.add('Less', [x, opposite])])
  else site.finish('Xor', [isOneOfBoth, isOneOfBoth])
}

export const standardExpansions: readonly Rule[] = [
  expansion(['IsNaN'], isNoNumber),
  expansion(['IsInf'], isInfinite),
]
