import { isUtf8 } from 'node:buffer'
import { OnnxpressError } from '../errors'
import { type ByteSource, MemorySource } from '../ir/byteSource'
import { byteLengthOf, type DataType, dataTypeFromCode } from '../ir/dataType'
import { countElements, Tensor } from '../ir/tensor'
import { type Context, malformed } from './context'
import type { TensorProto } from './proto'
import { toExtras } from './toExtras'
import { toShape } from './toShape'
import { typedData } from './typedData'

const EXTERNAL = 1

/**
 * A tensor over the bytes of its message, wherever they are. Sizes are checked against the bytes present before
 * anything is allocated.
 */
export function toTensor(proto: TensorProto, context: Context, name = proto.name ?? ''): Tensor {
  const dataType = toDataType(proto, context, name)
  const shape = toShape(proto.dims, context, proto.at, name)
  if (dataType === 'string') return stringTensor(proto, shape, context, name)
  const expected = byteLengthOf(dataType, countElements(shape))
  const source = toSource(proto, dataType, expected, context, name)
  if (source.byteLength !== expected) {
    const what = `Expected ${expected} bytes for ${dataType}[${shape}] of tensor ${JSON.stringify(name)}`
    throw malformed(context, `${what}, found ${source.byteLength}`, proto.at, name)
  }
  return Tensor.fromSource(dataType, shape, source, name, toExtras(proto))
}

function toSource(
  proto: TensorProto,
  dataType: DataType,
  expected: number,
  context: Context,
  name: string,
): ByteSource {
  if (proto.dataLocation === EXTERNAL) return context.external.region(proto, expected, name)
  if (proto.rawData) return proto.rawData
  return expected === 0
    ? new MemorySource(new Uint8Array(0))
    : typedData(proto, dataType, expected, context, name)
}

function toDataType(proto: TensorProto, context: Context, name: string): DataType {
  const code = proto.dataType ?? 0
  const dataType = dataTypeFromCode(code)
  if (dataType) return dataType
  const message = `Expected an element type that onnxpress knows, found number ${code} in tensor ${JSON.stringify(name)}`
  // 27 and 28 are float6 types of the unreleased IR version 14; there is a meaning, though not one that we read.
  if (code <= 26 || code > 64) throw malformed(context, message, proto.at, name)
  throw new OnnxpressError('UNSUPPORTED', message, { at: name, offset: proto.at })
}

function stringTensor(proto: TensorProto, shape: number[], context: Context, name: string): Tensor {
  const fail = (message: string) =>
    malformed(context, `${message} in string tensor ${JSON.stringify(name)}`, proto.at, name)
  if (proto.dataLocation === EXTERNAL) throw fail('Expected strings inside the model, found external data')
  if (proto.stringData.length !== countElements(shape)) {
    throw fail(`Expected ${countElements(shape)} strings, found ${proto.stringData.length}`)
  }
  const texts = proto.stringData.map((bytes) => {
    if (!isUtf8(bytes)) throw fail('Expected UTF-8, found other bytes')
    context.budget.spend(24 + bytes.byteLength)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  })
  return Tensor.fromStrings(shape, texts, name, toExtras(proto))
}
