import { OnnxpressError } from '../errors'
import type { Model } from '../ir/model'
import { encodeMessage } from './encodeMessage'
import { fromModel } from './fromModel'
import { type PlaceTensor, placeInside } from './fromTensor'
import { Rope } from './rope'
import { modelSchema } from './schema'

/** Protobuf messages must stay below 2 GiB; a little is left to readers that add to them. */
export const LARGEST_MODEL = 2 ** 31 - 2 ** 20

/**
 * The bytes of an `.onnx` file, all weights inside. The same model always gives the same bytes.
 * @throws OnnxpressError `LIMIT_EXCEEDED` for models that reach 2 GiB, which only `saveModel` can write.
 */
export function encodeModel(model: Model): Uint8Array {
  const rope = encodeRope(model, placeInside)
  if (rope.byteLength > LARGEST_MODEL)
    throw tooLarge(rope.byteLength, 'save it to a file, which moves weights to external data')
  const bytes = new Uint8Array(rope.byteLength)
  let offset = 0
  for (const part of rope.parts) {
    bytes.set('read' in part ? part.read() : part, offset)
    offset += part.byteLength
  }
  return bytes
}

/** @internal The encoded model, weights only referred to. */
export function encodeRope(model: Model, place: PlaceTensor): Rope {
  const rope = new Rope()
  encodeMessage(modelSchema, fromModel(model, place), rope)
  return rope
}

/** @internal */
export function tooLarge(bytes: number, advice: string): OnnxpressError {
  const message = `Expected a model below 2 GiB, the most that an ONNX file can hold, found ${bytes} bytes; ${advice}`
  return new OnnxpressError('LIMIT_EXCEEDED', message)
}
