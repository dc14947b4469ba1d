/**
 * How large the weights of channels are: the mean of |w|, or the root of the mean of w², over all weights that make or
 * read a channel (Li et al. 2017, "Pruning Filters for Efficient ConvNets", §3.1; over whole groups as in Fang et al. 2023,
 * "DepGraph", §3.3). Each weight counts in units of its own mean, so that no layer outweighs the others.
 */
import type { Tensor } from '../../../../ir'
import { toFloat32 } from '../../../../native'
import type { Groups } from '../groups'
import { Importance } from './importance'

export async function magnitude(groups: Groups, norm: 'l1' | 'l2'): Promise<Float64Array> {
  const importance = new Importance(groups)
  for (const place of groups.places) {
    const tensor = place.value?.constant
    if (!tensor || place.use) continue
    const elements = await floatsOf(tensor)
    if (elements) importance.addChannels(place, byChannel(elements, tensor.shape, place.axis, norm))
  }
  return importance.means()
}

/** Elements as numbers; undefined for types that hold no weights. */
async function floatsOf(tensor: Tensor): Promise<ArrayLike<number> | undefined> {
  const { dataType } = tensor
  if (dataType === 'float16' || dataType === 'bfloat16')
    return toFloat32((await tensor.load()) as Uint16Array, dataType)
  const isNumber = /^(float32|float64|u?int8)$/.test(dataType)
  return isNumber ? ((await tensor.load()) as Float32Array) : undefined
}

/** Of each channel along an axis, the mean size of its elements. */
function byChannel(
  elements: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
  norm: 'l1' | 'l2',
): Float64Array {
  const channels = shape[axis] as number
  const inner = shape.slice(axis + 1).reduce((all, size) => all * size, 1)
  const sums = new Float64Array(channels)
  for (
    let start = 0, channel = 0;
    start < elements.length;
    start += inner, channel = (channel + 1) % channels
  ) {
    let sum = 0
    for (let at = start; at < start + inner; at++) {
      const element = elements[at] as number
      sum += norm === 'l1' ? Math.abs(element) : element * element
    }
    sums[channel] = (sums[channel] as number) + sum
  }
  const count = elements.length / channels
  return sums.map((sum) => (norm === 'l1' ? sum / count : Math.sqrt(sum / count)))
}
