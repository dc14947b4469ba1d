import { types } from 'node:util'
import { badArgument } from '../errors'
import { Model as IrModel } from '../ir'
import { Model } from '../model'

/** What a session can be made of. */
export type ModelSource = string | Uint8Array | ArrayBufferLike | IrModel

/** @throws OnnxpressError `BAD_ARGUMENT`, and what `Model.open` and `Model.fromBytes` throw */
export async function modelOf(source: ModelSource): Promise<IrModel> {
  if (typeof source === 'string') return Model.open(source)
  if (source instanceof IrModel) return source
  if (types.isUint8Array(source)) return Model.fromBytes(source)
  if (types.isAnyArrayBuffer(source)) return Model.fromBytes(new Uint8Array(source))
  throw badArgument('a path, bytes or a Model', 'InferenceSession.create', source)
}
