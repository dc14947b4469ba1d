import { OnnxpressError } from '../errors'
import { type ByteSource, MemorySource } from '../ir/byteSource'
import { FileRegion } from './fileRegion'
import { badModel } from './input'
import { openContained } from './openContained'
import type { OpenFile } from './openFile'
import type { TensorProto } from './proto'

/**
 * The files that a model's tensors point to, each opened once. Of ONNX's keys, `location`, `offset` and `length` are
 * followed; `checksum` is not verified, as no runtime does, since it would take reading the whole file.
 */
export class ExternalFiles {
  private readonly files = new Map<string, OpenFile>()

  /**
   * @param modelPath the model's own file; without one no external data can be found
   * @param trusted whether files with several hard links are allowed
   */
  constructor(
    private readonly modelPath: string | undefined,
    private readonly trusted: boolean,
  ) {}

  /**
   * The bytes that a tensor's `external_data` points to, checked to be there.
   * @param expected bytes that the tensor's shape and type ask for
   */
  region(proto: TensorProto, expected: number, name: string): ByteSource {
    const entries = this.entries(proto, name)
    const location = entries.get('location') ?? ''
    const offset = this.integer(entries.get('offset') ?? '0', 'offset', proto, name)
    const length = this.integer(entries.get('length') ?? String(expected), 'length', proto, name)
    const file = this.file(location, name)
    if (length !== expected)
      throw this.fail(`Expected ${expected} bytes, found a length of ${length}`, proto, name)
    if (offset + length > file.byteLength) {
      const found = `${file.byteLength} bytes in ${JSON.stringify(location)}`
      throw this.fail(`Expected ${length} bytes at offset ${offset}, found only ${found}`, proto, name)
    }
    return length === 0 ? new MemorySource(new Uint8Array(0)) : new FileRegion(file, offset, length)
  }

  private file(location: string, name: string): OpenFile {
    const opened = this.files.get(location)
    if (opened) return opened
    if (this.modelPath === undefined) {
      const message = `Tensor ${JSON.stringify(name)} lies in another file, ${JSON.stringify(location)}; open the model by its path`
      throw new OnnxpressError('UNSUPPORTED', message, { at: name })
    }
    const file = openContained(this.modelPath, location, this.trusted)
    this.files.set(location, file)
    return file
  }

  private entries(proto: TensorProto, name: string): Map<string, string> {
    const entries = new Map<string, string>()
    for (const { key = '', value = '' } of proto.externalData) {
      if (entries.has(key))
        throw this.fail(`Expected external data to say ${JSON.stringify(key)} once`, proto, name)
      entries.set(key, value)
    }
    return entries
  }

  private integer(text: string, key: string, proto: TensorProto, name: string): number {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (Number.isSafeInteger(value)) return value
    throw this.fail(
      `Expected a whole number of bytes as ${key}, found ${JSON.stringify(text.slice(0, 40))}`,
      proto,
      name,
    )
  }

  private fail(message: string, proto: TensorProto, name: string): OnnxpressError {
    return badModel(`${message} for external tensor ${JSON.stringify(name)}`, this.modelPath, proto.at, name)
  }
}
