/** What ONNX lets every message carry besides its meaning; kept from file to file, ignored by passes. */
export interface Extras {
  docString?: string
  /** `metadata_props`, in order. */
  metadata?: [key: string, value: string][]
  /** Fields that this version does not interpret, as encoded protobuf, written back as they came. */
  unknown?: Uint8Array
}
