/** One layer made sparse: all its matrices, and what its bias makes up for. */
import type { GramMatrix } from '../../calibrate/gramRequest'
import { Tensor } from '../../ir'
import type { Layer } from '../layer/layer'
import { fromMatrix, weightMatrix } from '../layer/weightMatrix'
import { channelsInnermost, type Inputs, inputsOf, reordered, restored } from './columns'
import { type OutputError, outputError } from './outputError'
import { type How, pruneMatrix } from './pruneMatrix'

/** What becomes of a layer; can be applied to any copy of the model. */
export interface PrunedLayer {
  readonly key: string
  readonly weight: Tensor
  /** What to add to the bias of each output; undefined where the bias does not take part. */
  readonly correction: Float64Array | undefined
  readonly weights: number
  readonly zeros: number
  /** Over all groups; undefined where nothing is known about the inputs. */
  readonly error: OutputError | undefined
}

/**
 * @param gram what the layer's inputs are like, if anything is known
 * @param how `takesMean`: whether the layer's bias is to make up for the means
 * @throws OnnxpressError `BAD_ARGUMENT` for weights or inputs with NaN or infinities
 */
export async function pruneLayer(
  layer: Layer,
  gram: GramMatrix | undefined,
  how: How & { readonly takesMean: boolean },
): Promise<PrunedLayer> {
  const { values: weights, ...shape } = await weightMatrix(layer)
  const pruned = new Float32Array(weights.length)
  const order = how.pattern.kind === 'unstructured' ? undefined : channelsInnermost(shape)
  const size = shape.rows * shape.columns
  const errors: OutputError[] = []
  const shifts = new Float64Array(shape.groups * shape.rows)
  for (let group = 0; group < shape.groups; group++) {
    const inputs = gram && inputsOf(gram, group, order, how.takesMean)
    const before = reordered(weights.subarray(group * size, (group + 1) * size), order)
    const { weights: after, mask } = await pruneMatrix(before, shape.columns, inputs, how)
    pruned.set(restored(after, order), group * size)
    if (!inputs) continue
    errors.push(await outputError(before, after, mask, inputs))
    shifts.set(shiftsOf(before, after, inputs), group * shape.rows)
  }
  return {
    key: layer.key,
    weight: Tensor.from(
      'float32',
      layer.weight.constant?.shape ?? [],
      fromMatrix(layer, pruned),
      layer.weight.name,
    ),
    correction: gram && how.takesMean ? shifts : undefined,
    weights: pruned.length,
    zeros: pruned.reduce((count, weight) => count + (weight === 0 ? 1 : 0), 0),
    error: gram && sumOf(errors),
  }
}

/** What the mean of each row's product loses: Σᵢ (w − ŵ)ᵢ · mean(x)ᵢ */
function shiftsOf(before: Float32Array, after: Float32Array, { means }: Inputs): Float64Array {
  const columns = means.length
  return Float64Array.from({ length: before.length / columns }, (_, row) => {
    let shift = 0
    for (let column = 0, at = row * columns; column < columns; column++, at++)
      shift += ((before[at] as number) - (after[at] as number)) * (means[column] as number)
    return shift
  })
}

function sumOf(errors: readonly OutputError[]): OutputError {
  const sum = (pick: (error: OutputError) => number) => errors.reduce((total, each) => total + pick(each), 0)
  return {
    variance: sum((each) => each.variance),
    masked: sum((each) => each.masked),
    reconstructed: sum((each) => each.reconstructed),
  }
}
