import { badArgument } from '../errors'
import type { Model } from '../ir/model'
import { createModel, type DecodeOptions, decodeInput } from './decodeModel'
import { FileInput } from './fileInput'
import { MemoryInput } from './input'
import { OpenFile } from './openFile'
import type { CreateModel } from './toModel'

/** Files up to this size are read as a whole: quicker than picking out the small parts. */
const SMALL_FILE = 1 << 20

/**
 * Opens an `.onnx` file of any size. Weights stay in the file (or the external files that it names) until they are
 * asked for, and the file stays open as long as the model is in use. It may be replaced meanwhile, as by saving over
 * it; changing it in place makes later reads throw.
 * @throws OnnxpressError `BAD_ARGUMENT` when `path` is no text, `IO` when the file cannot be read, `BAD_MODEL` when it is no well-formed model, `UNSAFE_PATH`
 *   when it names external data outside its folder, `LIMIT_EXCEEDED` when it is made to exhaust memory.
 */
export async function openModel(path: string, options?: DecodeOptions): Promise<Model>
export async function openModel<M extends Model>(
  path: string,
  options: DecodeOptions,
  create: CreateModel<M>,
): Promise<M>
export async function openModel(
  path: string,
  options: DecodeOptions = {},
  create: CreateModel<Model> = createModel,
): Promise<Model> {
  if (typeof path !== 'string')
    throw badArgument('a path (bytes go to Model.fromBytes)', 'opening a model', path)
  const file = OpenFile.open(path)
  if (file.byteLength > SMALL_FILE) return openLarge(file, options, create)
  try {
    const bytes = new Uint8Array(file.byteLength)
    await file.load(bytes, 0)
    return decodeInput(new MemoryInput(bytes, path), options, create)
  } finally {
    file.close()
  }
}

function openLarge<M extends Model>(file: OpenFile, options: DecodeOptions, create: CreateModel<M>): M {
  const model = decodeInput(new FileInput(file), options, create)
  file.checkUnchanged()
  return model
}
