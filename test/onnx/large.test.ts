import { closeSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { runChild } from './support/runChild'
import { temporaryFolder } from './support/temporaryFolder'
import { field, int, join as joined, onnx, varint } from './support/wire'

const folder = temporaryFolder()
const GIB = 2 ** 30
/** Of three of these, no two make 2 GiB. */
const PART = 720 * 2 ** 20

/** A file whose one tensor is a hole of `bytes` bytes between what the ONNX format needs around it. */
function holeModel(path: string, bytes: number): void {
  const tensorHead = joined(int(1, bytes), int(2, 2), field(8, 'w'), varint(9 * 8 + 2), varint(bytes))
  const tensorBytes = tensorHead.length + bytes
  const graphHead = joined(varint(5 * 8 + 2), varint(tensorBytes))
  const graphTail = field(1, onnx.node('Identity', ['w'], ['y']))
  const head = joined(
    int(1, 8),
    varint(7 * 8 + 2),
    varint(graphHead.length + tensorBytes + graphTail.length),
    graphHead,
    tensorHead,
  )
  const file = openSync(path, 'w')
  writeSync(file, head, 0, head.length, 0)
  writeSync(file, graphTail, 0, graphTail.length, head.length + bytes)
  const opsets = field(8, int(2, 17))
  writeSync(file, opsets, 0, opsets.length, head.length + bytes + graphTail.length)
  closeSync(file)
}

describe('files beyond 2 GiB', () => {
  test('a 5 GB file opens at once and in little memory', async () => {
    const path = join(folder, 'hole.onnx')
    holeModel(path, 5 * GIB + 3)
    const { stdout, stderr } = await runChild('openLarge.ts', [path])
    expect(stderr).toBe('')
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({ shape: [5 * GIB + 3], error: 'LIMIT_EXCEEDED', pieces: 'zeros' })
    expect(result.processorMs).toBeLessThan(500)
    expect(result.grownBytes).toBeLessThan(100e6)
    rmSync(path)
  })

  test('more than 2 GiB of external data are saved in constant memory, outside the model by themselves', async () => {
    const data = join(folder, 'in.bin')
    writeSync(openSync(data, 'w'), 'first bytes')
    truncateSync(data, 3 * PART)
    const tensors = [0, 1, 2].map((index) =>
      onnx.tensor(
        `w${index}`,
        2,
        [PART],
        onnx.external({ location: 'in.bin', offset: String(index * PART), length: String(PART) }),
      ),
    )
    const path = join(folder, 'in.onnx')
    const bytes = onnx.model(onnx.graph({ initializers: tensors }))
    writeSync(openSync(path, 'w'), bytes)
    const target = join(folder, 'out.onnx')
    const { stdout, stderr } = await runChild('saveLarge.ts', [path, target])
    expect(stderr).toBe('')
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({
      toBytes: 'LIMIT_EXCEEDED',
      inside: 'LIMIT_EXCEEDED',
      first: 'first bytes',
    })
    expect(result.grownBytes).toBeLessThan(300e6)
    expect(result.longestBlockMs).toBeLessThan(500)
    expect(statSync(`${target}_data`).size).toBe(3 * PART)
    expect(statSync(target).size).toBeLessThan(1000)
    for (const each of [data, `${target}_data`]) rmSync(each)
  })
})
