import { Model as IrModel } from './ir/model'
import { type DecodeOptions, decodeModel } from './onnx/decodeModel'
import { encodeModel } from './onnx/encodeModel'
import { openModel } from './onnx/openModel'
import { type SaveOptions, saveModel } from './onnx/saveModel'

/** An ONNX model that can be opened from files and bytes, and saved. */
export class Model extends IrModel {
  /**
   * Opens an `.onnx` file of any size; weights stay in it until they are asked for.
   * @throws OnnxpressError `IO`, `BAD_MODEL`, `UNSAFE_PATH`, `LIMIT_EXCEEDED` or `UNSUPPORTED`; see `openModel`.
   */
  static open(path: string, options: DecodeOptions = {}): Promise<Model> {
    return openModel(path, options, (graph, fields) => new Model(graph, fields))
  }

  /**
   * Decodes the bytes of an `.onnx` file. Weights are views on them: do not change them while the model is in use.
   * @throws OnnxpressError `BAD_MODEL`, `LIMIT_EXCEEDED` or `UNSUPPORTED`; see `decodeModel`.
   */
  static fromBytes(bytes: Uint8Array, options: DecodeOptions = {}): Model {
    return decodeModel(bytes, options, (graph, fields) => new Model(graph, fields))
  }

  /**
   * Writes the model to a file, whole or not at all; saving over the file it was opened from is safe.
   * @throws OnnxpressError `IO`, `LIMIT_EXCEEDED` or `ABORTED`; see `saveModel`.
   */
  save(path: string, options: SaveOptions = {}): Promise<void> {
    return saveModel(this, path, options)
  }

  /**
   * The bytes of an `.onnx` file, all weights inside.
   * @throws OnnxpressError `LIMIT_EXCEEDED` for models that reach 2 GiB.
   */
  toBytes(): Uint8Array {
    return encodeModel(this)
  }
}
