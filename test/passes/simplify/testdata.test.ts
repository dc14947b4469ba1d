/**
 * Every model of ONNX's own test suite (Debian's libonnx-testdata): simplified, it gives the same outputs, or is
 * refused by onnxruntime as before. Once as it is, and once with all inputs but the first made constants.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { TEST_DATA } from '../../onnx/support/testData'
import { judgeAll, modelFolders } from '../../support/testdataRunner'
import type { Task, Verdict } from './testdataWorker'

const JUDGE = {
  worker: join(__dirname, 'testdataWorker.ts'),
  ended: ({ folder }: Task, how: number | string | null): Verdict => ({
    folder,
    outcome: 'different',
    why: `the process ended: ${how}`,
    nodes: [0, 0],
    bytes: [0, 0],
  }),
}

const suite = existsSync(TEST_DATA) ? describe : describe.skip

suite.each([
  ['as they are', false],
  ['with constant inputs', true],
])('the models of libonnx-testdata, %s', (_, frozen) => {
  let verdicts: Verdict[] = []

  beforeAll(async () => {
    verdicts = await judgeAll(
      modelFolders(TEST_DATA).map((folder) => ({ folder, frozen })),
      JUDGE,
    )
  })

  test('none computes anything else', () => {
    expect(
      verdicts.filter((each) => each.outcome === 'different').map((each) => `${each.folder}: ${each.why}`),
    ).toEqual([])
  })

  test('nearly all were compared', () => {
    expect(verdicts.length).toBeGreaterThan(1000)
    expect(verdicts.filter((each) => each.outcome === 'same').length / verdicts.length).toBeGreaterThan(0.9)
  })

  test('none has more nodes or bytes, and many have fewer', () => {
    expect(verdicts.filter(({ nodes, bytes }) => nodes[1] > nodes[0] || bytes[1] > bytes[0])).toEqual([])
    expect(verdicts.filter(({ nodes }) => nodes[1] < nodes[0]).length).toBeGreaterThan(100)
  })
})
