/**
 * Every model of ONNX's own test suite (Debian's libonnx-testdata) that the engine computes by itself gives what
 * onnxruntime gives. Once as it is, and once with all inputs but the first made constants.
 */
import { basename, join } from 'node:path'
import { describeWithTestData, TEST_DATA } from '../onnx/support/testData'
import { judgeAll, modelFolders } from '../support/testdataRunner'
import type { Task, Verdict } from './testdataWorker'

const JUDGE = {
  worker: join(__dirname, 'testdataWorker.ts'),
  // onnxruntime refuses a few models by ending the process, before the engine has seen them.
  ended: ({ folder }: Task, how: number | string | null): Verdict => ({
    folder,
    outcome: 'skipped',
    why: `the process ended: ${how}`,
  }),
}

/** Recurrent layers of which the engine has all; its GRUs reset behind the product, as those of no model here. */
const LSTMS = ['test_lstm_defaults', 'test_lstm_with_initial_bias']

describeWithTestData('the models of libonnx-testdata', () => {
  test.each([
    ['as they are', false, 450, []],
    ['with constant inputs', true, 450, LSTMS],
  ])(
    '%s',
    async (_, frozen, least, among) => {
      const verdicts = await judgeAll(
        modelFolders(TEST_DATA).map((folder) => ({ folder, frozen })),
        JUDGE,
      )
      const of = (outcome: Verdict['outcome']) => verdicts.filter((verdict) => verdict.outcome === outcome)
      expect(of('different').map(({ folder, why }) => `${folder}: ${why}`)).toEqual([])
      expect(of('native').length).toBeGreaterThan(least)
      expect(of('native').map(({ folder }) => basename(folder))).toEqual(expect.arrayContaining(among))
      expect(verdicts.filter(({ why }) => /process ended/.test(why)).length).toBeLessThan(10)
    },
    300_000,
  )
})
