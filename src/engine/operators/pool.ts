import type { Node } from '../../ir'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { sizeBetween } from './axis'
import { lowerIntegers, lowerMaxOfBytes } from './int8/pool'
import type { OperatorRule, Rules } from './rule'
import { pooledVolume } from './volume'
import { outputSizes, type Window, windowOf, windowParameters } from './window'

function pooled(plan: Lowering, variant: string, x: Fact, window: Window, countsPadding: boolean): Fact {
  const [images = 1, channels = 1] = x.shape
  const y = plan.create('float32', [images, channels, ...outputSizes(window, x.rank - 2)])
  const ends = [window.height.padEnd, window.width.padEnd]
  const parameters = [images * channels, ...windowParameters(window), countsPadding ? 1 : 0, ...ends]
  if (y.size > 0) plan.step(`pool.${variant}`, [x], [y], parameters)
  return y
}

function windowed(variant: 'max' | 'average'): OperatorRule {
  return {
    lowerGroup: lowerIntegers,
    lower(node: Node, plan) {
      if (node.output(1) && !node.output(1)?.isUnused)
        return decline('the indices of its maxima are asked for')
      const given = plan.input(node, 0)
      if (variant === 'max' && /^u?int8$/.test(given.dataType)) return lowerMaxOfBytes(node, plan, given)
      const x = plan.floats(node, 0)
      const kernel = node.ints('kernel_shape', undefined) ?? decline('a window of unknown size')
      const countsPadding = node.int('count_include_pad', 0) !== 0
      const pool = (of: Fact, window: Window) => pooled(plan, variant, of, window, countsPadding)
      const y =
        x.rank === 5
          ? pooledVolume(plan, node, x, kernel, pool)
          : pool(x, windowOf(node, x.shape.slice(2), kernel))
      plan.define(node.output(), y)
    },
  }
}

/** Over all pixels of a channel: a reduction. */
function global(kind: 'max' | 'mean'): OperatorRule {
  return {
    lower(node, plan) {
      const x = plan.floats(node, 0)
      const [images = 1, channels = 1, ...spatial] = x.shape
      const y = plan.create('float32', [images, channels, ...spatial.map(() => 1)])
      const n = sizeBetween(spatial, 0, spatial.length)
      if (n === 0) return decline('no pixels')
      if (y.size > 0) plan.step(`reduce.${kind}`, [x], [y], [images * channels, n, 1])
      plan.define(node.output(), y)
    },
  }
}

export const pooling: Rules = {
  MaxPool: windowed('max'),
  AveragePool: windowed('average'),
  GlobalAveragePool: { ...global('mean'), lowerGroup: lowerIntegers },
  GlobalMaxPool: global('max'),
}
