import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addon, loadAddon } from '../../src/native/addon'

describe('the addon', () => {
  test('a load that fails says what was tried and what to do', () => {
    const folder = mkdtempSync(join(tmpdir(), 'onnxpress-addon-'))
    const build = join(folder, 'build', 'Release')
    mkdirSync(build, { recursive: true })
    writeFileSync(join(build, 'onnxpress.node'), 'not a library')
    let error: { code?: string; message?: string } = {}
    try {
      loadAddon(folder)
    } catch (thrown) {
      error = thrown as typeof error
    } finally {
      rmSync(folder, { recursive: true })
    }
    expect(error.code).toBe('NOT_AVAILABLE')
    expect(error.message).toContain(join(build, 'onnxpress.node'))
    expect(error.message).toMatch(/prebuilds.*no such file/)
    expect(error.message).toMatch(/Possible solutions:\n- npm run build:native/)
  })

  /** The room's own checks come first; these are what stands behind them. */
  test('checks for itself what reaches native code', () => {
    const native = addon() as unknown as Record<string, (...values: unknown[]) => unknown>
    const x = new Float32Array(4)
    const call =
      (name: string, ...values: unknown[]) =>
      () =>
        native[name]?.(...values)
    const bad: [() => unknown, string][] = [
      [call('minMax'), 'Expected a Float32Array for x, received undefined'],
      [
        call('minMax', new Int32Array(1)),
        'Expected a Float32Array for x, received a typed array of another type',
      ],
      [call('minMax', x, new Float64Array(2)), 'Expected 3 elements for out, received 2 elements'],
      [
        call('channelSums', x, 1, 2, 3),
        'Expected outer * channels * inner to be the number of elements for layout',
      ],
      [call('channelSums', x, 1, -2, 2), 'Expected an integer of at least 0 for channels, received -2'],
      [call('channelSums', x, 1, 2, '2'), 'Expected a number for inner, received a string'],
      [
        call('channelSums', x, 2, 1, 2, new Float64Array(2)),
        'Expected 1 element for sums, received 2 elements',
      ],
      [call('histogram', x, 1, 1, new Float64Array(2), new Float64Array(1)), 'Expected a finite min below'],
      [call('histogram', x, 0, 1, new Float64Array(0), new Float64Array(1)), 'Expected 1 to 1048576 bins'],
      [call('errorSums', x, new Float32Array(3), new Float64Array(5)), 'Expected 4 elements for actual'],
      [
        call('toFloat32', new Uint16Array(2), 2, new Float32Array(2)),
        'Expected an integer from 0 to 1 for type',
      ],
    ]
    const scales = [new Float32Array(1), new Int32Array(1)]
    for (const [bits, q] of [
      [8, new Int8Array(3)],
      [4, new Uint8Array(3)],
      [16, new Int8Array(4)],
      [5, new Int8Array(4)],
    ]) {
      bad.push([call('quantize', x, 1, 1, 4, ...scales, -8, 7, bits, q), 'Expected '])
    }
    for (const [attempt, message] of bad) expect(attempt).toThrow(message)
    for (const [attempt] of bad) expect(attempt).toThrow(expect.objectContaining({ name: 'TypeError' }))
  })
})
