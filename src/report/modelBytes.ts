import type { Model } from '../ir'
import { encodeRope } from '../onnx/encodeModel'
import { placeInside } from '../onnx/fromTensor'

/** Bytes of a model's file, external data included; weights are not read for it. */
export function modelBytes(model: Model): number {
  return encodeRope(model, placeInside).byteLength
}
