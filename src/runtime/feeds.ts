/**
 * Tensors as they go into and come out of a session. Any tensor of onnxruntime-node or onnxruntime-web fits, and so
 * does a plain object of these three fields. int64 data is a BigInt64Array, float16 data a Uint16Array, bool data a
 * Uint8Array.
 */
export interface FeedTensor {
  readonly type: string
  readonly data: ArrayBufferView | readonly string[]
  readonly dims: readonly number[]
}

/** One sample: a tensor for every input of the model, by name. */
export type Feeds = Readonly<Record<string, FeedTensor>>

/** Samples as a caller gives them. They are read once; what is needed again is kept on disk, not in memory. */
export type Samples = Iterable<Feeds> | AsyncIterable<Feeds>
