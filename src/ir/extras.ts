/**
 * What ONNX lets every message carry besides its meaning; kept from file to file, ignored by passes. It never changes,
 * so copies share it: whoever wants other extras sets new ones.
 */
export interface Extras {
  readonly docString?: string
  /** `metadata_props`, in order. */
  readonly metadata?: readonly (readonly [key: string, value: string])[]
  /** Fields that this version does not interpret, as encoded protobuf, written back as they came. */
  readonly unknown?: Uint8Array
}

/** Of all that carries nothing besides, which is nearly everything: one for all of a model's thousands of parts. */
export const NO_EXTRAS: Extras = Object.freeze({})
