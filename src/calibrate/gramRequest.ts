/** What a pass wants to know about how the inputs of a layer's weights go together. */

interface GramRequestBase {
  /** What the result is asked for by; unique. */
  readonly key: string
  /** Name of the activation that the weights are multiplied with. */
  readonly value: string
  /** Length of the activation's feature or channel axis: `weights.shape[1] * group` of a Conv. */
  readonly channels: number
}

/** Features along one axis; everything else counts as rows. */
export interface MatMulGramRequest extends GramRequestBase {
  readonly kind: 'matmul'
  /** The feature axis; −1 if left out. */
  readonly axis?: number | undefined
}

/** Patches of [batch, channels, width] or [batch, channels, height, width], in the words of ONNX's Conv. */
export interface ConvGramRequest extends GramRequestBase {
  readonly kind: 'conv'
  /** One length for each axis that the kernel moves along. */
  readonly kernel: readonly number[]
  /** 1 if left out. */
  readonly strides?: readonly number[] | undefined
  /** Begins, then ends; or ONNX's `auto_pad`. 0 if left out. */
  readonly pads?: readonly number[] | 'SAME_UPPER' | 'SAME_LOWER' | undefined
  /** 1 if left out. */
  readonly dilations?: readonly number[] | undefined
  /** 1 if left out. */
  readonly group?: number | undefined
}

/** Every channel by itself, as BatchNormalization sees it: one feature in each of `channels` groups. */
export interface ChannelGramRequest extends GramRequestBase {
  readonly kind: 'channels'
  /** The channel axis; 1 if left out. */
  readonly axis?: number | undefined
}

export type GramRequest = MatMulGramRequest | ConvGramRequest | ChannelGramRequest

/** How the features of a layer's inputs go together, group by group, as its weights [outputs, features] see them. */
export interface GramMatrix {
  /** Columns of the weights: channels / groups * kernel sizes, in the order of the weights. */
  readonly features: number
  readonly groups: number
  /** Rows (patches) that were looked at, over all samples. */
  readonly rows: number
  /** [groups, features, features], symmetric: sums over the rows of the products of two features. */
  readonly gram: Float64Array
  /** [groups, features]: means over the rows, the zeros of padding among them. */
  readonly means: Float64Array
}

/** A request that got no answer. */
export interface SkippedGram {
  readonly key: string
  readonly reason: string
}

/** Features of one group. */
export function featuresOf(request: GramRequest): number {
  if (request.kind === 'matmul') return request.channels
  if (request.kind === 'channels') return 1
  return request.kernel.reduce((product, length) => product * length, request.channels / groupsOf(request))
}

export function groupsOf(request: GramRequest): number {
  if (request.kind === 'channels') return request.channels
  return request.kind === 'conv' ? (request.group ?? 1) : 1
}

/** Bytes of the matrices while they are summed up. */
export function gramBytes(request: GramRequest): number {
  const features = featuresOf(request)
  return 8 * groupsOf(request) * features * (features + 1)
}
